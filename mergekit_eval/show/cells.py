"""The printed cells of a paper table: formatting, groups, and which value may be called best."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import groupby
from typing import Any, NamedTuple, Self

import pandas as pd

MARKS = {"better": "+", "worse": "−"}


class Cell(NamedTuple):
    """One printed cell; ``number`` is None where there is no value.

    A table with ranges has ``low`` and ``high``, one with ± has ``half``. ``rank`` is best, second or empty.
    """

    number: str | None
    low: str = ""
    high: str = ""
    half: str = ""
    mark: str = ""
    rank: str = ""
    source: Mapping[Any, Any] = {}

    @property
    def bounds(self) -> str:
        """The interval as plain text, empty where none is printed."""
        return f"± {self.half}" if self.half else f"[{self.low}, {self.high}]" if self.low else ""


class Head(NamedTuple):
    """One column: full name, group, printed name, direction (True, False or None where unknown), unit, decimals."""

    name: str
    group: str
    shown: str
    higher_is_better: bool | None
    unit: str
    decimals: int


class Line(NamedTuple):
    """One row: full name, group, printed name, one cell per column."""

    name: str
    group: str
    shown: str
    cells: list[Cell]


class Group(NamedTuple):
    """Neighbouring columns or rows of one group; ``shown`` is the group's printed name, empty for no group."""

    shown: str
    members: list[Any]


class Grid(NamedTuple):
    """A table ready to print."""

    corner: str
    heads: list[Head]
    lines: list[Line]
    notes: list[str]
    names: Mapping[str, str]

    def row_groups(self) -> list[Group]:
        """Return the rows by group."""
        return self._groups(self.lines)

    def column_groups(self) -> list[Group]:
        """Return the columns by group; none where no column has a group."""
        return self._groups(self.heads) if any(head.group for head in self.heads) else []

    def _groups(self, parts: Sequence[Head | Line]) -> list[Group]:
        by_group = groupby(parts, key=lambda part: part.group)
        return [Group(self.names.get(name, name), list(members)) for name, members in by_group]

    def part(self, columns: slice) -> Self:
        """Return the table with some of its columns."""
        lines = [line._replace(cells=line.cells[columns]) for line in self.lines]
        return self._replace(heads=self.heads[columns], lines=lines)

    def column(self, at: int) -> list[Cell]:
        """Return the cells of one column."""
        return [line.cells[at] for line in self.lines]

    def frame(self) -> pd.DataFrame:
        """Return every cell as one row."""
        return pd.DataFrame([
            {"row": line.name, "row_group": line.group, "column": head.name, "column_group": head.group,
             **{key: cell.source.get(key) for key in ("value", "low", "high", "n")},
             "mark": cell.source.get("mark") or "", "rank": cell.rank}
            for line in self.lines for head, cell in zip(self.heads, line.cells, strict=True)])  # fmt: skip


def printed_cell(source: Mapping[Any, Any], decimals: int, interval: str, rank: str) -> Cell:
    """Return one cell; ``source`` is its row of the tidy frame, empty where there is none."""
    if not source or pd.isna(source["value"]):
        return Cell(None, source=source)
    factor = 100.0 if source.get("scale") == "unit" else 1.0
    mark = MARKS.get(str(source.get("mark")), "")
    cell = Cell(number(source["value"] * factor, decimals), mark=mark, rank=rank, source=source)
    if interval == "none" or pd.isna(source["low"]) or pd.isna(source["high"]):
        return cell
    low, high = source["low"] * factor, source["high"] * factor
    if interval == "pm":
        return cell._replace(half=number((high - low) / 2, decimals))
    return cell._replace(low=number(low, decimals), high=number(high, decimals))


def number(value: float, decimals: int) -> str:
    """Return a printed number: zero is '0.0' and never '-0.0', infinity is '∞'."""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    text = f"{value:.{decimals}f}"
    return text[1:] if text.startswith("-") and float(text) == 0 else text


def usual_decimals(values: pd.Series, unit: str) -> int:
    """Return 1 for percent; else what shows three significant digits of the column's typical value."""
    sizes = pd.to_numeric(values).abs().replace([0, math.inf], math.nan).dropna()
    if unit or sizes.empty:
        return 1
    return min(4, max(0, 2 - math.floor(math.log10(sizes.median()))))


def wins(decided: pd.DataFrame, column: str) -> dict[str, set[tuple[str, str]]]:
    """Return column -> (winner, loser) of every decided difference there."""
    won = defaultdict(set)
    for outcome, names in (("better", ["merge", "reference"]), ("worse", ["reference", "merge"])):
        sides = decided.loc[decided["decided"].eq(outcome), [column, *names]].astype(str)
        for place, winner, loser in sides.itertuples(index=False, name=None):
            won[place].add((winner, loser))
    return won


def podium(values: Mapping[str, float], won: Set[tuple[str, str]], *, higher: bool) -> Iterator[tuple[str, str]]:
    """Yield (name, rank) of the best and the second, as far as each is decidedly better than all that follow.

    Parameters
    ----------
    values : mapping
        Name -> value, of one column.
    won : set of (str, str)
        Winner and loser of every decided difference there.
    higher : bool
        Whether the largest value is the best.
    """
    order = sorted(values, key=values.__getitem__, reverse=higher)
    for place, rank in enumerate(("best", "second")):
        others = order[place + 1 :]
        if not others or not all((order[place], other) in won for other in others):
            return
        yield order[place], rank
