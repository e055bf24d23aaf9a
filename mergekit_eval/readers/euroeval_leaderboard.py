"""Leaderboards of EuroEval (``*_all.csv``): a row of task types above the header, links around names, and cells of
``mean ± radius / mean ± radius@@sort key``. Tables that hold nothing but mean ranks are refused.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mergekit_eval.readers._base import Context, Problem, Readout, Refused, problem, shown
from mergekit_eval.readers._common import not_finite
from mergekit_eval.readers._euroeval import Run, labelled, metrics_of, row_of
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._limits import opened_text

NAME = "euroeval leaderboard"
KINDS = ("text",)
_TAG = re.compile(r"<[^<>]*>")
_SORT_KEY = re.compile(r"@@-?[\d.]*$")
_NUMBER = r"-?\d+(?:\.\d+)?"
_CELL = re.compile(rf"({_NUMBER})\s*±\s*({_NUMBER})")
_RANKS = {"model", "generative_type", "rank", "commercial", "merge", "trained_from_scratch"}
_NAMED = {"model", "type", "rank", "merge"}
_KINDS = {"🧠": "base", "📝": "instruction_tuned", "🤔": "reasoning", "🔍": "encoder"}
_YES = "✓"
_LONGEST_CELL = 1 << 20


class Column(NamedTuple):
    """A column of scores: its place, data set and task, and where the version of the program stands (-1: nowhere)."""

    place: int
    dataset: str
    task: str
    version: int


def claims(head: Head) -> bool | str:
    """Claim tables whose first row names task types and whose second names a model, its rank and whether it merges."""
    if set(head.columns) >= _RANKS:
        return "a EuroEval leaderboard of mean ranks without scores; take the table without '_simplified' in its name"
    lines = head.start.decode("utf-8", "replace").splitlines()[:2]
    types, names = map(_cells, lines) if len(lines) == 2 else ([], [])
    return bool(types) and types[0].lower() == "task type" and {name.lower() for name in names} >= _NAMED


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per model, data set and metric."""
    problems: list[Problem] = []
    csv.field_size_limit(_LONGEST_CELL)
    try:
        with opened_text(path) as file:
            table = csv.reader(file)
            types, names = [plain(cell) for cell in next(table)], [plain(cell) for cell in next(table)]
            columns = _columns(types, names)
            scores = list(_rows(table, columns, names, problems))
    except (UnicodeDecodeError, csv.Error, StopIteration) as error:
        raise Refused(f"the table cannot be read: {type(error).__name__}: {error}") from None
    if not scores:
        raise Refused("no cell of a data set holds a score")
    read_of = {"model", "type", "merge", *(name for c in columns for name in (c.dataset, f"{c.dataset}_version"))}
    if others := [name for name in names if name not in read_of and name.lower() not in read_of]:
        problems.append(problem("note", f"columns not read, they hold no scores of a data set: {shown(others, 300)}"))
    return Readout(scores, None, problems + not_finite(scores))


def plain(cell: str) -> str:
    """Return the text of a cell without its tags, marks of struck text and key to sort by."""
    return _SORT_KEY.sub("", html.unescape(_TAG.sub("", cell)).strip().strip("~")).strip()


def _cells(line: str) -> list[str]:
    try:
        return [plain(cell) for cell in next(csv.reader(io.StringIO(line)), [])]
    except csv.Error:
        return []


def _columns(types: list[str], names: list[str]) -> list[Column]:
    """Return the columns of data sets: those that have a version; the task type stands above the first of its own."""
    versions = {name.removesuffix("_version"): place for place, name in enumerate(names) if name.endswith("_version")}
    found, task = [], ""
    for place, name in enumerate(names):
        task = (types[place] if place < len(types) else "") or task
        if name in versions:
            found.append(Column(place, name, task.lower().replace(" ", "-"), versions[name]))
    return found


def _rows(table: Any, columns: list[Column], names: list[str], problems: list[Problem]) -> Iterator[dict[str, Any]]:
    at = {name.lower(): place for place, name in enumerate(names)}
    missing, unclear, ragged, seen = 0, [], [], set()
    for line, cells in enumerate(table, 2):
        if not cells:
            continue
        if len(cells) != len(names) or not plain(cells[at["model"]]):
            ragged.append(line)
            continue
        if (name := plain(cells[at["model"]])) in seen:
            problems.append(problem("repeated", f"row {line}: {shown(name)} stands twice; the first row counts"))
            continue
        seen.add(name)
        for column in columns:
            cell = plain(cells[column.place])
            pairs = _CELL.findall(cell)
            run = _run(name, cells, at, column)
            metrics = metrics_of(column.task, run.version)
            missing += cell in ("", "-", "?")
            if (not pairs and cell not in ("", "-", "?")) or (pairs and len(metrics) != len(pairs)):
                unclear.append(f"{column.dataset} of {name}: {cell}")
            elif pairs:
                yield from (row_of(run, m, float(v), float(r)) for m, (v, r) in zip(metrics, pairs, strict=True))
    problems += _told(missing, unclear, ragged)


def _run(name: str, cells: list[str], at: dict[str, int], column: Column) -> Run:
    model, flags = labelled(name)
    kind = plain(cells[at["type"]])
    return Run(
        model=model,
        dataset=column.dataset,
        task=column.task,
        version=plain(cells[column.version]),
        validation="val" in flags,
        few_shot="zero-shot" not in flags,
        merge=plain(cells[at["merge"]]) == _YES,
        settings={"generative_type": _KINDS.get(kind, kind)} if kind else {},
    )


def _told(missing: int, unclear: list[str], ragged: list[int]) -> list[Problem]:
    problems = []
    if missing:
        told = f"{missing} cells hold no score; they are missing, not zero"
        problems.append(problem("incomplete", told, "compare on the data sets both models have"))
    if unclear:
        told = f"{len(unclear)} cells do not hold the metrics of their task, left out; first: {shown(unclear[0])}"
        problems.append(problem("bad-value", told))
    if ragged:
        told = f"{len(ragged)} rows without a model, or not as wide as the header, left out; first: row {ragged[0]}"
        problems.append(problem("truncated", told))
    return problems
