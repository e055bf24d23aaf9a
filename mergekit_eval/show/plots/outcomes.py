"""What the tests decided: better, worse or undecided, by symbol and not by colour alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from mergekit_eval.show import layout, matrix, pairs
from mergekit_eval.show.encodings import OUTCOMES, REFUSED_NAME, VERDICTS, outcome_code, present
from mergekit_eval.show.figure_data import remember
from mergekit_eval.show.style import MUTED


def significance_matrix(table: pd.DataFrame, *, ax: Axes | None = None, names: Mapping[str, str] | None = None) -> Axes:
    """Draw merges x references down, tasks across: ▲ better, ▼ worse, · undecided, × not comparable, hatched: no data.

    Parameters
    ----------
    table : DataFrame
        ``merge, reference, task, decided``, one row per cell, after correction for the family. A ``decided`` that is
        empty or unknown means that the comparison was refused.
    """
    layout.need(table, ("merge", "reference", "task", "decided"), "significance_matrix")
    layout.no_repeats(table, ["merge", "reference", "task"], "significance_matrix")
    rows, tasks = table[["merge", "reference"]].drop_duplicates(), list(table["task"].drop_duplicates())
    values = matrix.pivot(table.assign(pair=pairs.keys(table)), "pair", "task", "decided").to_numpy(object)
    symbols = np.array([["" if pd.isna(v) else outcome_code(v).symbol for v in row] for row in values], dtype=object)
    colours = np.array([[_tint(v) for v in row] for row in values]).reshape(*values.shape, 4)
    ax = matrix.cell_axes(ax, *values.shape, longest=matrix.longest(tasks))
    matrix.paint(ax, values, colours, range(len(rows)), tasks, names, pairs.labels(rows, names))
    pairs.part(ax, rows["merge"])
    handles = [
        matrix.key(f"{code.symbol} {name}", _hex(name))
        for name, code in present(OUTCOMES, table["decided"].dropna(), REFUSED_NAME).items()
    ]
    extra = [matrix.key("no data", "white", matrix.HATCH)] if pd.isna(values).any() else []
    layout.legend(ax, [*handles, *extra])
    remember(ax, table, "significance_matrix")
    matrix.cell_text(ax, symbols, colours)
    return ax


def _hex(decided: object) -> str:
    code = outcome_code(decided)
    return code.colour if str(decided) in ("better", "worse") else MUTED


def _tint(decided: object) -> tuple[float, ...]:
    return to_rgba("white") if pd.isna(decided) else to_rgba(_hex(decided))


def verdicts(table: pd.DataFrame, *, ax: Axes | None = None, names: Mapping[str, str] | None = None) -> Axes:
    """Draw each merge's macro gain over its best parent with its interval, marked and named by its verdict.

    Parameters
    ----------
    table : DataFrame
        ``merge, verdict, gain, gain_low, gain_high`` (gains as shares of one).
    """
    layout.need(table, ("merge", "verdict", "gain", "gain_low", "gain_high"), "verdicts")
    layout.no_repeats(table, ["merge"], "verdicts")
    ax = layout.axes_for_rows(ax, len(table))
    layout.zero_line(ax)
    for at, row in enumerate(table.to_dict("records")):
        code = VERDICTS.get(str(row["verdict"]), VERDICTS["not decided"])
        if pd.isna(row["gain"]):
            layout.no_value(ax, at, "—")
        else:
            layout.interval(ax, at, *(100 * row[name] for name in ("gain", "gain_low", "gain_high")), code)
        layout.right_text(ax, at, f"{code.symbol} {row['verdict']}", code.colour)
    layout.row_axis(ax, list(table["merge"]), names)
    layout.value_grid(ax)
    layout.x_label(ax, "macro gain over the best parent (points of 100)  (→ better)")
    remember(ax, table, "verdicts")
    return ax
