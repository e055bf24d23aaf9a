"""What the two files of one AlpacaEval run say of each other.

The tool writes ``annotations.json`` and ``leaderboard.csv`` into one folder, which it calls after the judge. The
annotations name judge and baseline and have the items; the leaderboard alone has the length-controlled rates.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from mergekit_eval.readers import _limits
from mergekit_eval.readers._base import Refused
from mergekit_eval.readers._files import csv_rows, decimal, json_rows
from mergekit_eval.readers._head import Head

ANNOTATIONS, LEADERBOARD = "annotations.json", "leaderboard.csv"
CONTROLLED = ("length_controlled_winrate", "length_controlled_win_rate")


class Against(NamedTuple):
    """Who judged, and against whose answers."""

    judge: str
    baseline: str


def annotated(leaderboard: Path) -> set[Against]:
    """Return the judges and baselines of the annotations beside a leaderboard, nothing where there are none."""
    beside = leaderboard.parent / ANNOTATIONS
    if leaderboard.name != LEADERBOARD or not _limits.beside(beside, leaderboard):
        return set()
    with suppress(Refused, OSError):
        head = Head(beside)
        rows = json_rows(beside, head, []) if head.kind in ("lines", "array") else ()
        found = ((row.get("annotator"), row.get("generator_1")) for _, row in rows if "preference" in row)
        return {Against(a, b) for a, b in found if a and b and isinstance(a, str) and isinstance(b, str)}
    return set()


def controlled(annotations: Path) -> set[str]:
    """Return the models whose length-controlled rate is in the leaderboard beside annotations."""
    beside = annotations.parent / LEADERBOARD
    if annotations.name != ANNOTATIONS or not _limits.beside(beside, annotations):
        return set()
    with suppress(Refused, OSError):
        head = Head(beside)
        rates = [column for column in CONTROLLED if column in head.columns]
        rows = [row for _, row in csv_rows(head, [])] if rates else []
        return {row[head.columns[0]].strip() for row in rows if any(decimal(row[rate]) is not None for rate in rates)}
    return set()


def of_leaderboard(path: Path, pairs: Collection[Against]) -> Against | None:
    """Return which of the judges and baselines of the annotations in a folder is that of its leaderboard.

    It is the only one, or the only one with the judge the folder is called after; None where that is open.
    """
    fitting = [pair for pair in pairs if len(pairs) == 1 or pair.judge == path.absolute().parent.name]
    return fitting[0] if len(fitting) == 1 else None
