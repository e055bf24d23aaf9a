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


SENT = {  # the signals that a command gets, what it waits in, and its exit code
    "Ctrl-C": ([signal.SIGINT], "time.sleep(600)", 130),
    "SIGTERM": ([signal.SIGTERM], "time.sleep(600)", 143),
    "a closed terminal": ([signal.SIGHUP], "time.sleep(600)", 129),
    "Ctrl-C twice": ([signal.SIGINT, signal.SIGINT], "time.sleep(600)", 130),
    "SIGTERM that is swallowed": ([signal.SIGTERM], SWALLOWING, 143),
}


@pytest.fixture(scope="module")
def ended():
    """Start all commands, send their signals; return exit code, stderr and the processes that are left of each."""
    running = {name: started(wait) for name, (_, wait, _) in SENT.items()}
    pids = {name: process.stdout.readline().split() for name, process in running.items()}
    for at in range(2):
        for name, (numbers, _, _) in SENT.items():
            if at < len(numbers):
                running[name].send_signal(numbers[at])
        time.sleep(0.05)
    said = {name: process.communicate(timeout=120)[1] for name, process in running.items()}
    assert {len(of) for of in pids.values()} == {2}, said
    return {name: (running[name].returncode, said[name], [p for p in pids[name] if alive(p)]) for name in SENT}


def started(wait):
    code = COMMAND.format(child=CHILD, wait=wait.strip("\n").lstrip())
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", code], start_new_session=True, **pipes)


@pytest.mark.slow
@pytest.mark.parametrize("sent", SENT)
def test_a_signal_ends_the_command_and_all_it_started(ended, sent):
    assert ended[sent] == (SENT[sent][2], f"mergekit-eval: {STOPPED}\n", [])


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
