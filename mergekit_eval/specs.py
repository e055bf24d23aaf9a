"""The tables of the kit as data: columns, types, units, labels, status words. All of it stands in ``tables.yaml``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from string import Formatter
from typing import Any

from mergekit_eval.errors import DataError, explain, nearest
from mergekit_eval.packaged import packaged_yaml

FILE = "tables.yaml"
# int32 and int64 are counts that are never missing, in tables of millions of rows.
DTYPES = {"text": "str", "words": "str", "number": "float64", "count": "Int64", "flag": "boolean", "names": "object"}
DTYPES |= {"int32": "int32", "int64": "int64"}
FORMATS = ("", "percent", "points", "coefficient", "p", "count", "number", "plain")
BETTER = ("", "higher", "lower")
NEEDS = {"": "", "lineage": "Roles and parents come from the study or from mergekit's own files."}


@dataclass(frozen=True, kw_only=True)
class Status:
    """One word of a vocabulary: what it states, its mark in text, the role of its colour, and why no row has it."""

    word: str
    help: str
    mark: str
    colour: str
    missing: str = ""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of one table.

    ``statuses`` names the vocabulary of a column of words, ``limits`` the two columns of the value's interval.
    """

    name: str
    type: str
    label: str
    help: str
    unit: str = ""
    format: str = ""
    better: str = ""
    statuses: str = ""
    limits: str = ""

    def __post_init__(self) -> None:
        allowed = {"type": tuple(DTYPES), "format": FORMATS, "better": BETTER}
        allowed["statuses"] = tuple(statuses()) if self.type == "words" else ("",)
        for key, values in allowed.items():
            known(f"columns.{self.name}.{key}", getattr(self, key), values)

    @property
    def dtype(self) -> str:
        """The pandas dtype."""
        return DTYPES[self.type]


