"""One run at a time works on an output folder: the whole batch, or one step that is started alone."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mergekit_eval.errors import RunError, advice
from mergekit_eval.files import sweep

HANDLE = "MERGEKIT_EVAL_LOCK"  # environment variable: the open lock that a kernel has from the batch which started it
PATIENCE = 5.0  # seconds; a run that was just ended may need a moment until its last process is gone


@contextlib.contextmanager
def only_one(output: Path) -> Iterator[int]:
    """Hold the output folder against a second run and give the open lock; remains of killed runs are removed.

    A process that has the lock from the one that started it works under that one.

    Raises
    ------
    RunError
        If the folder cannot be written, or another run is working on it.
    """
    if (inherited := _inherited(output)) is not None:
        yield inherited
        return
    try:
        output.mkdir(parents=True, exist_ok=True)
        lock = (output / ".lock").open("ab+", buffering=0)
    except OSError as problem:
        raise RunError(_cannot(output, problem)) from problem
    with lock:
        _acquire(output, lock)
        sweep(output)
        try:
            yield lock.fileno()
        except OSError as problem:
            todo = advice(str(problem)) or ". What is finished is kept and used by the next run."
            raise RunError(f"{output}: {problem}{todo}") from problem
        finally:
            sweep(output)


def _cannot(output: Path, problem: OSError) -> str:
    return f"{output}: cannot be written: {problem}{advice(str(problem)) or '. Choose another output.'}"


def _inherited(output: Path) -> int | None:
    """Return the open lock of this output folder that the environment names, None if it names none."""
    try:
        handle = int(os.environ[HANDLE])
        same = os.path.samestat(os.fstat(handle), (output / ".lock").stat())
    except (KeyError, ValueError, OSError):
        return None
    return handle if same else None


def _acquire(output: Path, lock: BinaryIO) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError as problem:
            if time.monotonic() > end:
                lock.seek(0)
                holder = lock.read(20).decode("ascii", "replace").strip() or "unknown"
                text = f"another run is working on this folder (process {holder}). Wait for it, or end it."
                raise RunError(f"{output}: {text}") from problem
            time.sleep(0.1)
        except OSError as problem:
            raise RunError(f"{output}: cannot be locked: {problem}. Choose an output on another disk.") from problem
    try:
        lock.truncate(0)
        lock.write(b"%d\n" % os.getpid())
    except OSError as problem:
        raise RunError(_cannot(output, problem)) from problem
