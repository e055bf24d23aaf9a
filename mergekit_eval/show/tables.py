"""One table object, four outputs: LaTeX for the paper, Markdown, HTML and CSV, all with the same marks and notes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

import pandas as pd

from mergekit_eval.errors import DataError, ParameterError, explain
from mergekit_eval.files import write_atomic
from mergekit_eval.schema import require
from mergekit_eval.sheets import csv_bytes
from mergekit_eval.show import table_text
from mergekit_eval.show.cells import MARKS, Cell, Grid, Head, Line, podium, printed_cell, usual_decimals, wins
from mergekit_eval.wording import counted, percent

Interval = Literal["none", "range", "pm"]
MOST_LINES = 200  # of a table on a page of a notebook
# Notebook themes set cells to the right by rules stronger than a class, hence the "!important".
NOTEBOOK_CSS = (
    "<style>.table-scroll{overflow-x:auto}.paper{font-size:13px;font-variant-numeric:tabular-nums}"
    ".paper th{text-align:left!important;white-space:nowrap;font-weight:400}.paper thead th{font-weight:600}"
    ".paper .number{text-align:right!important}.paper thead .group{text-align:center!important}"
    ".paper tr.group th{font-style:italic;padding-top:.7em}</style>"
)


class Significance(NamedTuple):
    """What a mark in a table means: the test, its correction, the family it was corrected over, its size and level."""

    test: str
    correction: str
    family: str
    size: int
    level: float = 0.05

    def sentence(self) -> str:
        """Return the footnote."""
        return (
            f"+ and − mark a decided difference, better and worse: {self.test}, {self.correction} over {self.family} "
            f"({counted(self.size, 'test')}), level {self.level:g}."
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class PaperTable:
    """A table of scores for a paper.

    Parameters
    ----------
    cells : DataFrame
        One row per cell: the ``row`` and ``column`` columns, ``value``, ``higher_is_better``; optional ``low, high``
        (interval), ``scale`` (unit values are printed x 100), ``n``, ``mark`` (better or worse: a decided difference,
        needs ``significance``), and the group columns. Rows and columns appear in the order of first appearance.
    row, column : str
        Which columns name the rows and the columns of the table.
    row_group, column_group : str
        Columns that group them, e.g. ``role`` and ``capability``.
    decided : DataFrame
        Decided differences: ``merge, reference, decided`` and the ``column`` column (a difference table). The best
        value of a column is bold only where it is decidedly better than EVERY other value there, the second best
        italic only below such a best and above every other.
    ranked_within : {"table", "group"}
        Look for the best over all rows, or within each row group.
    interval : {"none", "range", "pm"}
        Print no interval, [low, high], or ± half its width.
    level : float
        Confidence level of the intervals, for the footnote.
    decimals : int or mapping, optional
        Decimals, for all columns or per column name. By default 1 for percent and three significant digits else.
    names : mapping
        Full name -> printed name, for rows, columns and groups.
    notes : tuple of str
        Further footnotes.
    """

    cells: pd.DataFrame
    row: str = "model"
    column: str = "task"
    row_group: str | None = None
    column_group: str | None = None
    decided: pd.DataFrame | None = None
    ranked_within: Literal["table", "group"] = "table"
    interval: Interval = "none"
    level: float = 0.95
    decimals: int | Mapping[str, int] | None = None
    significance: Significance | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    caption: str = ""
    label: str = "tab:scores"

    def __post_init__(self) -> None:
        for key, allowed in (("interval", ("none", "range", "pm")), ("ranked_within", ("table", "group"))):
            if getattr(self, key) not in allowed:
                raise ParameterError(explain("PaperTable", key, getattr(self, key), ", ".join(allowed)))
        sides = ((self.row, self.row_group), (self.column, self.column_group))
        groups = [group for _, group in sides if group]
        bounds = ["low", "high"] if self.interval != "none" else []
        require(self.cells, [self.row, self.column, "value", "higher_is_better", *groups, *bounds], "PaperTable")
        twice = self.cells[self.cells.duplicated([self.row, self.column], keep=False)]
        if len(twice):
            where = twice.iloc[0][[self.row, self.column]].to_dict()
            raise DataError(
                f"PaperTable: two values for one cell, first {where}; select one metric and filter per task"
            )
        for side, group in sides:
            if group and self.cells.drop_duplicates([side, group])[side].duplicated().any():
                raise DataError(f"PaperTable: a {side} has several {group}; each belongs to one group")
        if "mark" in self.cells and self.cells["mark"].isin(MARKS).any() and self.significance is None:
            raise DataError(
                "PaperTable: marks of significance need `significance`: test, correction, family and its size"
            )
        if self.decided is not None:
            require(self.decided, ["merge", "reference", "decided", self.column], "PaperTable.decided")

    def grid(self) -> Grid:
        """Return the finished cells, headers and footnotes that all outputs print."""
        return self._grid

    @cached_property
    def _grid(self) -> Grid:
        cells = self.cells.astype({self.row: str, self.column: str})
        columns = dict(list(cells.groupby(self.column)))
        sides = _sides(cells, self.column, self.column_group)
        heads = [self._head(name, group, columns[name]) for name, group in sides]
        sources = {(source[self.row], source[self.column]): source for source in cells.to_dict("records")}
        ranks = self._ranks(cells, heads)

        def printed(row: str, head: Head) -> Cell:
            at = (row, head.name)
            return printed_cell(sources.get(at, {}), head.decimals, self.interval, ranks.get(at, ""))

        lines = [
            Line(name, group, self.names.get(name, name), [printed(name, head) for head in heads])
            for name, group in _sides(cells, self.row, self.row_group)
        ]
        return Grid(self.row, heads, lines, _notes(self, heads, lines), self.names)

    def _head(self, name: str, group: str, cells: pd.DataFrame) -> Head:
        first = cells.iloc[0]
        higher = None if pd.isna(first["higher_is_better"]) else bool(first["higher_is_better"])
        unit = "%" if first.get("scale") in ("unit", "percent") else ""
        decimals = self.decimals.get(name) if isinstance(self.decimals, Mapping) else self.decimals
        if decimals is None:
            decimals = usual_decimals(cells["value"], unit)
        return Head(name, group, self.names.get(name, name), higher, unit, decimals)

    def _ranks(self, cells: pd.DataFrame, heads: list[Head]) -> dict[tuple[str, str], str]:
        """Return (row, column) -> best or second; a column of unknown direction has neither."""
        if self.decided is None:
            return {}
        won, directions = wins(self.decided, self.column), {head.name: head.higher_is_better for head in heads}
        groups = [self.row_group] if self.row_group and self.ranked_within == "group" else []
        ranks: dict[tuple[str, str], str] = {}
        for key, block in cells.dropna(subset="value").groupby([self.column, *groups], dropna=False):
            column = str(key[0])
            if (higher := directions[column]) is not None:
                values = dict(zip(block[self.row], block["value"], strict=True))
                ranks |= {(name, column): rank for name, rank in podium(values, won[column], higher=higher)}
        return ranks

    def latex(self, *, wide: bool = False, width: float = 397.0) -> str:
        """Return a LaTeX table; its first line names the packages it needs.

        Parameters
        ----------
        wide : bool
            Span both columns of a page.
        width : float
            Room in pt. A wider table gets upright column names, then panels one below the other. 397 is NeurIPS'.
        """
        return table_text.latex_table(self.grid(), self.caption, self.label, wide=wide, width=width)

    def markdown(self) -> str:
        """Return a Markdown table with its footnotes."""
        return table_text.markdown(self.grid(), self.caption)

    def html(self) -> str:
        """Return an HTML table with its footnotes, everything escaped."""
        return table_text.html_table(self.grid(), self.caption)

    def csv(self) -> str:
        """Return every cell as one CSV row with full precision and its marks."""
        return csv_bytes(self.grid().frame()).decode()

    def save(self, stem: str | Path) -> list[Path]:
        """Write ``<stem>.tex``, ``.md``, ``.html`` and ``.csv``, each complete or not at all."""
        stem = Path(stem)
        made = {"tex": self.latex(), "md": self.markdown(), "html": self.html(), "csv": self.csv()}
        return [write_atomic(stem.with_name(f"{stem.name}.{kind}"), text) for kind, text in made.items()]

    def _on_page(self) -> Grid:
        """Return the first rows of a long table, with a note; the files have all."""
        whole = self.grid()
        if len(whole.lines) <= MOST_LINES:
            return whole
        note = f"{counted(len(whole.lines), 'row')}, the first {MOST_LINES:,} shown."
        return whole._replace(lines=whole.lines[:MOST_LINES], notes=[*whole.notes, note])

    def __repr__(self) -> str:
        return table_text.markdown(self._on_page(), self.caption)

    def _repr_html_(self) -> str:
        return NOTEBOOK_CSS + table_text.html_table(self._on_page(), self.caption)


def _sides(cells: pd.DataFrame, side: str, group: str | None) -> list[tuple[str, str]]:
    """Return (name, group) of the rows or columns, groups and names in the order of their first appearance."""
    groups = cells[group].fillna("").astype(str) if group else ""
    sides = cells[[side]].assign(group=groups).drop_duplicates(side)
    order = list(sides["group"].unique())
    return sorted(sides.itertuples(index=False, name=None), key=lambda pair: order.index(pair[1]))


def _notes(table: PaperTable, heads: list[Head], lines: list[Line]) -> list[str]:
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
