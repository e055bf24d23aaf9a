"""What one file may take, and how a file is opened: files come from strangers, and none may take the machine.

There are two limits, memory and time; every other one (bytes of a document, cells of a parquet file, rows handed on)
is a share of the first. Both can be raised by an environment variable, and every message names it.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import IO, AnyStr

from mergekit_eval.errors import DataError

MEGABYTE = 1 << 20
MEMORY_SWITCH, SECONDS_SWITCH = "MERGEKIT_EVAL_FILE_MB", "MERGEKIT_EVAL_FILE_SECONDS"
LINE = 1 << 26
_NOT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


class OverLimit(DataError):
    """Raised where reading a file would take more than a limit; says which, what it takes, and how to raise it."""


def memory() -> int:
    """Return the bytes that reading one file may take: 512 MB, or what the environment says."""
    return _whole(MEMORY_SWITCH, 512) * MEGABYTE


def seconds() -> int:
    """Return how long reading one file may take: 120 s, or what the environment says."""
    return _whole(SECONDS_SWITCH, 120)


def _whole(name: str, usual: int) -> int:
    told = os.environ.get(name, "") or str(usual)
    if not (told.isascii() and told.isdigit() and int(told[:9]) > 0 and len(told) < 9):
        raise DataError(f"{name}={told[:40]!r}: allowed: a whole number above 0, e.g. {name}={usual}.")
    return int(told)


def require(need: int, what: str) -> None:
    """Raise `OverLimit` if something would take more bytes than one file may."""
    if need > (limit := memory()):
        size = f"{what}: about {need // MEGABYTE:,} MB of memory, more than the {limit // MEGABYTE:,} MB of one file"
        raise OverLimit(f"{size}; {MEMORY_SWITCH}={need // MEGABYTE + 1} would allow it")


def opened(path: str | Path) -> BufferedReader:
    """Open a file of bytes, if it is a regular one; never waits for the other end of a pipe.

    Raises
    ------
    OSError
        Also if it is a pipe, a socket, a device or a folder, whatever it was when it was found.
    """
    return open(path, "rb", opener=regular)


def opened_text(path: str | Path, errors: str = "strict") -> TextIOWrapper:
    """Open a file of UTF-8 text as `opened` opens one of bytes; the ends of its lines stay as they are."""
    return open(path, encoding="utf-8-sig", newline="", errors=errors, opener=regular)


def regular(path: str, flags: int) -> int:
    """Open a regular file for `open` and its relatives, as their ``opener``; raises OSError for anything else."""
    handle = os.open(path, flags | _NOT_WAITING)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a regular file", path)
    return handle


def lines(file: IO[AnyStr]) -> Iterator[AnyStr]:
    """Return the lines of an open file.

    Raises
    ------
    OverLimit
        If one has more than `LINE` bytes (characters, of a text).
    """
    return _short_lines(file) if os.fstat(file.fileno()).st_size > LINE else iter(file)


def _short_lines(file: IO[AnyStr]) -> Iterator[AnyStr]:
    while line := file.readline(LINE):
        if len(line) == LINE:
            raise OverLimit(f"a line of more than {LINE // MEGABYTE} MB; write it as several rows")
        yield line


def beside(path: Path, own: Path, root: Path | None = None) -> bool:
    """Whether a file that a reader wants beside its ``own`` (or below ``root``) is there, and no link leads away."""
    real = os.path.realpath(path)
    homes = (os.path.realpath(root or own.parent), os.path.dirname(os.path.realpath(own)))  # noqa: PTH120
    return any(real.startswith(home.rstrip(os.sep) + os.sep) for home in homes) and os.path.isfile(real)  # noqa: PTH113
