"""The plot of rows: labelled rows with a mark, its interval and a text each."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from mergekit_eval.show import layout
from mergekit_eval.show.cap import telling_rows
from mergekit_eval.show.encodings import COLOURS, OUTCOMES, REFUSED_NAME, Code, code_of, present
from mergekit_eval.show.row_names import row_names
from mergekit_eval.show.style import INK
from mergekit_eval.show.text import plain

Row = Mapping[Hashable, Any]
UNTOLD = (COLOURS["open"], COLOURS["refused"])


def plot_rows(
    name: str, table: pd.DataFrame, *, value: str, label: str, ax: Axes | None, names: layout.Names,
    interval: Sequence[str] = (), status: str = "", codes: Mapping[str, Code] = OUTCOMES, unknown: str = REFUSED_NAME,
    key: str = "", needs: Sequence[str] = (), times: float = 0.0, scaled: Sequence[str] = (),
    missing: str = "no comparison", reason: str = "", last: Sequence[str] | None = None,
    size: Callable[[pd.DataFrame], pd.Series] | None = None, bar: bool = False, coloured: bool = False,
    text: Callable[[Row], str] | None = None, behind: Callable[[Axes, pd.DataFrame], None] | None = None,
    legend: bool = True, more: Sequence[Artist] = (), columns: int = 4, panel: bool = False,
) -> Axes:  # fmt: skip
    """Draw one row per row of the table, first row on top; of too many the most telling, and it says so.

    Parameters
    ----------
    name : str
        Name of the plot function, as errors and the saved data call it.
    value, interval : str, sequence of str
        Columns of the mark and of the two ends of its interval (empty: no interval).
    label : str
        What the value axis shows.
    status, codes, unknown : str, mapping, str
        Column whose word chooses the code, and the name that any other word has in the legend.
    key : str
        Column that names a row; without it the naming columns that differ between rows do.
    needs : sequence of str
        Further columns without which there is no plot.
    times, scaled : float, sequence of str
        What the values are multiplied with to be printed (0: by their ``scale``); further columns in their unit.
    missing, reason : str
        What a row without a value says; column that says it better.
    last, size : sequence of str, callable
        Of too many rows those whose status is none of ``last`` (by default the words of no decision) are shown first,
        and of those the ones of largest ``size`` (by default how far the value is from 0).
    bar, coloured : bool
        Bars from 0 instead of marks; the text in the colour of its row, and in rows without a value too.
    text : callable
        Row (in printed units) -> text at its right.
    behind : callable
        Draws what lies behind the marks, from the rows (in printed units, numbered from 0).
    legend, more, columns : bool, sequence of Artist, int
        Name the statuses of the rows that have a value; further entries; columns of the legend at most.
    panel : bool
        One of several axes: no legend, and the table is not remembered.
    """
    layout.need(table, filter(None, (key, value, *interval, status, *needs)), name, [key] if key else ())
    times = times or layout.factor(layout.one(table, "scale", name))
    words = table[status].astype(str) if status else pd.Series("", index=table.index)
    undecided = [word for word, code in codes.items() if code.colour in UNTOLD] if last is None else last
    told = words.isin([word for word in codes if word not in undecided])
    rows, cut = telling_rows(table, told, size(table) if size else table[value].abs())
    ax, rows = layout.axes_of(ax), rows.reset_index(drop=True)
    scaled = [column for column in (value, *interval, *scaled) if column in rows]
    rows[scaled] = rows[scaled].astype(float) * times
    if behind is not None:
        behind(ax, rows)
    words = rows[status] if status else pd.Series("", index=rows.index)
    each = [code_of(codes, word) for word in words]
    known = rows[value].notna()
    for code in dict.fromkeys(each):
        same = rows[known & np.array([other == code for other in each])]
        _marks(ax, same[value], code, same.dropna(subset=list(interval))[list(interval)], bar=bar)
    for (at, row), code in zip(enumerate(rows.to_dict("records")), each, strict=True):
        if not known[at]:
            layout.no_value(ax, at, str(row.get(reason) or missing)[:60])
        if text is not None and (known[at] or coloured):
            ax.text(1.01, at, plain(text(row)), transform=ax.get_yaxis_transform(), va="center", fontsize="small",
                    color=code.colour if coloured else INK)  # fmt: skip
    layout.row_axis(ax, layout.labels(list(rows[key]), given=names) if key else row_names(rows, names, name))
    ax.set_xlabel(layout.wrapped(label, cut))
    if not panel:
        shown = present(codes, words[known] if legend and status else (), unknown).items()
        layout.legend(ax, [*(layout.swatch(*entry, bar=bar) for entry in shown), *more], columns=columns)
        layout.finish(ax, table, name, layout.rows_height(len(rows)))
    return ax


def _marks(ax: Axes, values: pd.Series, code: Code, ends: pd.DataFrame, *, bar: bool) -> None:
    """Draw the marks of one code, and the intervals that have both ends."""
    if ends.size:
        ax.hlines(ends.index, *ends.to_numpy().T, color=INK if bar else code.colour, zorder=3)
    if bar:
        ax.barh(values.index, values, 0.72, color=code.colour, hatch=code.hatch, edgecolor="white", alpha=0.85)
    elif len(values):
        layout.marks(ax, values, values.index, code)
