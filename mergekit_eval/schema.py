"""The three tables everything flows through; their columns stand in ``tables.yaml``.

``scores`` has one row per (run, model, task, metric, filter), ``items`` one row per item of such a score,
``problems`` one row per thing that could not be read as it stood.
"""

from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any, Protocol

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.errors import DataError
from mergekit_eval.orientation import made
from mergekit_eval.specs import spec


class Tables(Protocol):
    """What analyses take: the tables of a `collect.Collection`, or of any object that has them."""

    @property
    def scores(self) -> pd.DataFrame:
        """One row per (run, model, task, metric, filter)."""

    @property
    def items(self) -> pd.DataFrame:
        """One row per item of a score."""

    @property
    def problems(self) -> pd.DataFrame:
        """One row per thing that could not be read as it stood."""


ROLES = ("base", "parent", "merge", "reference")

TABLES = {name: spec(name).columns for name in ("scores", "items", "problems")}
SCORES, ITEMS, PROBLEMS = TABLES.values()


def names(table: str) -> list[str]:
    """Return the column names of ``scores``, ``items`` or ``problems`` in their declared order."""
    return [column.name for column in TABLES[table]]


def conform(rows: pd.DataFrame | Iterable[dict[str, Any]], table: str) -> pd.DataFrame:
    """Return a new frame with exactly the declared columns, see `tables.conform`; what is no text in one becomes it.

    ``score`` and ``oriented`` are made anew of the other columns of ``scores``, see `orientation`.

    Raises
    ------
    DataError
        If a column is not declared, or a value does not fit its dtype.
    """
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
    wanted = {column.name for column in TABLES[table] if column.dtype == "str"}
    texts = {name: held for name, held in frame.items() if name in wanted and not tables.is_text(held)}
    plain = frame.assign(**{str(name): held.fillna("").astype("str") for name, held in texts.items()})
    out = pd.DataFrame(tables.conform(plain, table))
    return out.assign(**made(out)) if table == "scores" else out


def subset(collection: Tables, column: str, chosen: Callable[[str], bool]) -> Any:
    """Return the scores and items of a collection with chosen values of a column, as something that analyses take."""
    values = list(filter(chosen, collection.scores[column].unique()))
    both = {"scores": collection.scores, "items": collection.items}
    return SimpleNamespace(**{name: frame[frame[column].isin(values)] for name, frame in both.items()})


def require(frame: pd.DataFrame, columns: Iterable[str], who: str) -> None:
    """Raise `DataError` naming the columns that ``who`` needs and ``frame`` lacks."""
    if missing := [name for name in columns if name not in frame]:
        raise DataError(f"{who}: needs columns {missing}; the table has {list(frame.columns)}")
