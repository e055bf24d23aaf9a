"""From a tidy frame to the printed cells of a table: formatting, order, and who may be called best."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from mergekit_eval.errors import DataError
from mergekit_eval.schema import require
from mergekit_eval.wording import counted, percent

if TYPE_CHECKING:
    from mergekit_eval.show.tables import PaperTable

MARKS = {"better": "+", "worse": "−"}


class Cell(NamedTuple):
    """One printed cell; ``number`` is None where there is no value. ``rank`` is best, second or empty."""

    number: str | None
    low: str = ""
    high: str = ""
    half: str = ""
    mark: str = ""
    rank: str = ""
    source: Mapping[str, object] = {}


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


class Grid(NamedTuple):
    """A table ready to print."""

    corner: str
    heads: list[Head]
    lines: list[Line]
    notes: list[str]
    interval: str
    names: Mapping[str, str]

    def frame(self) -> pd.DataFrame:
        """Return every cell as one row."""
        return pd.DataFrame([
            {"row": line.name, "row_group": line.group, "column": head.name, "column_group": head.group,
             **{key: cell.source.get(key) for key in ("value", "low", "high", "n")},
             "mark": cell.source.get("mark") or "", "rank": cell.rank}
            for line in self.lines for head, cell in zip(self.heads, line.cells, strict=True)])  # fmt: skip


def check(table: PaperTable) -> None:
    """Raise where a table cannot be printed honestly: absent columns, repeated cells, marks without their test."""
    groups = [name for name in (table.row_group, table.column_group) if name]
    bounds = ["low", "high"] if table.interval != "none" else []
    require(table.cells, [table.row, table.column, "value", "higher_is_better", *groups, *bounds], "PaperTable")
    twice = table.cells[table.cells.duplicated([table.row, table.column], keep=False)]
    if len(twice):
        where = twice.iloc[0][[table.row, table.column]].to_dict()
        raise DataError(f"PaperTable: two values for one cell, first {where}; select one metric and filter per task")
    for side, group in ((table.row, table.row_group), (table.column, table.column_group)):
        if group and table.cells.drop_duplicates([side, group])[side].duplicated().any():
            raise DataError(f"PaperTable: a {side} has several {group}; each belongs to one group")
    if "mark" in table.cells and table.cells["mark"].isin(MARKS).any() and table.significance is None:
        raise DataError("PaperTable: marks of significance need `significance`: test, correction, family and its size")
    if table.decided is not None:
        require(table.decided, ["merge", "reference", "decided", table.column], "PaperTable.decided")


def layout(table: PaperTable) -> Grid:
    """Return the grid of a table."""
    cells = table.cells.astype({table.row: str, table.column: str})
    heads = _heads(table, cells)
    rows = _sides(cells, table.row, table.row_group)
    places = {(c[table.row], c[table.column]): c for c in cells.to_dict("records")}
    ranks = _ranks(table, heads, rows, places)
    lines = [
        Line(name, group, table.names.get(name, name),
             [_cell(table, head, places.get((name, head.name)), ranks.get((name, head.name), "")) for head in heads])
        for name, group in rows]  # fmt: skip
    lines = sorted(lines, key=lambda line: list(dict.fromkeys(g for _, g in rows)).index(line.group))
    return Grid(table.row, heads, lines, _notes(table, heads, lines), table.interval, table.names)


def _sides(cells: pd.DataFrame, side: str, group: str | None) -> list[tuple[str, str]]:
    columns = cells[[side]].assign(group="" if group is None else cells[group].fillna("").astype(str))
    return list(columns.drop_duplicates(side).itertuples(index=False, name=None))


def _heads(table: PaperTable, cells: pd.DataFrame) -> list[Head]:
    first = cells.drop_duplicates(table.column).set_index(table.column)
    order = _sides(cells, table.column, table.column_group)
    groups = list(dict.fromkeys(group for _, group in order))
    values = dict(list(cells.groupby(table.column)["value"]))
    heads = [_head(table, name, group, first.loc[name], values[name]) for name, group in order]
    return sorted(heads, key=lambda head: groups.index(head.group))


def _head(table: PaperTable, name: str, group: str, row: pd.Series, values: pd.Series) -> Head:
    higher = None if pd.isna(row["higher_is_better"]) else bool(row["higher_is_better"])
    scale = row.get("scale", "natural")
    unit = "%" if scale in ("unit", "percent") else ""
    decimals = table.decimals.get(name) if isinstance(table.decimals, Mapping) else table.decimals
    return Head(name, group, table.names.get(name, name), higher, unit,
                _decimals(values, unit) if decimals is None else decimals)  # fmt: skip


def _decimals(values: pd.Series, unit: str) -> int:
    """Return 1 for percent; else what shows three significant digits of the column's typical value."""
    sizes = pd.to_numeric(values).abs().replace([0, math.inf], math.nan).dropna()
    if unit or sizes.empty:
        return 1
    return min(4, max(0, 2 - math.floor(math.log10(sizes.median()))))


