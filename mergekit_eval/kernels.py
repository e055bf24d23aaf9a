"""Kernels of notebooks that run headlessly: where their sockets lie, which lock they work under, how they are ended."""

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import psutil

from mergekit_eval.files import socket_folder, write_atomic
from mergekit_eval.processes import end_tree
from mergekit_eval.run.lock import HANDLE

T = TypeVar("T")
_running: list[psutil.Process] = []


def side_by_side(
    calls: Sequence[Callable[[], T]], at_once: int = 1, *, stopped: Callable[[], object] | None = None
) -> Iterator[T]:
    """Make calls that run notebooks, each in a thread, and yield what they return as it comes.

    Papermill in a thread leaves signals to the main one. Whatever ends the wait there, Ctrl-C or an error, ends the
    kernels with all that they started, and then the threads; ``stopped`` is called before, since that may take longer
    than the command has.
    """
    with ThreadPoolExecutor(at_once) as pool:
        futures = [pool.submit(_with_loop, call) for call in calls]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            if stopped is not None:
                stopped()
            for future in futures:
                future.cancel()
            while wait(futures, timeout=0.2).not_done:
                for kernel in list(_running):
                    end_tree(kernel)
            raise


def _with_loop(call: Callable[[], T]) -> T:
    """Make a call with the event loop that Jupyter opens for a thread, and close it."""
    from jupyter_core.utils import ensure_event_loop

    with contextlib.closing(ensure_event_loop()):
        return call()


@contextlib.contextmanager
def manager(lock: int | None = None) -> Iterator[type]:
    """Give the class that papermill starts one kernel with.

    Parameters
    ----------
    lock : int, optional
        The open lock of the output folder; the kernel works under it, and it is held until the kernel is gone.
    """
    from jupyter_client.manager import AsyncKernelManager
    from jupyter_client.provisioning.local_provisioner import LocalProvisioner

    mine: list[psutil.Process] = []
    handed_on: dict[str, Any] = {}
    if lock is not None:
        handed_on = {"pass_fds": (lock,), "env": {**os.environ, HANDLE: str(lock)}}

    # What a kernel prints at its end (event loops name tasks that they cut off) is shown only if it died.
    with socket_folder() as folder, (folder / "stderr").open("w+b") as said:

        class Manager(AsyncKernelManager):
            def __init__(self, **options: Any) -> None:
                # A folder of its own: kernels that start at the same time cannot take each other's sockets.
                place = {"transport": "ipc", "ip": f"{folder}/k", "connection_file": f"{folder}/kernel.json"}
                super().__init__(**{**options, **place})

            async def start_kernel(self, **how: Any) -> None:  # type: ignore[override]  # declared as not async
                await super().start_kernel(**{"stderr": said, **handed_on, **how})
                mine.append(psutil.Process(cast(LocalProvisioner, self.provisioner).pid))
                _running.append(mine[-1])

        try:
            yield Manager
        except RuntimeError:
            said.seek(0)
            sys.stderr.write(said.read().decode("utf-8", "replace"))
            raise
        finally:
            for kernel in mine:
                _running.remove(kernel)


@cache
def prepare_papermill() -> None:
    """Make papermill write executed notebooks as all else is written, whole or not at all; it logs only where asked."""
    from papermill.iorw import LocalHandler, papermill_io

    class Whole(LocalHandler):  # type: ignore[misc]  # papermill has no types
        def write(self, buf: str, path: str) -> None:
            write_atomic(Path(path), buf)

    papermill_io.register(os.sep, Whole())
    logging.getLogger("papermill").addHandler(logging.NullHandler())  # the outcome says what went wrong