@dataclass(frozen=True, kw_only=True)
class View:
    """How a person reads a table: which rows in which order, and which columns under which headings.

    Attributes
    ----------
    columns : tuple of (str, str)
        Heading and cell: a column's name, or a template such as "{gain} {decided}", see `show.view`. The heading of a
        column without one is its label.
    where : dict of str to list
        The rows with one of these values in each column.
    has : str
        The rows with a value in this column.
    lacks : str
        The rows without a value in this column.
    distinct : bool
        Whether rows that read alike are shown once.
    sort : str
        Columns to sort by, a minus before those that fall; "-|r|" goes by size.
    most : int
        How many rows, the first; 0 for all.
    wide : tuple of str
        Column of the rows and column of the columns, for a table that is turned; the cell is in ``columns``.
    last : str
        The column of a turned table that comes last.
    best : str
        The column of a turned table by whose values its lines are sorted, the largest first.
    brief : tuple of str
        Columns that are left out where no row has a value.
    others : bool
        Whether columns that the table does not declare (models) are shown as well.
    empty : str
        Why there is no row, where ``where`` and ``has`` leave none.
    """

    columns: tuple[tuple[str, str], ...]
    where: Mapping[str, list[Any]] = field(default_factory=dict)
    has: str = ""
    lacks: str = ""
    distinct: bool = False
    sort: str = ""
    most: int = 0
    wide: tuple[str, ...] = ()
    last: str = ""
    best: str = ""
    brief: tuple[str, ...] = ()
    others: bool = False
    empty: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table.

    ``n`` says what its n counts, ``adds`` names the table whose columns come before its own, ``missing`` says why it
    may be empty, ``needs`` what it cannot do without (lineage), ``views`` how it is shown; the first is the default.
    """

    name: str
    title: str
    row: str
    n: str
    columns: tuple[Column, ...]
    sort: str = ""
    status: str = ""
    adds: str = ""
    missing: str = ""
    needs: str = ""
    views: Mapping[str, View] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known(f"tables.{self.name}.needs", self.needs, NEEDS)
        for key in ("sort", "status"):
            known(f"tables.{self.name}.{key}", getattr(self, key), ("", *(column.name for column in self.columns)))

    def column(self, name: str) -> Column:
        """Return one column of this table.

        Raises
        ------
        DataError
            If the table has no such column.
        """
        by_name = {column.name: column for column in self.columns}
        return by_name[known(f"tables.{self.name}.columns", name, by_name)]


def spec(name: str) -> Table:
    """Return the specification of a table.

    Raises
    ------
    DataError
        If no table has this name.
    """
    return tables()[known("tables", name, tables())]


def columns(name: str) -> list[str]:
    """Return the column names of a table in their declared order, without those of the table that it adds to."""
    table = spec(name)
    return [column.name for column in table.columns[len(spec(table.adds).columns) if table.adds else 0 :]]


def words(column: Column) -> dict[str, Status]:
    """Return the words that a column may hold, with what each states; none for a column that is not one of words."""
    return statuses()[column.statuses] if column.statuses else {}


@cache
def statuses() -> dict[str, dict[str, Status]]:
    """Return vocabulary -> word -> what it states."""
    raw = _raw()
    vocabularies = {
        name: {word: Status(word=word, **facts) for word, facts in words.items()}
        for name, words in raw["statuses"].items()
    }
    for name, words in vocabularies.items():
        for word, status in words.items():
            known(f"statuses.{name}.{word}.colour", status.colour, raw["colours"])
    return vocabularies


@cache
def tables() -> dict[str, Table]:
    """Return table name -> specification, in the order of the file.

    Raises
    ------
    DataError
        If the file names a column, a vocabulary or a colour that it does not declare.
    """
    raw = _raw()
    out: dict[str, Table] = {}
    for name, facts in sorted(raw["tables"].items(), key=lambda entry: "adds" in entry[1]):
        base = facts.get("adds", "")
        known(f"tables.{name}.adds", base, ("", *raw["tables"]))
        out[name] = _table(name, facts, raw["columns"], out[base].columns if base else ())
    return {name: out[name] for name in raw["tables"]}


def _table(name: str, facts: Mapping[str, Any], declared: Mapping[str, Any], base: tuple[Column, ...]) -> Table:
    names, override = facts["columns"].split(), facts.get("override", {})
    for column in (*names, *override):
        known(f"tables.{name}.columns", column, declared)
    own = tuple(Column(name=column, **(declared[column] | override.get(column, {}))) for column in names)
    base = tuple(replace(column, **override.get(column.name, {})) for column in base)
    rest = {key: value for key, value in facts.items() if key not in ("columns", "override", "views")}
    made = Table(name=name, columns=(*base, *own), **rest)
    views = {key: _view(f"tables.{name}.views.{key}", facts, made) for key, facts in facts.get("views", {}).items()}
    return replace(made, views=views)


def _view(key: str, facts: Mapping[str, Any], table: Table) -> View:
    """Return a view; a cell that is a name alone, as `- macro`, has the label of the column as its heading."""
    lists = {name: tuple(facts.get(name, "").split()) for name in ("wide", "brief")}
    cells = [next(iter(cell.items())) if isinstance(cell, dict) else ("", cell) for cell in facts["columns"]]
    where = {name: held if isinstance(held, list) else [held] for name, held in facts.get("where", {}).items()}
    made = View(**{**facts, **lists, "columns": tuple(cells), "where": where})
    sort = (name.strip("-|") for name in made.sort.split())
    for name in (*made.where, *made.wide, *made.brief, *sort, *filter(None, [made.has, made.lacks])):
        known(key, name, (column.name for column in table.columns))
    headings = [heading or table.column(cell).label for heading, cell in cells if heading or "{" not in cell]
    for heading in headings if not made.wide else ():
        if headings.count(heading) > 1:
            raise DataError(explain(FILE, f"{key}.columns", heading, "headings that differ", "Give it another one."))
    for _, cell in cells:
        for name in fields_of(cell):
            known(f"{key}.columns", name, (column.name for column in table.columns))
    return made


def fields_of(cell: str) -> list[str]:
    """Return the columns that a cell of a view names: "macro", or a template such as "{gain} {decided}|{note}"."""
    if "{" not in cell:
        return [cell]
    return [name for _, name, _, _ in Formatter().parse(cell) if name is not None]


@cache
def _raw() -> dict[str, Any]:
    return packaged_yaml(FILE)


def known(key: str, value: str, allowed: Iterable[str]) -> str:
    """Return ``value``, which has to be one of ``allowed``.

    Raises
    ------
    DataError
        If it is not; the message has the nearest one.
    """
    names = list(allowed)
    if value not in names:
        todo = nearest(value, names).strip() or f"Declare it in {FILE}, or use one of these."
        raise DataError(explain(FILE, key, value, ", ".join(map(repr, names)), todo))
    return value