def number(value: float, decimals: int) -> str:
    """Return a printed number: zero is '0.0' and never '-0.0', infinity is '∞'."""
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    text = f"{value:.{decimals}f}"
    return text[1:] if text.startswith("-") and float(text) == 0 else text


def _cell(table: PaperTable, head: Head, source: Mapping[str, object] | None, rank: str) -> Cell:
    if source is None or pd.isna(source["value"]):
        return Cell(None, source=source or {})
    decimals = head.decimals
    times = 100.0 if source.get("scale") == "unit" else 1.0
    mark = MARKS.get(str(source.get("mark")), "")
    shown = Cell(number(float(source["value"]) * times, decimals), mark=mark, rank=rank, source=source)
    if table.interval == "none" or pd.isna(source["low"]) or pd.isna(source["high"]):
        return shown
    low, high = float(source["low"]) * times, float(source["high"]) * times
    return shown._replace(
        low=number(low, decimals), high=number(high, decimals), half=number((high - low) / 2, decimals)
    )


def _ranks(table: PaperTable, heads: Sequence[Head], rows: Sequence[tuple[str, str]], places: Mapping) -> dict:
    if table.decided is None:
        return {}
    wins = _wins(table.decided, table.column)
    groups = {group for _, group in rows} if table.ranked_within == "group" else {None}
    ranks: dict[tuple[str, str], str] = {}
    for head in (h for h in heads if h.higher_is_better is not None):
        for group in groups:
            values = _values(places, head.name, [name for name, own in rows if group in (None, own)])
            order = sorted(values, key=values.__getitem__, reverse=bool(head.higher_is_better))
            ranks |= {(name, head.name): rank for name, rank in _podium(order, head.name, wins)}
    return ranks


def _values(places: Mapping, column: str, rows: Iterable[str]) -> dict[str, float]:
    cells = {name: places[name, column] for name in rows if (name, column) in places}
    return {name: float(cell["value"]) for name, cell in cells.items() if not pd.isna(cell["value"])}


def _wins(decided: pd.DataFrame, column: str) -> set[tuple[str, str, str]]:
    """Return (column, winner, loser) of every decided difference."""
    keys = zip(*(decided[name].astype(str) for name in (column, "merge", "reference", "decided")), strict=True)
    won = {(place, merge, other, outcome) for place, merge, other, outcome in keys if outcome in MARKS}
    return {
        (place, merge, other) if outcome == "better" else (place, other, merge) for place, merge, other, outcome in won
    }


def _podium(order: Sequence[str], column: str, wins: set[tuple[str, str, str]]) -> Iterable[tuple[str, str]]:
    for place, rank in enumerate(("best", "second")):
        rest = order[place + 1 :]
        if not rest or not all((column, order[place], other) in wins for other in rest):
            return
        yield order[place], rank


def _notes(table: PaperTable, heads: Sequence[Head], lines: Sequence[Line]) -> list[str]:
    cells = [cell for line in lines for cell in line.cells]
    ranked = {cell.rank for cell in cells}
    within = " of its group" if table.ranked_within == "group" else ""
    none_best = table.decided is not None and len(table.decided) > 0 and "best" not in ranked
    best = f"Bold: decidedly better than every other value{within} of the column"
    notes = [
        (f"{best}{'; italic: the same among the rest' if 'second' in ranked else ''}.", "best" in ranked),
        (f"No value is bold: in no column is the best decidedly better than all others{within}.", none_best),
        (f"[low, high]: {percent(table.level)} interval.", table.interval == "range"),
        (f"±: half the width of the {percent(table.level)} interval.", table.interval == "pm"),
        (table.significance.sentence() if table.significance else "", any(cell.mark for cell in cells)),
        (_items(table.cells), True),
        ("—: no score; never ranked.", any(cell.number is None for cell in cells)),
        ("?: direction of better unknown; not ranked.", any(head.higher_is_better is None for head in heads)),
    ]  # fmt: skip
    return [text for text, wanted in notes if wanted and text] + list(table.notes)


def _items(cells: pd.DataFrame) -> str:
    n = pd.to_numeric(cells["n"]).dropna() if "n" in cells else pd.Series(dtype=float)
    if n.empty:
        return ""
    least = f"{n.min():,.0f} to " if n.min() < n.max() else ""
    return f"n = {least}{counted(n.max(), 'item')} per value."
