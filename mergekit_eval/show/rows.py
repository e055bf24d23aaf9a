"""The plot of rows: labelled rows with a mark, its interval and a text each; every kind of it is a `RowPlot`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from mergekit_eval.show import layout
from mergekit_eval.show.cap import telling_rows
from mergekit_eval.show.encodings import Code, present
from mergekit_eval.show.figure_data import remember
from mergekit_eval.show.row_names import row_names
from mergekit_eval.show.style import INK

OPEN = ("undecided", "not decided", "")
Row = Mapping[str, object]
Names = Mapping[str, str] | None


@dataclass(frozen=True, kw_only=True)
class RowPlot:
    """What one kind of row plot takes from its table.

    Parameters
    ----------
    name : str
        Name of the plot function, as errors and the saved data call it.
    value, low, high : str
        Columns of the mark and of the ends of its interval ("": no interval).
    status, codes, other, other_name : str, mapping, str, str
        Column whose value chooses the code; the key of the code for any other value, and its name in the legend.
    key : str
        Column that names a row; without it the naming columns that differ between rows do.
    needs : tuple of str
        Further columns without which there is no plot.
    times : float
        What the columns are multiplied with to be printed; 0: by their ``scale``.
    scaled : tuple of str
        Further columns in the unit of ``value``, where they are there.
    missing, reason : str
        What a row without a value says; column that says it better.
    bar, coloured : bool
        Bars from 0 instead of marks; the text in the colour of its row, and in rows without a value too.
    extra : float
        Lines of text around the rows.
    last : tuple of str
        Statuses that tell least; of too many rows those of another status are shown first.
    size : callable
        Table -> what tells most among rows alike in that; by default how far ``value`` is from 0.
    """

    name: str
    value: str
    codes: Mapping[str, Code]
    low: str = ""
    high: str = ""
    status: str = ""
    other: str = ""
    other_name: str = ""
    key: str = ""
    needs: tuple[str, ...] = ()
    times: float = 0.0
    scaled: tuple[str, ...] = ()
    missing: str = "no comparison"
    reason: str = ""
    bar: bool = False
    coloured: bool = False
    extra: float = 6.5
    last: tuple[str, ...] = OPEN
    size: Callable[[pd.DataFrame], pd.Series] | None = None

    def factor(self, table: pd.DataFrame) -> float:
        """Return what a value of the table is multiplied with to be printed."""
        return self.times or layout.factor(layout.one(table, "scale", self.name))

    def check(self, table: pd.DataFrame) -> None:
        """Raise where the table lacks columns or rows, or names a row twice."""
        columns = (self.key, self.value, self.low, self.high, self.status, *self.needs)
        layout.need(table, dict.fromkeys(filter(None, columns)), self.name)
        if self.key:
            layout.no_repeats(table, [self.key], self.name)

    def code(self, status: object) -> Code:
        """Return how a row of this status is drawn."""
        return self.codes.get(str(status), self.codes[self.other])


def plot_rows(
    plot: RowPlot, table: pd.DataFrame, *, ax: Axes | None, names: Names, label: str,
    text: Callable[[Row], str] | None = None, behind: Callable[[Axes, pd.DataFrame], None] | None = None,
    codes: Mapping[str, Code] | None = None, legend: bool = True, more: Sequence[Artist] = (), columns: int = 4,
    panel: bool = False,
) -> Axes:  # fmt: skip
    """Draw one row per row of the table, first row on top; of too many the most telling, and it says so.

    Parameters
    ----------
    label : str
        What the value axis shows.
    text : callable
        Row (in printed units) -> text at its right.
    behind : callable
        Draws what lies behind the marks, from the rows (in printed units, numbered from 0).
    codes : mapping
        Value of ``key`` -> code, where it is not the status's.
    legend : bool
        Name the statuses of the rows that have a value.
    more : sequence of Artist
        Further entries of the legend, in at most ``columns`` columns.
    panel : bool
        One of several axes: no legend, and the table is not remembered.
    """
    plot.check(table)
    size = plot.size(table) if plot.size else table[plot.value].abs()
    rows, word = telling_rows(table, _decided(plot, table), size)
    ax, rows = layout.axes_for_rows(ax, len(rows), extra=plot.extra), rows.reset_index(drop=True)
    scaled = [name for name in (plot.value, plot.low, plot.high, *plot.scaled) if name in rows]
    rows[scaled] = rows[scaled].astype(float) * plot.factor(table)
    if behind is not None:
        behind(ax, rows)
    each = _codes(plot, rows, codes or {})
    _marks(ax, plot, rows, each)
    _texts(ax, plot, rows, each, text)
    if plot.key:
        layout.row_axis(ax, list(rows[plot.key]), names)
    else:
        layout.row_axis(ax, row_names(rows, names, who=plot.name), printed=True)
    layout.value_grid(ax)
    layout.x_label(ax, "; ".join(filter(None, [label, word])))
    if not panel:
        remember(ax, table, plot.name)
        used = rows.loc[rows[plot.value].notna(), plot.status] if legend and plot.status else ()
        shown = present(plot.codes, used, plot.other_name).items()
        layout.legend(ax, [*(layout.swatch(*entry, bar=plot.bar) for entry in shown), *more], columns=columns)
    return ax


def _decided(plot: RowPlot, table: pd.DataFrame) -> pd.Series:
    if not plot.status:
        return pd.Series(data=True, index=table.index)
    status = table[plot.status].astype(str)
    return status.isin(list(plot.codes)) & ~status.isin(plot.last)


def _codes(plot: RowPlot, rows: pd.DataFrame, codes: Mapping[str, Code]) -> list[Code]:
    status = rows[plot.status] if plot.status else [""] * len(rows)
    keys = rows[plot.key] if plot.key else status
    return [codes.get(str(key)) or plot.code(one) for key, one in zip(keys, status, strict=True)]


def _marks(ax: Axes, plot: RowPlot, rows: pd.DataFrame, codes: Sequence[Code]) -> None:
    """Draw the marks, one artist per code, and of the intervals those that have both ends."""
    known = rows[plot.value].notna().to_numpy()
    for code in dict.fromkeys(codes):
        same = rows[known & np.array([other == code for other in codes])]
        if same.empty:
            continue
        whole = same.dropna(subset=[plot.low, plot.high]) if plot.low else same.iloc[:0]
        if len(whole):
            colour = INK if plot.bar else code.colour
            ax.hlines(whole.index, whole[plot.low], whole[plot.high], color=colour, zorder=3)
        if plot.bar:
            ax.barh(same.index, same[plot.value], 0.72, color=code.colour, hatch=code.hatch, edgecolor="white",
                    alpha=0.85)  # fmt: skip
        else:
            layout.marks(ax, same[plot.value], same.index, code)


def _texts(
    ax: Axes, plot: RowPlot, rows: pd.DataFrame, codes: Sequence[Code], text: Callable[[Row], str] | None
) -> None:
    for at, (row, code) in enumerate(zip(rows.to_dict("records"), codes, strict=True)):
        known = not pd.isna(row[plot.value])
        if not known:
            layout.no_value(ax, at, str(row.get(plot.reason) or plot.missing)[:60])
        if text is not None and (known or plot.coloured):
            layout.right_text(ax, at, text(row), code.colour if plot.coloured else INK)
