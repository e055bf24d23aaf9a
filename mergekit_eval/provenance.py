"""Where a number came from: versions, commit, parameters and digests, as a dictionary and as one line."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("mergekit-eval", "lm-eval", "mergekit", "torch", "transformers", "pandas", "numpy", "scipy", "matplotlib")


def versions() -> dict[str, str]:
    """Return the installed version of each package that can change a number; absent packages are left out."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """Return the kit's own git commit, with '-dirty' if changed; '' outside a checkout of the kit."""
    here = Path(__file__).resolve().parent.parent
    if not (here / ".git").exists():
        return ""
    command = ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as hex."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def provenance(parameters: Mapping[str, Any] | None = None, inputs: Iterable[Path] = ()) -> dict[str, Any]:
    """Return what is needed to make the same numbers again.

    Parameters
    ----------
    parameters : mapping, optional
        What the step was run with (plain values).
    inputs : iterable of Path
        Files whose SHA-256 is recorded, keyed by file name.
    """
    return {
        "versions": versions(),
        "commit": commit(),
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "parameters": dict(parameters or {}),
        "inputs": {path.name: digest(path) for path in map(Path, inputs) if path.is_file()},
    }


def signature(parameters: Mapping[str, Any] | None = None) -> str:
    """Return one line that fixes how numbers were made: kit version, commit, parameters."""
    shown = " ".join(f"{key}={value}" for key, value in (parameters or {}).items())
    return f"mergekit_eval {metadata.version('mergekit-eval')} {commit()} {shown}".replace("  ", " ").strip()


def write_atomic(path: Path, content: str | bytes) -> Path:
    """Write ``content`` so that a reader sees the old file or the whole new one, whatever happens meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path


def write_json(path: Path, content: object) -> Path:
    """Write ``content`` as indented JSON, atomically; paths and other strangers become text."""
    return write_atomic(path, json.dumps(content, indent=1, default=str, ensure_ascii=False) + "\n")
