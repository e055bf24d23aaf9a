"""The tables of the kit as data: columns, types, units, labels, status words. All of it stands in ``tables.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from mergekit_eval.errors import DataError, explain

FILE = Path(__file__).with_suffix(".yaml")
# int32 and int64 are counts that are never missing, in tables of millions of rows.
DTYPES = {"text": "str", "words": "str", "number": "float64", "count": "Int64", "flag": "boolean", "names": "object"}
DTYPES |= {"int32": "int32", "int64": "int64"}
FORMATS = ("", "percent", "points", "p", "count", "number", "plain")
BETTER = ("", "higher", "lower")


@dataclass(frozen=True, kw_only=True)
class Status:
    """One word of a vocabulary: what it states, its mark in text, and the role of its colour."""

    word: str
    help: str
    mark: str
    colour: str


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of one table; ``statuses`` names the vocabulary of a column of words."""

    name: str
    type: str
    label: str
    help: str
    unit: str = ""
    format: str = ""
    better: str = ""
    statuses: str = ""

    def __post_init__(self) -> None:
        allowed = {"type": tuple(DTYPES), "format": FORMATS, "better": BETTER}
        allowed["statuses"] = tuple(statuses()) if self.type == "words" else ("",)
        for key, known in allowed.items():
            _known(f"columns.{self.name}.{key}", getattr(self, key), known)

    @property
    def dtype(self) -> str:
        """The pandas dtype."""
        return DTYPES[self.type]


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table; ``n`` says what its n counts, ``adds`` names the table whose columns come before its own."""

    name: str
    title: str
    row: str
    n: str
    columns: tuple[Column, ...]
    sort: str = ""
    status: str = ""
    adds: str = ""

    def __post_init__(self) -> None:
        for key in ("sort", "status"):
            _known(f"tables.{self.name}.{key}", getattr(self, key), ("", *(column.name for column in self.columns)))

    def column(self, name: str) -> Column:
        """Return one column of this table.

        Raises
        ------
        DataError
            If the table has no such column.
        """
        by_name = {column.name: column for column in self.columns}
        return by_name[_known(f"tables.{self.name}.columns", name, by_name)]


def spec(name: str) -> Table:
    """Return the specification of a table.

    Raises
    ------
    DataError
        If no table has this name.
    """
    return tables()[_known("tables", name, tables())]


def columns(name: str) -> list[str]:
    """Return the column names of a table in their declared order, without those of the table that it adds to."""
    return [column.name for column in spec(name).columns]


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


def words(column: Column) -> dict[str, Status]:
    """Return the words that a column may hold, with what each states; none for a column that is not one of words."""
    return statuses()[column.statuses] if column.statuses else {}


def empty(name: str, reason: str = "") -> pd.DataFrame:
    """Return a table without rows, with the declared dtypes; ``attrs["reason"]`` holds the reason, if one is given."""
    out = conform([], name)
    out.attrs |= {"reason": reason} if reason else {}
    return out


def conform(rows: pd.DataFrame | Iterable[Mapping[str, Any]], name: str) -> pd.DataFrame:
    """Return a new frame with exactly the declared columns, in their order, with their dtypes.

    A column that is absent is missing in every row; missing text is ''. ``attrs`` are kept.

    Raises
    ------
    DataError
        If a column is not declared, or a value does not fit its type.
    """
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
    table = spec(name)
    for given in frame.columns:
        _known(f"tables.{name}.columns", given, columns(name))
    out = pd.DataFrame({column.name: _cast(frame, column, name) for column in table.columns}, index=frame.index)
    out.attrs = dict(frame.attrs)
    return out


def _cast(frame: pd.DataFrame, column: Column, table: str) -> pd.Series:
    held = frame[column.name] if column.name in frame else pd.Series(pd.NA, index=frame.index, dtype=object)
    try:
        return _typed(held, column)
    except (TypeError, ValueError) as error:
        raise DataError(f"{table}.{column.name}: cannot hold {column.type}: {error}") from error


def _typed(held: pd.Series, column: Column) -> pd.Series:
    if column.dtype == "str":
        if not held.dropna().map(lambda value: isinstance(value, str)).all():
            raise TypeError("a value is not text")
        return held.astype(object).where(held.notna(), "").astype("str")
    # A missing value of an object column is None, NaN or NA; only a nullable type takes all three.
    wide: Any = "Float64" if column.dtype == "float64" else column.dtype
    narrow: Any = column.dtype
    out: pd.Series = held.astype(wide).astype(narrow)
    return out


@cache
def statuses() -> dict[str, dict[str, Status]]:
    """Return vocabulary -> word -> what it states."""
    raw = _raw()
    found = {
        name: {word: Status(word=word, **facts) for word, facts in words.items()}
        for name, words in raw["statuses"].items()
    }
    for name, words in found.items():
        for word, status in words.items():
            _known(f"statuses.{name}.{word}.colour", status.colour, raw["colours"])
    return found


@cache
def tables() -> dict[str, Table]:
    """Return table name -> specification, in the order of the file.

    Raises
    ------
    DataError
        If the file names a column, a vocabulary or a colour that it does not declare.
    """
    raw = _raw()
    for name, facts in raw["tables"].items():
        _known(f"tables.{name}.adds", facts.get("adds", ""), ("", *raw["tables"]))
    return {name: _table(name, facts, raw["columns"]) for name, facts in raw["tables"].items()}


def _table(name: str, facts: Mapping[str, Any], declared: Mapping[str, Any]) -> Table:
    names, override = facts["columns"].split(), facts.get("override", {})
    for column in (*names, *override):
        _known(f"tables.{name}.columns", column, declared)
    made = tuple(Column(name=column, **(declared[column] | override.get(column, {}))) for column in names)
    rest = {key: value for key, value in facts.items() if key not in ("columns", "override")}
    return Table(name=name, columns=made, **rest)


@cache
def _raw() -> dict[str, Any]:
    raw: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return raw


def _known(key: str, value: str, allowed: Iterable[str]) -> str:
    names = list(allowed)
    if value not in names:
        near = get_close_matches(str(value), names, n=1)
        todo = f"Did you mean {near[0]!r}?" if near else f"Declare it in {FILE.name}, or use one of these."
        raise DataError(explain(FILE.name, key, value, ", ".join(map(repr, names)), todo))
    return value


def dictionary() -> str:
    """Return the data dictionary in Markdown: every table with its columns, then every vocabulary with its words."""
    parts = [_page(table) for table in tables().values()]
    words = [_vocabulary(name, known) for name, known in statuses().items()]
    return "\n".join(["# Tables", "", *parts, "# Status words", "", *words])


def _page(table: Table) -> str:
    facts = [f"One row: {table.row[0].lower()}{table.row[1:]}", f"n counts: {table.n}."]
    facts += [f"All columns of `{table.adds}`, then these."] if table.adds else []
    facts += [f"Sorted by `{table.sort}`."] if table.sort else []
    facts += [f"Status: `{table.status}`."] if table.status else []
    keys = [field.name for field in fields(Column) if field.name != "label"]
    keys = ["name", "label", *(key for key in keys if key not in ("name", "help")), "help"]
    rows = [[getattr(column, key) for key in keys] for column in table.columns]
    return f"## `{table.name}`: {table.title}\n\n{' '.join(facts)}\n\n{_grid(keys, rows)}"


def _vocabulary(name: str, known: Mapping[str, Status]) -> str:
    rows = [[status.word or "(empty)", status.mark, status.colour, status.help] for status in known.values()]
    return f"## `{name}`\n\n{_grid(['word', 'mark', 'colour', 'help'], rows)}"


def _grid(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
