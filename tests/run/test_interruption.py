"""Ctrl-C and kill -9 in the middle: finished work stays, is used, and nobody is left behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from mergekit_eval.errors import RunError
from mergekit_eval.files import UNFINISHED
from mergekit_eval.notebooks import CHECKOUT
from mergekit_eval.processes import STOPPED
from mergekit_eval.run import evaluate

pytestmark = pytest.mark.slow

SLOW = """
import os, time
from pathlib import Path

def question(doc):
    flag = Path(os.environ["SLOW_FLAG"])
    if flag.exists():
        flag.with_name(f"pid-{os.getpid()}").touch()
        time.sleep(60)
    return doc["question"]
"""
# No __main__ guard on purpose: a plain script of a researcher has none either.
# A shell that starts tests in the background passes its ignored SIGINT on; here the signal is what is tested.
SCRIPT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from mergekit_eval.run import evaluate
from mergekit_eval.study import load_study
evaluate(load_study(sys.argv[1]))
"""


@pytest.fixture
def slow_study(study_of, workspace, toy, tmp_path, monkeypatch):
    """Suite toy is quick, suite slow sleeps in its first prompt as long as the flag is up."""
    toy.suite(workspace, "slow", ("slow_a",))
    tasks = workspace / "params" / "suites" / "tasks"
    (tasks / "slow_text.py").write_text(SLOW)
    file = tasks / "slow_a.yaml"
    file.write_text(file.read_text().replace('"{{question}}"', "!function slow_text.question"))
    monkeypatch.setenv("SLOW_FLAG", str(tmp_path / "slow"))
    (tmp_path / "slow").touch()
    return study_of("base", "pa", suites="[toy, slow]", backend="slots: 1")


def start(study):
    # Its own session, so that the signal of a test cannot reach the test.
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(study.file)], stderr=subprocess.PIPE, text=True, start_new_session=True
    )


PATIENCE = 300  # seconds; a busy machine may take long, and what is tested is not how long


def wait_for(condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.05)


def sleepers(folder):
    return [int(path.name.removeprefix("pid-")) for path in folder.glob("pid-*")]


def alive(pid):
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


def table(study):
    """Every value of every result, without times and paths."""
    return {
        (file.parent.name, task, metric): value
        for file in sorted((study.output / "harness").rglob("results_*.json"))
        for task, row in json.loads(file.read_text())["results"].items()
        for metric, value in row.items()
    }


BUSY = {
    "cells": [
        {
            "cell_type": "code", "id": "parameters", "metadata": {"tags": ["parameters"]}, "outputs": [],
            "execution_count": None, "source": ["study: str = ''  # study file"],
        },
        {
            "cell_type": "code", "id": "busy", "metadata": {}, "outputs": [], "execution_count": None,
            "source": ["open(study + '.busy', 'w').close()\n", "sum(range(10**15))  # deaf to Ctrl-C"],
        },
    ],
    "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    "nbformat": 4, "nbformat_minor": 5,
}  # fmt: skip


