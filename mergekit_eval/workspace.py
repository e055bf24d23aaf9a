"""Lay out a workspace: the notebooks, the example studies and an empty outputs folder, for people who pip-installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from mergekit_eval.errors import KitError

PACKAGE = Path(__file__).parent
PARTS = {"notebooks": "*.ipynb", "params": "*.yaml"}


def shipped(part: str) -> Path:
    """Return the folder ``notebooks`` or ``params`` of the checkout, or the copy inside an installed package."""
    packaged = PACKAGE / "share" / part
    return packaged if packaged.is_dir() else PACKAGE.parent / part


def lay_out(folder: Path) -> Iterator[Path]:
    """Copy notebooks and studies into ``folder`` and yield what was written; an existing file is never overwritten.

    Raises
    ------
    KitError
        If a file to be written exists already; nothing is written then.
    """
    copies = [
        (file, folder / part / file.name) for part, glob in PARTS.items() for file in sorted(shipped(part).glob(glob))
    ]
    if taken := [target for _, target in copies if target.exists()]:
        raise KitError(f"{folder}: {taken[0].relative_to(folder)} is there already; give a new or empty folder.")
    (folder / "outputs").mkdir(parents=True, exist_ok=True)
    for source, target in copies:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        yield target
