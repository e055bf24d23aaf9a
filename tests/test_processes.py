"""How commands end at a signal: one line, the shell's exit code, and no process that outlives them."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mergekit_eval.processes import STOPPED

COMMAND = """
import subprocess, sys, time
from mergekit_eval.processes import stoppable
with stoppable():
    child = subprocess.Popen([sys.executable, "-c", {child!r}], start_new_session=True, stdout=subprocess.PIPE)
    print(child.pid, child.stdout.readline().decode().strip(), flush=True)
    {wait}
"""
# A child that ignores polite signals and has a child of its own.
CHILD = """
import signal, subprocess, time
signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen(["sleep", "600"]).pid, flush=True)
time.sleep(600)
"""
SWALLOWING = """
    while True:
        try: time.sleep(600)
        except BaseException: pass
"""


def alive(pid):
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


def ended(number, wait, *, again=False):
    """Start the command, send the signal, and return exit code, stderr and the processes that are left."""
    code = COMMAND.format(child=CHILD, wait=wait.strip("\n").lstrip())
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    pids = process.stdout.readline().split()
    assert len(pids) == 2, process.communicate()
    process.send_signal(number)
    if again:
        time.sleep(0.05)
        process.send_signal(number)
    _, said = process.communicate(timeout=120)
    return process.returncode, said, [pid for pid in pids if alive(pid)]


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=lambda value: str(value),
)
def test_a_signal_ends_the_command_and_all_it_started(number, code):
    assert ended(number, "time.sleep(600)") == (code, f"mergekit-eval: {STOPPED}\n", [])


def test_a_second_ctrl_c_does_not_disturb_the_first():
    assert ended(signal.SIGINT, "time.sleep(600)", again=True) == (130, f"mergekit-eval: {STOPPED}\n", [])


def test_code_that_swallows_the_exception_cannot_keep_the_command_alive():
    code, said, left = ended(signal.SIGTERM, SWALLOWING)
    assert (code, said, left) == (143, f"mergekit-eval: {STOPPED}\n", [])


def test_nohup_is_respected():
    code = """
import os, signal
from mergekit_eval.processes import stoppable
signal.signal(signal.SIGHUP, signal.SIG_IGN)
with stoppable():
    os.kill(os.getpid(), signal.SIGHUP)
    print("goes on")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "goes on\n"


WORKERS = """
import multiprocessing, os, time
from concurrent.futures import ProcessPoolExecutor
from mergekit_eval.processes import become_worker
with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork"), initializer=become_worker) as pool:
    first = [pool.submit(os.getpid) for _ in range(20)]
    print(*{future.result() for future in first}, flush=True)
    pool.submit(time.sleep, 600).result()
"""


def test_workers_of_a_pool_do_not_outlive_a_killed_parent():
    process = subprocess.Popen([sys.executable, "-c", WORKERS], stdout=subprocess.PIPE, text=True)
    pids = process.stdout.readline().split()
    assert pids
    process.kill()
    process.communicate()
    end = time.monotonic() + 60
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(map(alive, pids))
