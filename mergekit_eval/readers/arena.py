"""Tables of people's votes (Chatbot Arena): one row per model with a rating, its interval and its votes.

The table does not say which arena it is of (text, vision, images); its file name is kept as the version of the task.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow
from mergekit_eval.readers._common import not_finite
from mergekit_eval.readers._files import csv_rows, decimal
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._judged import rated

NAME = "arena"
KINDS = ("text", "parquet")
_RATING = re.compile(r"(arena[ _]?(elo|score)( rating)?|elo|elo[ _]rating|rating)", re.IGNORECASE)
_MODEL = re.compile(r"(model|key|model[ _]name)", re.IGNORECASE)
_VOTES = re.compile(r"(num_battles|votes)", re.IGNORECASE)
_INTERVAL = re.compile(r"95[ _%]*(pct[ _])?ci", re.IGNORECASE)


def claims(head: Head) -> bool | str:
    """Claim tables with a model, a rating and votes or an interval, if they are not part of a leaderboard's table."""
    columns = head.columns
    if not _find(columns, _MODEL) or not _find(columns, _RATING):
        return False
    known = _find(columns, _VOTES) or _find(columns, _INTERVAL)
    return bool(known) and not any(name.startswith("evaluations_") for name in columns)


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one rating per model; n is the number of votes; the published interval goes into the note."""
    model, rating = _find(head.columns, _MODEL), _find(head.columns, _RATING)
    votes, interval = _find(head.columns, _VOTES), _find(head.columns, _INTERVAL)
    problems: list[Problem] = []
    version = {"task_version": f"table {PurePosixPath(head.name).stem}"}
    rows = ((line, row[model].strip(), row[rating], row) for line, row in csv_rows(head, problems))
    scores = [
        _row(name, value, row.get(votes, ""), row.get(interval, "")) | version
        for name, value, row in rated(rows, problems)
    ]
    if not scores:
        raise Refused("no row holds a model and a rating")
    return Readout(scores, None, problems + not_finite(scores))


def _find(columns: list[str], pattern: re.Pattern[str]) -> str:
    return next((name for name in columns if pattern.fullmatch(name.strip())), "")


def _row(name: str, value: float, votes: str, interval: str) -> ScoreRow:
    row: ScoreRow = {
        "tool": NAME,
        "model_name": name,
        "task_name": "chatbot_arena",
        "metric": "arena_score",
        "filter": "none",
    }
    n = decimal(votes)
    row |= {"n": int(n), "n_from": "file"} if n is not None and 0 < n < 1e12 else {}
    return row | {"value": value} | ({"note": f"published 95% interval {interval.strip()}"} if interval.strip() else {})
