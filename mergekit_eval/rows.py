"""Rows of the tables that analyses walk through, with the types that pandas does not know of its columns."""

from collections import defaultdict, namedtuple
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import cache
from typing import Any, Protocol, TypeVar

import pandas as pd

Row = dict[str, Any]
One = TypeVar("One")
Key = TypeVar("Key", bound=Hashable)


class ScoreRow(Protocol):
    """One score: a row of ``scores`` (see ``tables.yaml``), or of what `item_index.label_conditions` makes of it."""

    Index: int
    run: str
    model: str
    role: str
    task: str
    task_key: str
    metric: str
    filter: str
    capability: str
    scale: str
    value: float
    score: float
    oriented: float
    chance: float
    stderr: float
    primary: bool
    n: Any  # int or pandas' own missing value, which has no public type


class MergeRow(Protocol):
    """One merge of a study: a row of `Session.merges`."""

    merge: str
    method: str
    parents: tuple[str, ...]
    base: str


def score_rows(scores: pd.DataFrame) -> Iterator[ScoreRow]:
    """Yield the rows of a table of scores in their order."""
    # As itertuples, which makes a type and a series per column anew for every table.
    made = _row_type(tuple(map(str, scores)))._make
    yield from map(made, zip(scores.index, *_columns(scores), strict=True))


@cache
def _row_type(names: tuple[str, ...]) -> Any:
    return namedtuple("ScoreRow", ["Index", *names], rename=True)


def merge_rows(merges: pd.DataFrame) -> Iterator[MergeRow]:
    """Yield the merges of a study in their order."""
    rows: Iterable[Any] = merges.itertuples()
    yield from rows


def grouped(rows: Iterable[One], key: Callable[[One], Key]) -> dict[Key, list[One]]:
    """Return rows by a key, keys and rows in the order in which they come."""
    found: dict[Key, list[One]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


def by_value(table: pd.DataFrame, column: str) -> defaultdict[str, pd.DataFrame]:
    """Return the rows of a table by the text of a column, no rows for any other: split once, not searched for each."""
    parts = {str(value): rows for value, rows in table.groupby(column, sort=False)}
    return defaultdict(table.iloc[:0].copy, parts)


def reached(starts: Iterable[One], step: Callable[[One], Iterable[One]]) -> list[One]:
    """Return some things and all that is reached from them step by step, each once, the nearest first."""
    found = dict.fromkeys(starts)
    order = list(found)
    for one in order:  # it grows
        order += [new for new in dict.fromkeys(step(one)) if new not in found]
        found |= dict.fromkeys(order[len(found) :])
    return order


def records(table: pd.DataFrame) -> list[Row]:
    """Return the rows of a table as mappings of column names to values; a count or flag that is missing is None."""
    names = list(map(str, table))
    nullable = [isinstance(dtype, pd.Int64Dtype | pd.BooleanDtype) for dtype in table.dtypes]
    columns = [_plain(values) if one else values for one, values in zip(nullable, _columns(table), strict=True)]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(values: list[Any]) -> list[Any]:
    return [None if value is pd.NA else value for value in values]


def _columns(table: pd.DataFrame) -> list[list[Any]]:
    columns: list[list[Any]] = table.to_numpy(dtype=object).T.tolist()
    return columns
