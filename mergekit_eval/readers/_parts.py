"""Several tables in one text: their scales are decided apart, and two values of one measurement are told apart.

A row of such a table carries ``part``, which `collect.facts` takes out again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from mergekit_eval.readers._base import Problem, ScoreRow, problem, shown

_KEY = ("model", "model_name", "task_name", "metric", "filter", "kind", "n_shot", "task_version", "limit", "settings")


def apart(scores: Iterable[ScoreRow], problems: list[Problem]) -> list[ScoreRow]:
    """Return rows that several tables hold once; where they differ, each with its table as ``condition``, and named."""
    found: dict[tuple[Any, ...], dict[float, ScoreRow]] = defaultdict(dict)
    for row in scores:
        found[tuple(row.get(name) for name in _KEY)].setdefault(row["value"], row)
    unequal = [key for key, rows in found.items() if len(rows) > 1]
    if unequal:
        names = shown([", ".join(str(part) for part in key[2:4]) for key in unequal[:5]], 300)
        text = f"{len(unequal)} measurements stand in several tables with unequal values, each is kept: {names}"
        problems.append(problem("disagreement", text, "give every run a file of its own"))
    many = ((row, len(rows) > 1) for rows in found.values() for row in rows.values())
    return [row | ({"condition": str(row["part"])} if unclear else {}) for row, unclear in many]
