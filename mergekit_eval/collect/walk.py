"""Find every file under some paths, with what tells whether it changed.

`os` and not `pathlib` throughout: one scan must cost microseconds a file, and names need not be valid text.
"""

# ruff: noqa: PTH100, PTH112, PTH115, PTH116, PTH120

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from mergekit_eval.errors import DataError

SKIPPED_FOLDERS = frozenset({".git", ".hg", ".svn", "__pycache__", ".ipynb_checkpoints", ".venv", "node_modules"})
CACHE_TAG = "CACHEDIR.TAG"


class Found(NamedTuple):
    """One file: path, printable name relative to what is collected, size, time of change, why it must not be opened."""

    path: str
    name: str
    size: int
    mtime_ns: int
    trouble: str
    kind: str = "unread"


def walk(paths: str | Path | Iterable[str | Path]) -> list[Found]:
    """Return every file below ``paths``, sorted by name; links are followed inside ``paths``, loops are not.

    A link that leads out of them, and what is no regular file (a pipe, a socket, a device), is found with its trouble.

    Folders of version control, of caches (with a ``CACHEDIR.TAG``) and of environments are left out.

    Raises
    ------
    DataError
        If a path does not exist.
    """
    roots = [os.path.abspath(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    for root in roots:
        if not os.path.lexists(root):
            raise DataError(f"{root}: nothing is there")
    folders = [root if os.path.isdir(root) else os.path.dirname(root) for root in roots]
    top = os.path.commonpath(folders) if folders else ""
    homes = tuple(os.path.realpath(root) for root in roots)
    found = {file.path: file for root in roots for file in _below(root, len(top.rstrip(os.sep)) + 1, homes)}
    return sorted(found.values(), key=lambda file: file.name)


def _below(root: str, cut: int, homes: tuple[str, ...]) -> Iterator[Found]:
    seen: set[tuple[int, int]] = set()
    todo = [root]
    if not os.path.isdir(root):
        yield _found(root, root[cut:], _stat(root))
        return
    while todo:
        folder = todo.pop()
        try:
            here = os.stat(folder)
            with os.scandir(folder) as listing:
                entries = list(listing)
        except OSError as error:
            yield Found(folder, printable(folder[cut:] or folder), 0, 0, f"the folder cannot be read: {error.strerror}")
            continue
        if (here.st_dev, here.st_ino) in seen or (folder != root and any(e.name == CACHE_TAG for e in entries)):
            continue
        seen.add((here.st_dev, here.st_ino))
        for entry in entries:
            try:
                if entry.is_symlink() and (away := _leads_away(entry.path, homes)):
                    yield Found(entry.path, printable(entry.path[cut:]), 0, 0, away, "outside")
                    continue
                if entry.is_dir():
                    if entry.name not in SKIPPED_FOLDERS:
                        todo.append(entry.path)
                    continue
                status: os.stat_result | OSError = entry.stat()
            except OSError as error:
                status = error
            yield _found(entry.path, entry.path[cut:], status)


def _leads_away(link: str, homes: tuple[str, ...]) -> str:
    real = os.path.realpath(link)
    if any(real == home or real.startswith(home.rstrip(os.sep) + os.sep) for home in homes):
        return ""
    return f"a link out of the folder that is collected, to {printable(os.readlink(link))[:200]}; not followed"


def _stat(path: str) -> os.stat_result | OSError:
    try:
        return os.stat(path)
    except OSError as error:
        return error


def _found(path: str, name: str, status: os.stat_result | OSError) -> Found:
    if isinstance(status, OSError):
        return Found(path, printable(name), 0, 0, f"cannot be opened: {status.strerror}")
    trouble = "" if stat.S_ISREG(status.st_mode) else "not a regular file"
    return Found(path, printable(name), status.st_size, status.st_mtime_ns, trouble)


def printable(name: str) -> str:
    """Return a path as text that every table and terminal can hold."""
    if name.isascii() and name.isprintable():
        return name
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
