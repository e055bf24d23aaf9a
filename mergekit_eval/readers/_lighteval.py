"""What the two lighteval readers share: the parts of a task's name."""

from __future__ import annotations

TOOL = "lighteval"


def split_task(key: str) -> tuple[str, str, int | None]:
    """Return (suite, task, few-shot examples) of ``suite|task|shots[|truncation]`` or the newer ``task|shots``."""
    parts = key.split("|")
    shots = next((int(part) for part in parts[1:][::-1] if part.isascii() and part.isdigit() and len(part) < 6), None)
    if len(parts) >= 3:
        return parts[0], parts[1], int(parts[2]) if parts[2].isascii() and parts[2].isdigit() else shots
    return "", parts[0], shots
