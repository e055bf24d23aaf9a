"""Where a number came from: versions, commit, parameters and digests, as a dictionary and as one line."""

import platform
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from mergekit_eval.files import digest

PACKAGES = ("mergekit-eval", "lm-eval", "mergekit", "torch", "transformers", "pandas", "numpy", "scipy", "matplotlib")


def versions() -> dict[str, str]:
    """Return the installed version of each package that can change a number; absent packages are left out."""
    return {name: found for name in PACKAGES if (found := version(name))}


def version(package: str) -> str:
    """Return the installed version, '' if the package is not there."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


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
