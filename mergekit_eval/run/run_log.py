"""What became of every merge and cell at its last try, for the batch and for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from mergekit_eval.files import write_json


def note(path: Path, records: Iterable[Any], still: Callable[[dict[str, Any]], bool]) -> None:
    """Write the records into the list at ``path``; older rows stay as they are where ``still`` says they count."""
    rows = {row["name"]: row for row in read(path) if still(row)}
    for record in records:
        rows[record.name] = {"name": record.name, **record._asdict()}
    write_json(path, list(rows.values()))


def read(path: Path) -> list[dict[str, Any]]:
    """Return the rows at ``path``, none if the file is absent or unreadable."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [row for row in rows if isinstance(row, dict) and "name" in row] if isinstance(rows, list) else []
