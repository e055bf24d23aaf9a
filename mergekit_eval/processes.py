"""How processes end: the command line at the first Ctrl-C with all that it started, workers with their parent."""

import contextlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import wait
from types import FrameType

import psutil

from mergekit_eval.files import socket_place, sweep

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 3.5  # seconds between the signal and the end, however much is still to be put away
STOPPED = "stopped. What is finished is kept; run the same command again to go on."


class Stopped(BaseException):
    """A signal asked this command to end. No `Exception`, so that nothing on the way takes it for a failure."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Make Ctrl-C, SIGTERM and a closed terminal raise `Stopped` here; it ends the command with all that it started.

    The exit code is 128 and the signal's number, as shells have it: 130 for Ctrl-C, 143 for SIGTERM.
    """
    for number in ENDING:
        # nohup has SIGHUP ignored; an ignored SIGINT only says that a shell started this in the background
        if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    except Stopped as stop:
        end_tree(psutil.Process(), without_root=True)
        with contextlib.suppress(OSError):
            sweep(socket_place(), below=False)
        sys.exit(128 + stop.number)


def _stop(number: int, _frame: FrameType | None) -> None:
    for other in ENDING:
        signal.signal(other, signal.SIG_IGN)
    logging.disable()  # what event loops say of tasks that are cut off now is not for the reader of one line
    with contextlib.suppress(OSError):
        os.write(2, f"mergekit-eval: {STOPPED}\n".encode())
    # Whatever swallows the exception or waits too long in putting things away, the command ends.
    watch = threading.Timer(PATIENCE, _end, (number,))
    watch.daemon = True
    watch.start()
    raise Stopped(number)


def _end(number: int) -> None:
    end_tree(psutil.Process(), without_root=True)
    os._exit(128 + number)


def end_tree(root: psutil.Process, *, without_root: bool = False) -> None:
    """Kill a process with everything below it, and wait a moment until all are gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        processes = [*([] if without_root else [root]), *root.children(recursive=True)]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=1)


def become_worker() -> None:
    """Leave Ctrl-C to the process that started this one, and end as soon as that one is gone, however it went."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    wait([parent.sentinel])
    if os.getpgrp() == os.getpid():  # all that it started shares its group
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
