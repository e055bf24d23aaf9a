"""Files that are either complete or absent, whatever ends the process."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mergekit_eval.errors import RunError


def write_json(path: Path, value: Any, *, sort: bool = True) -> None:
    """Write ``value`` as JSON beside ``path`` and move it there in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value, indent=1, ensure_ascii=False, sort_keys=sort, default=str)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:60]}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any]:
    """Return the mapping in ``path``, or an empty one if it is absent or unreadable."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def scratch(output: Path) -> Path:
    """Return the folder for unfinished things, on the same disk as the finished ones."""
    return output / ".unfinished"


@contextlib.contextmanager
def new_scratch(output: Path) -> Iterator[Path]:
    """Give a new empty folder for one unfinished thing; what is still in it afterwards is removed."""
    folder = scratch(output) / uuid.uuid4().hex[:12]
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def only_one(output: Path) -> Iterator[None]:
    """Hold the output folder against a second run, after proving that it can be written.

    Raises
    ------
    RunError
        If the folder cannot be written, or another run is working on it.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        lock = (output / ".lock").open("w")
        (output / ".lock.probe").write_text("x")
        (output / ".lock.probe").unlink()
    except OSError as problem:
        raise RunError(f"{output}: cannot be written: {problem}. Free space, or choose another output.") from problem
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            raise RunError(f"{output}: another run is working on this folder. Wait for it, or end it.") from problem
        shutil.rmtree(scratch(output), ignore_errors=True)
        try:
            yield
        except OSError as problem:
            raise RunError(f"{output}: {problem}. What is finished stays and is used by the next run.") from problem
        finally:
            shutil.rmtree(scratch(output), ignore_errors=True)
