"""What runs that were killed have left in a folder: deleted by the next run, if no other is at work there."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl


@contextmanager
def at_work(folder: Path, leftovers: Callable[[], Iterable[Path]]) -> Iterator[None]:
    """Hold a folder for the block; ``leftovers`` in it are deleted before, unless another process holds it, too.

    The lock is one of the system on the folder itself, so it ends with the process, however that ends.
    """
    if sys.platform == "win32":  # it has no such locks: nothing is deleted there
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        # Network file systems may know no locks; then nothing is deleted.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for path in leftovers():
                _delete(path)
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