@pytest.fixture
def command(slow_study, tmp_path):
    """Start ``mergekit-eval run`` on the slow study with a merge, and a notebook that computes for hours as step 04."""
    study = slow_study.file
    study.write_text(
        study.read_text().replace(
            "merges: {}", "merges:\n  m: {method: linear, parents: [base, pa], parameters: {weight: 1}}"
        )
    )
    (tmp_path / "notebooks").mkdir()
    for name in ("01_merge_models", "02_run_suites"):
        shutil.copyfile(CHECKOUT / f"{name}.ipynb", tmp_path / "notebooks" / f"{name}.ipynb")
    (tmp_path / "notebooks" / "04_busy.ipynb").write_text(json.dumps(BUSY))
    started = []

    def start(*words):
        mark = f"mark-{uuid.uuid4().hex}"
        code = "from mergekit_eval.cli import main; main()"
        process = subprocess.Popen(
            [sys.executable, "-c", code, "run", str(study), *words], cwd=tmp_path, env={**os.environ, "MARK": mark},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        started.append(process)
        return process, mark

    yield start
    for process in started:
        process.kill()
        process.communicate()


def marked(mark):
    """Processes that have the mark of a command in their environment, which they have from it."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (place / "environ").read_bytes() and alive(place.name):
                found.append((place.name, (place / "cmdline").read_bytes()))
        except OSError:
            continue
    return found


MOMENTS = {
    "starting": lambda folder: (folder / "outputs" / "toy_study" / ".lock").exists(),
    "merging": lambda folder: list(folder.glob("outputs/toy_study/logs/merge/*.log")),
    "evaluating": sleepers,
    "computing in a kernel": lambda folder: list(folder.glob("params/*.busy")),
}


@pytest.mark.parametrize(
    ("moment", "number", "steps"),
    [
        ("starting", signal.SIGTERM, ""), ("merging", signal.SIGINT, "01-02"), ("evaluating", signal.SIGINT, "01-02"),
        ("computing in a kernel", signal.SIGINT, "04"),
    ],
)  # fmt: skip
def test_the_first_signal_ends_the_command_wherever_it_is(command, slow_study, tmp_path, moment, number, steps):
    process, mark = command("--steps", steps)
    wait_for(lambda: MOMENTS[moment](tmp_path) or process.poll() is not None)
    ends_at_once(process, mark, number)
    assert not list(slow_study.output.rglob(f"{UNFINISHED}*"))
    assert finished(slow_study) == (["base"] if moment == "evaluating" else [])
    told = {"evaluating": [["done", "stopped"]], "computing in a kernel": [["stopped"]]}
    early = [[], ["stopped", "pending"], ["done", "stopped"], ["stopped", "pending", "pending"], ["pending"] * 3]
    assert states(slow_study) in told.get(moment, early)


def ends_at_once(process, mark, number):
    """Send a signal: the command ends with its exit code and one line, and nothing that it started goes on."""
    process.send_signal(number)
    printed, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, marked(mark)) == (128 + number, []), said
    lines = [line for line in said.splitlines() if " done in " not in line]
    assert lines == [f"mergekit-eval: {STOPPED}"] and printed == ""


def finished(study):
    return [path.parent.name for path in (study.output / "harness").rglob("results_*.json")]


def states(study):
    status = study.output / "notebooks" / "status.json"
    return [row["state"] for row in json.loads(status.read_text())] if status.exists() else []


def test_a_second_run_is_refused_before_it_writes_anything_and_the_first_can_be_ended(command, slow_study, tmp_path):
    first, first_mark = command("--steps", "01-02")
    wait_for(lambda: sleepers(tmp_path))

    def content():
        files = [path for path in slow_study.output.rglob("*") if path.is_file()]
        return {path: path.read_bytes() for path in files}

    before = content()
    second, mark = command("--steps", "01-02")
    printed, said = second.communicate(timeout=PATIENCE)
    assert (second.returncode, printed, marked(mark)) == (2, "", [])
    assert said.count("\n") == 1 and f"another run is working on this folder (process {first.pid})" in said
    assert content() == before
    ends_at_once(first, first_mark, signal.SIGTERM)
    assert not list(slow_study.output.rglob(f"{UNFINISHED}*"))
    assert (finished(slow_study), states(slow_study)) == (["base"], ["done", "stopped"])


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_in_the_second_cell(slow_study, tmp_path, sign):
    run = start(slow_study)
    try:
        wait_for(lambda: sleepers(tmp_path))
        with pytest.raises(RunError, match="another run is working on this folder"):
            evaluate(slow_study)
        run.send_signal(sign)
        _, said = run.communicate(timeout=PATIENCE)
    finally:
        run.kill()
    assert run.returncode != 0
    assert "base/toy: " in said, "the first cell had been reported"
    wait_for(lambda: not any(alive(pid) for pid in sleepers(tmp_path)))
    assert len(list((slow_study.output / "harness").rglob("results_*.json"))) == 1, "the finished cell is there"

    (tmp_path / "slow").unlink()
    assert {r.name: r.status for r in evaluate(slow_study)} == {
        "base/toy": "done", "base/slow": "ran", "pa/toy": "ran", "pa/slow": "ran",
    }  # fmt: skip
    assert not list(slow_study.output.rglob(f"{UNFINISHED}*"))
    continued = table(slow_study)
    subprocess.run(["rm", "-r", str(slow_study.output)], check=True)
    evaluate(slow_study)
    assert table(slow_study) == continued


def test_a_cell_killed_from_outside_is_one_failure(slow_study, tmp_path):
    run = start(slow_study)
    try:
        wait_for(lambda: sleepers(tmp_path))
        (tmp_path / "slow").unlink()
        os.kill(sleepers(tmp_path)[0], signal.SIGKILL)
        run.communicate(timeout=PATIENCE)
    finally:
        run.kill()
    rows = {row["name"]: row for row in json.loads((slow_study.output / "cells.json").read_text())}
    assert {name: row["status"] for name, row in rows.items()} == {
        "base/toy": "ran", "base/slow": "failed", "pa/toy": "ran", "pa/slow": "ran",
    }  # fmt: skip
    assert "SIGKILL" in rows["base/slow"]["reason"]


@pytest.mark.parametrize("moment", ["record written", "samples moved"])
def test_killed_between_the_steps_of_publishing(study_of, monkeypatch, moment):
    """The results file comes last: without it the cell is not done and its samples are not read as complete."""
    from mergekit_eval.run import worker
    from mergekit_eval.run.plan import plan_cells

    study = study_of("base")
    (cell,) = plan_cells(study)
    moves = []
    replace = Path.replace

    def stop(self, target):
        if self.suffix in (".jsonl", ".json") and "harness" in str(target):
            moves.append(Path(target).name)
            if moment == "record written" or moves[-1].startswith("results_"):
                raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        worker.run_cell(cell=cell)
    monkeypatch.undo()
    assert plan_cells(study)[0].status == "todo"
    (record,) = evaluate(study)
    assert record.status == "ran"
    left = {file.name for file in (study.output / "harness" / "base").iterdir()}
    stamp = Path(record.results_file).stem.removeprefix("results_")
    assert len(left) == 3 and all(stamp in name for name in left), "no samples without results remain"
