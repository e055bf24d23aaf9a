"""Distributions as boxes, drawn from quartiles that were computed elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from mergekit_eval.show import layout
from mergekit_eval.show.curves import legend_columns, series_legend
from mergekit_eval.show.encodings import Code, model_codes
from mergekit_eval.show.figure_data import remember
from mergekit_eval.show.style import INK


def boxes(
    table: pd.DataFrame,
    *,
    label: str,
    higher: bool | None = True,
    points: pd.DataFrame | None = None,
    ax: Axes | None = None,
    names: Mapping[str, str] | None = None,
    codes: Mapping[str, Code] | None = None,
) -> Axes:
    """Plot one box per group (capability), and per series (model) within the group.

    Parameters
    ----------
    table : DataFrame
        ``group, low, q1, median, q3, high, n``; optional ``series`` and ``outliers`` (values beyond the
        whiskers, drawn as dots). Whiskers end at ``low`` and ``high`` as given.
    label : str
        What is distributed, with its unit; gains of shares (``scale`` unit) are in points and say so by themselves.
    points : DataFrame
        ``group, value``, optional ``series``: the values themselves, drawn as small dots.
    """
    layout.need(table, ("group", "low", "q1", "median", "q3", "high", "n"), "boxes")
    table = table if "series" in table else table.assign(series="")
    layout.no_repeats(table, ["group", "series"], "boxes")
    groups, series = list(table["group"].drop_duplicates()), list(table["series"].astype(str).drop_duplicates())
    codes = dict(codes or model_codes(series))
    ax = ax or _axes(len(groups), len(series))
    step = 0.9 / len(series)

    def place(row: Mapping[str, object]) -> float:
        return groups.index(row["group"]) + (series.index(str(row.get("series", ""))) - (len(series) - 1) / 2) * step

    for row in table.to_dict("records"):
        _box(ax, row, place(row), step * 0.72, codes[str(row["series"])])
    if points is not None:
        ax.plot(points["value"], [place(row) for row in points.to_dict("records")], ".", color=INK, markersize=2,
                alpha=0.5, zorder=4)  # fmt: skip
    layout.row_axis(ax, groups, names)
    layout.value_grid(ax)
    points_of = " (points of 100)" if layout.one(table, "scale", "boxes") == "unit" else ""
    layout.x_label(ax, layout.direction(label + points_of, higher))
    if len(series) > 1:
        series_legend(ax, series, codes, names)
    remember(ax, table, "boxes")
    return ax


def _axes(groups: int, series: int) -> Axes:
    rows = groups * max(1.0, series * 0.5)
    lines = -(-series // legend_columns(series)) if series > 1 else 0
    return layout.new_figure(rows * layout.row_height(1) + layout.lines(lines * 1.1 + 5)).add_subplot()


def _box(ax: Axes, row: Mapping[str, object], at: float, high: float, code: Code) -> None:
    stats = {
        "med": row["median"],
        "q1": row["q1"],
        "q3": row["q3"],
        "whislo": row["low"],
        "whishi": row["high"],
        "fliers": list(row.get("outliers", ())),
    }
    if pd.isna(row["median"]):
        layout.no_value(ax, at, "no values")
        return
    far = {"marker": ".", "markersize": 3, "markerfacecolor": code.colour, "markeredgecolor": code.colour}
    ax.bxp([stats], positions=[at], widths=high, orientation="horizontal", patch_artist=True, showcaps=False,
           manage_ticks=False, boxprops={"facecolor": code.colour, "alpha": 0.45, "edgecolor": code.colour},
           whiskerprops={"color": code.colour}, flierprops=far,
           medianprops={"color": INK, "linewidth": 1.2})  # fmt: skip
    ax.plot(row["median"], at, code.marker, color=INK, markersize=layout.font() * 0.32, zorder=5)
