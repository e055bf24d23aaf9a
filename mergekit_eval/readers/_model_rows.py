"""Rows of a table of models: one per model, or several that other columns tell apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

from mergekit_eval.readers._base import Problem, problem, shown
from mergekit_eval.readers._benchmarks import DERIVED
from mergekit_eval.readers._cells import plain
from mergekit_eval.readers._common import canonical, data_label, is_data
from mergekit_eval.readers._files import decimal
from mergekit_eval.readers._grids import Grid, is_index


class ModelRow(NamedTuple):
    """One row: its model, what tells it from other rows of this model (canonical JSON, "" for nothing), its cells.

    ``data`` says on which data its scores were measured, "" where the table has one row per model for that.
    """

    model: str
    settings: str
    cells: dict[str, str]
    data: str = ""


def model_rows(grid: Grid, model: str, scores: Collection[str], problems: list[Problem]) -> list[ModelRow]:
    """Return the rows of a table; rows of one model that nothing tells apart are named and left out.

    Parameters
    ----------
    grid : Grid
        The table.
    model : str
        Column of the models.
    scores : collection of str
        Columns that are scores, so no names of models.
    problems : list of dict
        Receives what was found.
    """
    named: dict[str, list[dict[str, str]]] = defaultdict(list)
    for line, row in grid.rows:
        if name := plain(row[model]):
            named[name].append({column: cell.strip() for column, cell in row.items()})
        else:
            problems.append(problem("bad-value", f"row {line} names no model; it is left out"))
    others = [c for c in grid.columns if c != model and c not in scores and not _tells_nothing(c)]
    data = [c for c in others if is_data(c) and any(len({row[c] for row in rows}) > 1 for rows in named.values())]
    others = [column for column in others if column not in data]
    found: list[ModelRow] = []
    twice: list[str] = []
    lost: list[str] = []
    for name, rows in named.items():
        for part, same in _by_data(rows, data).items():
            mine, again, unclear = _apart(name, same, others, scores)
            found += [row._replace(data=part) for row in mine]
            twice += [name] * bool(again and name not in twice)
            lost += [name] * bool(unclear and name not in lost)
    if twice:
        message = f"models with several equal rows, each counts once: {shown(twice, 200)}"
        problems.append(problem("repeated", message, "remove the repeated rows"))
    if lost:
        message = f"models with rows that differ in nothing but their scores, left out: {shown(lost, 200)}"
        problems.append(problem("disagreement", message, "make the names unique, or add a column such as size or date"))
    return found


def _by_data(rows: Sequence[dict[str, str]], columns: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        found[data_label({column: row[column] for column in columns})].append(row)
    return found


def _tells_nothing(column: str) -> bool:
    """Return whether a column follows from the scores, or from the order of the rows: it tells no models apart."""
    return is_index(column) or DERIVED.fullmatch(column.strip()) is not None


def _apart(
    name: str, rows: Sequence[dict[str, str]], others: Sequence[str], scores: Collection[str]
) -> tuple[list[ModelRow], int, int]:
    """Return the rows of one model, how many repeat another row, and how many differ in nothing but their scores."""
    if len(rows) == 1:
        return [ModelRow(name, "", rows[0])], 0, 0
    columns = _telling(rows, others)
    groups: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        groups[canonical({column: row[column] for column in columns if row[column]})].append(row)
    found, again, unclear = [], 0, 0
    for settings, mine in groups.items():
        if len({tuple(row[column] for column in scores) for row in mine}) > 1:
            unclear += len(mine)
            continue
        again += len(mine) - 1
        found.append(ModelRow(name, settings, mine[0]))
    return found, again, unclear


def _telling(rows: Sequence[dict[str, str]], others: Sequence[str]) -> list[str]:
    """Return the columns in which rows of one model differ: those of words if they suffice, else all.

    A column of numbers that nobody knows may be a score, and a score is no name.
    """
    differ = [column for column in others if len({row[column] for row in rows}) > 1]
    words = [column for column in differ if any(row[column] and decimal(row[column]) is None for row in rows)]
    enough = len({tuple(row[column] for column in words) for row in rows}) == len(rows)
    return words if enough else differ
