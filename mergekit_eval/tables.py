"""The tables of the kit as frames that know what they are: their specification, and why they are empty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, ParamSpec

import pandas as pd

from mergekit_eval.errors import DataError
from mergekit_eval.garbage import garbage_left_alone
from mergekit_eval.specs import NEEDS, Column, columns, known, spec, statuses, words
from mergekit_eval.wording import counted

__all__ = [
    "Result",
    "because",
    "columns",
    "conform",
    "empty",
    "first",
    "having",
    "help_table",
    "makes",
    "name_of",
    "only",
    "reason",
    "spec",
    "statuses",
    "words",
]


P = ParamSpec("P")
ABSENT = {"str": "", "int32": 0, "int64": -1, "object": pd.NA}  # what a column holds that is not given, else missing


class Result(pd.DataFrame):
    """A table of the kit: a frame that keeps the name of its specification, and the reason where it has no rows.

    Both stay with what pandas makes of it row by row (selecting, sorting, assigning); read them by `name_of` and
    `reason`.
    """

    _metadata = ("_table", "_reason")
    _table: str = ""
    _reason: str = ""

    @property
    def _constructor(self) -> type[Result]:
        return Result


def name_of(frame: pd.DataFrame) -> str:
    """Return the name of the table in ``tables.yaml``, '' for a frame of another kind."""
    return frame._table if isinstance(frame, Result) else ""


def reason(frame: pd.DataFrame) -> str:
    """Return why a table has no rows, and what would give it some; '' where that is not known."""
    name = name_of(frame)
    why = (frame._reason if isinstance(frame, Result) else "") or (spec(name).missing if name else "")
    hint = NEEDS[spec(name).needs] if name else ""
    return f"{why}. {hint}".strip(". ") + "." * bool(hint) if why and hint else why


def empty(name: str, why: str = "") -> Result:
    """Return a table without rows, with the declared dtypes, and ``why`` there are none."""
    return conform([], name, why)


def conform(rows: pd.DataFrame | Iterable[Mapping[str, Any]], name: str, why: str = "") -> Result:
    """Return a new frame with exactly the declared columns, in their order, with their dtypes.

    A column that is absent is missing in every row; missing text is ''.

    Parameters
    ----------
    rows : DataFrame or iterable of dict
        The rows.
    name : str
        Of the table.
    why : str
        Why there is no row, if there is none.

    Raises
    ------
    DataError
        If a column is not declared, or a value does not fit its type.
    """
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
    table = spec(name)
    names = [column.name for column in table.columns]
    for given in frame.columns:
        known(f"tables.{name}.columns", given, names)
    held = dict(frame.items())
    absent = {dtype: _absent(dtype, frame.index) for dtype in {c.dtype for c in table.columns if c.name not in held}}
    columns_held = [(one, held[one.name] if one.name in held else absent[one.dtype]) for one in table.columns]
    out = Result({column.name: _cast(values, column, name) for column, values in columns_held}, index=frame.index)
    out._table, out._reason = name, why or (frame._reason if isinstance(frame, Result) else "")
    return out


def makes(name: str) -> Callable[[Callable[P, pd.DataFrame]], Callable[P, Result]]:
    """Return a decorator for an analysis: what it returns is made to fit the table ``name``, see `conform`."""

    def decorate(analysis: Callable[P, pd.DataFrame]) -> Callable[P, Result]:
        @wraps(analysis)
        def made(*args: P.args, **kwargs: P.kwargs) -> Result:
            with garbage_left_alone():
                return conform(analysis(*args, **kwargs), name)

        return made

    return decorate


def is_text(held: pd.Series) -> bool:
    """Whether a column is text of pandas' own type, with no value missing."""
    return held.dtype == "str" and not held.hasnans


def _absent(dtype: Any, index: pd.Index) -> pd.Series:
    column: pd.Series = pd.Series(ABSENT.get(dtype), index=index, dtype=dtype)
    return column


def _cast(held: pd.Series, column: Column, table: str) -> pd.Series:
    try:
        return _typed(held, column)
    except (TypeError, ValueError) as error:
        raise DataError(f"{table}.{column.name}: cannot hold {column.type}: {error}") from error


def _typed(held: pd.Series, column: Column) -> pd.Series:
    if is_text(held) if column.dtype == "str" else held.dtype == column.dtype:
        return held
    if column.dtype == "str":
        if held.dtype == "str":
            return held.fillna("")
        if pd.api.types.infer_dtype(held.dropna().astype(object)) not in ("string", "empty"):
            raise TypeError("a value is not text")
        return held.astype(object).where(held.notna(), "").astype("str")
    # A missing value of an object column is None, NaN or NA; only a nullable type takes all three.
    wide: Any = "Float64" if column.dtype == "float64" and held.dtype.kind not in "iuf" else column.dtype
    narrow: Any = column.dtype
    out: pd.Series = held.astype(wide).astype(narrow)
    return out


def only(frame: pd.DataFrame, **where: Any) -> pd.DataFrame:
    """Return the rows with given values, e.g. ``only(table, relation="base", level=["task", "overall"])``.

    Where no row is left, the reason is that of the first value for which the vocabulary of its column has one.
    """
    rows = frame
    for name, value in where.items():
        rows = rows[rows[name].isin(value if isinstance(value, list) else [value])]
    rows, table = rows.reset_index(drop=True), name_of(frame)
    stated = (words(spec(table).column(column)).get(str(value)) for column, value in where.items() if table)
    why = next((status.missing for status in stated if status and status.missing), "")
    return because(rows, why) if why or len(frame) else rows


def having(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return a table as its figure draws it; where ``column`` has no value at all, no rows and the notes as reason."""
    if frame.empty or frame[column].notna().any():
        return frame
    notes = [note for note in frame["note"].dropna().astype(str).unique() if note]
    more = f" (and {counted(len(notes) - 3, 'more reason')})" if len(notes) > 3 else ""
    return because(frame.iloc[:0], "; ".join(notes[:3]) + more or f"no {column} is known")


def help_table(name: str) -> pd.DataFrame:
    """Return what the columns of a table mean, one row per column: column, label, unit, better, words, help.

    Raises
    ------
    DataError
        If no table has this name; the message lists the names.
    """
    rows = [
        (column.name, column.label, column.unit, column.better, ", ".join(filter(None, words(column))), column.help)
        for column in spec(name).columns
    ]
    return pd.DataFrame(rows, columns=["column", "label", "unit", "better", "words", "help"], dtype="str")


def because(frame: pd.DataFrame, why: str) -> pd.DataFrame:
    """Return a table that says ``why`` it has no rows, if it has none."""
    if len(frame):
        return frame
    out = Result(frame)
    out._table, out._reason = name_of(frame), why
    return out


def first(frame: pd.DataFrame, count: int, column: str = "merge") -> pd.DataFrame:
    """Return the rows of the first ``count`` merges (models, tasks) of a table."""
    names = frame[column].drop_duplicates().head(count)
    return frame[frame[column].isin(names)].reset_index(drop=True)
