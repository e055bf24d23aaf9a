"""Run cells side by side, each in its own process that a fork server starts with the imports already paid.

A cell that fails, dies or runs too long becomes an `Outcome` with its reason; the others go on. When this
process ends, by Ctrl-C or kill -9, its cells end with it.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import time
import types
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from functools import cache
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any, NamedTuple

from mergekit_eval.files import socket_folder
from mergekit_eval.run import worker_process
from mergekit_eval.run.warm_imports import INDEX_SWITCH, PARENT

FIXED_ENV = {"PYTHONHASHSEED": "0", "TOKENIZERS_PARALLELISM": "false"}


@dataclass(frozen=True)
class Job:
    """One call of ``module:function(**payload)`` in a process of its own."""

    name: str
    target: str
    payload: dict[str, Any]
    log: Path
    threads: int = 1
    time_limit: float | None = None


class Outcome(NamedTuple):
    """What became of a job: its value if ``ok``, otherwise the reason; wall seconds either way."""

    job: Job
    ok: bool
    value: Any
    reason: str
    seconds: float


class _Running(NamedTuple):
    job: Job
    process: BaseProcess
    answer: Connection
    began: float
    slot: int


def run_jobs(
    jobs: Iterable[Job], *, slots: int, devices: tuple[str, ...] = (), index: bool = False
) -> Iterator[Outcome]:
    """Run ``jobs`` at most ``slots`` at a time and yield each outcome as it comes.

    Parameters
    ----------
    jobs : iterable of Job
    slots : int
        Processes side by side.
    devices : tuple of str
        GPU numbers; slot ``i`` sees only ``devices[i % len(devices)]``. Empty leaves visibility alone.
    index : bool
        Index lm-eval's whole task tree once in the fork server (5-18 s).
    """
    waiting = deque(jobs)
    running: list[_Running] = []
    if waiting:
        _start_server(index)
    try:
        while waiting or running:
            while waiting and len(running) < slots:
                slot = min(set(range(slots)) - {cell.slot for cell in running})
                running.append(_start(waiting.popleft(), slot, devices))
            for cell in _finished(running):
                running.remove(cell)
                yield _outcome(cell)
    finally:
        for cell in running:
            _kill(cell)


def _start_server(index: bool) -> None:
    """Start the fork server of this process with a fixed hash seed; a running one is used as it is."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mergekit_eval.run.warm_imports"])
    extra = {**FIXED_ENV, PARENT: str(os.getpid()), **({INDEX_SWITCH: "1"} if index else {})}
    resource_tracker.ensure_running()
    # Ctrl-C in a terminal reaches every process of the group; the server leaves it to this one.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        # multiprocessing puts its sockets where paths are short enough, and nothing else goes there
        with _replaced(os.environ, extra), _replaced(vars(tempfile), {"tempdir": _sockets()}):
            forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextlib.contextmanager
def _replaced(mapping: MutableMapping[str, Any], values: Mapping[str, Any]) -> Iterator[None]:
    """Let a mapping (the environment, the names of a module) hold other values for a while."""
    before = {key: mapping[key] for key in values if key in mapping}
    mapping.update(values)
    try:
        yield
    finally:
        for key in values:
            del mapping[key]
        mapping.update(before)


@cache
def _sockets() -> str:
    until_exit = contextlib.ExitStack()
    Finalize(None, until_exit.close, exitpriority=-200)  # after multiprocessing's own, which removes its part at -100
    return str(until_exit.enter_context(socket_folder()))


def _start(job: Job, slot: int, devices: tuple[str, ...]) -> _Running:
    context = multiprocessing.get_context("forkserver")
    receive, send = context.Pipe(duplex=False)
    # The fork server knows the environment of its own start only; a notebook may have changed it since.
    env = {**os.environ, **({"CUDA_VISIBLE_DEVICES": devices[slot % len(devices)]} if devices else {})}
    arguments = (job.target, job.payload, str(job.log), job.threads, env, send)
    process = context.Process(target=worker_process.main, args=arguments, name=job.name)
    # without ``__main__`` a cell does not run the caller's script a second time
    with _replaced(sys.modules, {"__main__": types.ModuleType("__main__")}):
        process.start()
    send.close()
    return _Running(job, process, receive, time.monotonic(), slot)


def _finished(running: list[_Running]) -> list[_Running]:
    """Wait until at least one cell answered, ended or ran out of time, and return those."""
    ends = [cell.began + cell.job.time_limit for cell in running if cell.job.time_limit]
    signs = [sign for cell in running for sign in (cell.answer, cell.process.sentinel)]
    ready = wait(signs, max(0.0, min(ends) - time.monotonic()) if ends else None)
    return [cell for cell in running if cell.answer in ready or cell.process.sentinel in ready or _late(cell)]


def _late(cell: _Running) -> bool:
    limit = cell.job.time_limit
    return limit is not None and time.monotonic() >= cell.began + limit


def _outcome(cell: _Running) -> Outcome:
    seconds = time.monotonic() - cell.began
    answer = None
    with contextlib.suppress(EOFError, OSError):
        answer = cell.answer.recv() if cell.answer.poll() else None
    ok, value = answer or (False, _why(cell))
    _kill(cell, answer is not None)
    return Outcome(cell.job, ok, value if ok else None, "" if ok else value, seconds)


def _why(cell: _Running) -> str:
    if cell.process.is_alive() and _late(cell):
        return f"ran past its time limit of {cell.job.time_limit:g} s"
    cell.process.join(10)
    code = cell.process.exitcode
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return f"ended by {name}" + (" (often: out of memory)" if name == "SIGKILL" else "")
    return f"ended with exit code {code} and no answer"


def _kill(cell: _Running, answered: bool = False) -> None:
    """End the cell with everything it started; one that is just leaving gets a moment."""
    cell.process.join(1.0 if answered else 0.0)
    if cell.process.is_alive() and cell.process.pid:
        for end in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                end(cell.process.pid, signal.SIGKILL)
    cell.process.join(10)
    cell.answer.close()
    cell.process.close()
