"""One run at a time: who is refused, who works under a lock that it was given, and what a killed run leaves."""

import os
import subprocess
import sys

import pytest

from mergekit_eval.errors import RunError
from mergekit_eval.files import UNFINISHED
from mergekit_eval.run import lock
from mergekit_eval.run.lock import HANDLE, only_one

HOLD = """
import sys, time
from pathlib import Path
from mergekit_eval.run.lock import only_one
with only_one(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""
INSIDE = """
import sys
from pathlib import Path
from mergekit_eval.run import lock
lock.PATIENCE = 0.0
with lock.only_one(Path(sys.argv[1])):
    print("works")
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that is working on the folder ``out``."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "out")], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


@pytest.mark.slow
def test_a_second_run_is_refused_with_the_process_that_works_there(holder, tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE", 0.0)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    refused = rf"out: another run .* \(process {holder.pid}\)\. Wait for it, or end it"
    with pytest.raises(RunError, match=refused), only_one(tmp_path / "out"):
        pytest.fail("two at a time")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before


@pytest.mark.slow
def test_a_run_that_is_just_being_ended_is_waited_for(holder, tmp_path):
    holder.kill()
    with only_one(tmp_path / "out"):
        assert (tmp_path / "out" / ".lock").read_text() == f"{os.getpid()}\n"


@pytest.mark.slow
def test_a_process_that_was_given_the_lock_works_under_it(tmp_path):
    command = [sys.executable, "-c", INSIDE, str(tmp_path / "out")]
    with only_one(tmp_path / "out") as handle:
        env = {**os.environ, HANDLE: str(handle)}
        given = subprocess.run(command, env=env, pass_fds=(handle,), capture_output=True, text=True, check=True)
        assert given.stdout == "works\n"
        for other in ({HANDLE: "0"}, {HANDLE: "none"}, {HANDLE: str(handle)}):
            done = subprocess.run(command, env={**os.environ, **other}, capture_output=True, text=True, check=False)
            assert done.returncode == 1 and "another run is working on this folder" in done.stderr, other


def test_the_lock_is_held_until_the_last_process_that_has_it_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE", 0.0)
    with only_one(tmp_path / "out") as handle:
        sleeper = subprocess.Popen(["sleep", "600"], pass_fds=(handle,))
    with pytest.raises(RunError, match="another run"), only_one(tmp_path / "out"):
        pytest.fail("its kernel may still write")
    sleeper.kill()
    sleeper.wait()
    with only_one(tmp_path / "out"):
        pass


def test_remains_of_killed_runs_are_removed_before_and_after(tmp_path):
    (tmp_path / "out" / "tables" / f"{UNFINISHED}1").mkdir(parents=True)
    with only_one(tmp_path / "out"):
        assert not list(tmp_path.rglob(f"{UNFINISHED}*"))
        (tmp_path / "out" / f"{UNFINISHED}2").mkdir()
    assert not list(tmp_path.rglob(f"{UNFINISHED}*"))


def test_a_disk_that_fills_up_meanwhile_is_one_message(tmp_path):
    with (
        pytest.raises(RunError, match=r"out: \[Errno 28\].*Free space.*what is finished is kept"),
        only_one(tmp_path / "out"),
    ):
        raise OSError(28, "No space left on device")
