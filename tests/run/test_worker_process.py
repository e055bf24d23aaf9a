"""The process of a cell: its value or its reason goes to the answer, its output to the log."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys
from multiprocessing import Pipe
from mergekit_eval.run.worker_process import main
mine, theirs = Pipe(duplex=False)
target, payload, log, out = sys.argv[1:]
main(target, json.loads(payload), log, 2, {"SAID": "yes"}, theirs)
open(out, "w").write(json.dumps(mine.recv()))
"""


@pytest.fixture
def answer(tmp_path):
    def call(target, **payload):
        log, out = tmp_path / "logs" / "cell.log", tmp_path / "answer.json"
        arguments = [target, json.dumps(payload), str(log), str(out)]
        subprocess.run([sys.executable, "-c", SCRIPT, *arguments], check=True, timeout=60)
        return json.loads(out.read_text()), log.read_text()

    return call


def test_a_value_is_answered_and_the_environment_is_that_of_the_job(answer):
    assert answer("os:getenv", key="SAID")[0] == [True, "yes"]
    assert answer("os:getenv", key="OMP_NUM_THREADS")[0] == [True, "2"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "payload", "reason"),
    [
        ("mergekit_eval.study:load_study", {"path": "/no/such.yaml"}, "/no/such.yaml: cannot be read"),
        ("json:loads", {"s": "{"}, "JSONDecodeError: "),
        ("sys:exit", {}, "SystemExit: "),
        ("no_such_package:run", {}, "pip install 'lm-eval[ifeval,math]'"),
    ],
)
def test_a_failure_is_answered_with_its_reason_and_its_traceback_is_in_the_log(answer, target, payload, reason):
    (ok, said), log = answer(target, **payload)
    assert ok is False and reason in said
    assert "Traceback (most recent call last)" in log
