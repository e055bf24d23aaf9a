"""The one place that writes: files and folders that are complete or absent, whatever ends the process.

What is unfinished lies in a folder of its own beside its place, which its process holds by a lock as long as it lives.
So the next run can tell the remains of a killed process from the work of a living one.
"""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

UNFINISHED = ".mergekit-eval-"
ALIVE = ".alive"
SOCKET_ROOM = 45  # bytes of a folder; a socket's whole path may have 103, and two random names are put below it
CANNOT_FLUSH = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)


@contextlib.contextmanager
def unfinished(parent: Path) -> Iterator[Path]:
    """Give a folder in ``parent`` for something unfinished; what is left in it goes away, by `sweep` at the latest."""
    parent.mkdir(parents=True, exist_ok=True)
    folder, handle = _locked(parent)
    owner = os.getpid()
    try:
        yield folder
    finally:
        if os.getpid() == owner:  # a forked process drops its copy of this block while the folder is in use here
            shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _locked(parent: Path) -> tuple[Path, int]:
    """Return a new folder and its lock, another one where a `sweep` took it for dead before it was locked."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=parent))
        with contextlib.suppress(FileNotFoundError):
            handle = os.open(folder / ALIVE, os.O_RDWR | os.O_CREAT, 0o600)
            with contextlib.suppress(OSError):  # a file system without locks; `sweep` then leaves the folder alone
                fcntl.flock(handle, fcntl.LOCK_EX)
            if (folder / ALIVE).exists():
                return folder, handle
            os.close(handle)


def sweep(folder: Path, *, below: bool = True) -> None:
    """Remove what killed processes left unfinished in ``folder`` and, unless told otherwise, in all folders below."""
    for place, names, _ in os.walk(folder):
        for name in [name for name in names if name.startswith(UNFINISHED)]:
            names.remove(name)
            _remove_dead(Path(place) / name)
        if not below:
            return


def _remove_dead(folder: Path) -> None:
    """Remove a folder unless its process lives; who is about to lock a new one waits, and then takes another."""
    with contextlib.suppress(OSError):  # another user's, gone meanwhile, or locked by the process that works there
        handle = os.open(folder / ALIVE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to; the file there takes the place of ``path`` if the block ends well, else it goes away."""
    with unfinished(path.parent) as folder:
        yield folder / path.name
        move(folder / path.name, path)


def move(source: Path, target: Path) -> None:
    """Put a finished file or folder in its place; all of it is on the disk before, and its name after."""
    target.parent.mkdir(parents=True, exist_ok=True)
    inside = sorted(source.rglob("*")) if source.is_dir() else []
    for path in [*inside, source]:
        flush(path)
    source.replace(target)
    flush(target.parent)


def flush(path: Path) -> None:
    """Return when a file, or a folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as problem:
        if not path.is_dir() or problem.errno not in CANNOT_FLUSH:
            raise
    finally:
        os.close(handle)


def write_atomic(path: Path, content: str | bytes) -> Path:
    """Write ``content`` so that a reader sees the old file or the whole new one, whatever happens meanwhile."""
    with replacing(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def write_json(path: Path, content: object, *, sort: bool = False) -> Path:
    """Write ``content`` as indented JSON, atomically; values that JSON has no type for are converted to text."""
    return write_atomic(path, json.dumps(content, indent=1, default=str, ensure_ascii=False, sort_keys=sort) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Return the mapping in ``path``, or an empty one if it is absent or unreadable."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def fingerprint(content: object) -> str:
    """Return the SHA-256 of plain values as JSON, in which the order of keys does not count."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as hex."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def socket_place() -> Path:
    """Return the first temporary folder whose path is short enough for sockets below it.

    Raises
    ------
    OSError
        If there is none.
    """
    for place in (tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR", ""), "/tmp", "/var/tmp"):
        if 0 < len(os.fsencode(place)) <= SOCKET_ROOM and os.access(place, os.W_OK | os.X_OK):
            return Path(place)
    text = f"no folder for sockets; set TMPDIR to a writable folder whose path has at most {SOCKET_ROOM} bytes"
    raise OSError(errno.ENAMETOOLONG, text)


@contextlib.contextmanager
def socket_folder() -> Iterator[Path]:
    """Give a folder for sockets; those of killed processes are removed."""
    place = socket_place()
    sweep(place, below=False)
    with unfinished(place) as folder:
        yield folder
