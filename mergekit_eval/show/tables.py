"""One table object, four outputs: LaTeX for the paper, Markdown, HTML and CSV, all with the same marks and notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import pandas as pd

from mergekit_eval.errors import ParameterError, explain
from mergekit_eval.files import write_atomic
from mergekit_eval.sheets import csv_bytes
from mergekit_eval.show import cells as _cells
from mergekit_eval.show import table_latex, table_text
from mergekit_eval.wording import counted

Interval = Literal["none", "range", "pm"]
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
        _cells.check(self)

    def grid(self) -> _cells.Grid:
        """Return the finished cells, headers and footnotes that all outputs print."""
        return _cells.layout(self)

    def latex(self, *, wide: bool = False, width: float = 397.0) -> str:
        """Return a LaTeX table; its first line names the packages it needs.

        Parameters
        ----------
        wide : bool
            Span both columns of a page.
        width : float
            Room in pt. A wider table gets upright column names, then panels one below the other. 397 is NeurIPS'.
        """
        return table_latex.render(self.grid(), self.caption, self.label, wide=wide, width=width)

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

    def __repr__(self) -> str:
        return self.markdown()

    def _repr_html_(self) -> str:
        return NOTEBOOK_CSS + self.html()
