"""The engine: what a cell answers, and every way it can end."""

import os
import time
from pathlib import Path

import pytest

from mergekit_eval.run.engine import Job, run_jobs

TARGETS = """
import os, signal, subprocess, sys, time

def echo(value): print("said", value); return {"value": value, "pid": os.getpid(), "hash": hash("a fixed word")}
def fail(): raise ValueError("the reason")
def die(): os.kill(os.getpid(), signal.SIGKILL)
def leave(): os._exit(7)
def full(): raise OSError(28, "No space left on device")
def sleep(seconds, note):
    child = subprocess.Popen(["sleep", str(seconds)])
    open(note, "w").write(f"{os.getpid()} {child.pid}")
    time.sleep(seconds)
def answer_and_hang():
    import threading
    threading.Thread(target=time.sleep, args=(60,)).start()
    return "answered"
def threads():
    import torch
    return torch.get_num_threads()
def visible(): return os.environ.get("CUDA_VISIBLE_DEVICES")
def loaded(): return sorted({"torch", "lm_eval", "mergekit"} & set(sys.modules))
"""


@pytest.fixture
def job(tmp_path, monkeypatch):
    (tmp_path / "engine_targets.py").write_text(TARGETS)
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(function, /, *, name="", time_limit=None, threads=1, **payload):
        log = tmp_path / "logs" / f"{name or function}.log"
        return Job(name or function, f"engine_targets:{function}", payload, log, threads, time_limit)

    return make


def only(job):
    (outcome,) = run_jobs([job], slots=1)
    return outcome


def alive(pid):
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


def gone(pids, seconds=10):
    end = time.monotonic() + seconds
    while any(alive(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(alive(pid) for pid in pids)


@pytest.mark.slow
def test_values_come_back_and_output_goes_to_the_log(job):
    outcome = only(job("echo", value=[1, "x"]))
    assert outcome.ok and outcome.value["value"] == [1, "x"] and outcome.value["pid"] != os.getpid()
    assert outcome.job.log.read_text() == "said [1, 'x']\n"


@pytest.mark.slow
def test_every_job_has_its_own_process_and_one_hash_seed(job):
    outcomes = list(run_jobs([job("echo", name=f"e{i}", value=i) for i in range(5)], slots=2))
    assert sorted(o.value["value"] for o in outcomes) == list(range(5))
    assert len({o.value["pid"] for o in outcomes}) == 5
    assert len({o.value["hash"] for o in outcomes}) == 1


@pytest.mark.slow
def test_imports_are_there_before_the_job_starts(job):
    assert only(job("loaded")).value == ["lm_eval", "mergekit", "torch"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("fail", "ValueError: the reason"),
        ("die", "ended by SIGKILL (often: out of memory)"),
        ("leave", "ended with exit code 7 and no answer"),
        ("full", "OSError: [Errno 28] No space left on device. Free space"),
        ("no_such_function", "AttributeError"),
    ],
)
def test_a_failing_job_gives_its_reason_and_stops_nobody(job, function, reason):
    outcomes = {o.job.name: o for o in run_jobs([job(function), job("echo", value=1)], slots=2)}
    assert not outcomes[function].ok and reason in outcomes[function].reason
    assert outcomes["echo"].ok


@pytest.mark.slow
def test_the_log_of_a_failure_holds_the_traceback(job):
    text = only(job("fail")).job.log.read_text()
    assert "Traceback" in text and "ValueError: the reason" in text


@pytest.mark.slow
def test_time_limit_ends_the_job_and_what_it_started(job, tmp_path):
    note = tmp_path / "pids"
    outcome = only(job("sleep", seconds=60, note=str(note), time_limit=2.0))
    assert outcome.reason == "ran past its time limit of 2 s" and 1.5 < outcome.seconds < 20
    assert gone(map(int, note.read_text().split()))


@pytest.mark.slow
def test_a_job_that_answered_but_cannot_end_is_ended(job):
    outcome = only(job("answer_and_hang"))
    assert outcome.ok and outcome.value == "answered" and outcome.seconds < 20


@pytest.mark.slow
def test_leaving_early_ends_the_running(job, tmp_path):
    note = tmp_path / "pids"
    outcomes = run_jobs([job("echo", value=1), job("sleep", seconds=60, note=str(note))], slots=2)
    assert next(outcomes).ok
    while not (note.exists() and len(note.read_text().split()) == 2):
        time.sleep(0.05)
    outcomes.close()
    assert gone(map(int, note.read_text().split()))


@pytest.mark.slow
def test_threads_and_devices(job):
    assert only(job("threads", threads=2)).value == 2
    outcomes = run_jobs([job("visible", name=f"v{i}") for i in range(4)], slots=2, devices=("3", "5"))
    assert {o.value for o in outcomes} == {"3", "5"}


def test_nothing_to_do_starts_nothing():
    assert list(run_jobs([], slots=3)) == []
