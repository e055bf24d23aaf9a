"""Scores along a merge parameter, and gains across tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from mergekit_eval.show import layout
from mergekit_eval.show.encodings import ROLES, Code, model_codes
from mergekit_eval.show.figure_data import remember
from mergekit_eval.show.text import plain, short_names

FEW = 4  # settings of a series; fewer show points, not a course


def sweep(
    table: pd.DataFrame,
    *,
    parents: pd.DataFrame | None = None,
    ax: Axes | None = None,
    names: Mapping[str, str] | None = None,
    codes: Mapping[str, Code] | None = None,
) -> Axes:
    """Plot score against a merge parameter (weight, density, t), one line with its interval band per series.

    A series of fewer than `FEW` settings is drawn as its points with their intervals: a line and a band would say
    that the way between them had been measured.

    Parameters
    ----------
    table : DataFrame
        ``series, setting, value, low, high, higher_is_better, scale``; ``parameter`` names the axis. A missing value
        breaks its line.
    parents : DataFrame
        ``model, value``: a dashed line each.
    """
    layout.need(table, ("series", "setting", "value", "low", "high", "higher_is_better", "scale"), "sweep")
    layout.no_repeats(table, ["series", "setting"], "sweep")
    times, every = layout.factor(layout.one(table, "scale", "sweep")), list(table["series"].drop_duplicates())
    ax, codes = axes_with_legend(ax, len(every)), dict(codes or model_codes(every))
    for name, rows in table.groupby("series", sort=False):
        rows = rows.sort_values("setting")
        code, values = codes[str(name)], rows[["value", "low", "high"]].to_numpy(float).T * times
        if rows["value"].notna().sum() < FEW:
            _points(ax, rows["setting"], values, code)
            continue
        ax.fill_between(
            rows["setting"],
            values[1],
            values[2],
            color=code.colour,
            alpha=0.14 if len(every) < 9 else 0.05,
            linewidth=0,
        )
        ax.plot(
            rows["setting"],
            values[0],
            color=code.colour,
            marker=code.marker,
            linestyle=code.line,
            markersize=layout.font() * 0.45,
        )
    for value in parents["value"] * times if parents is not None else ():
        ax.axhline(value, color=ROLES["parent"].colour, linestyle="--", linewidth=0.8, zorder=1)
    layout.value_grid(ax, "y")
    layout.x_label(ax, str(layout.one(table, "parameter", "sweep") or "setting"))
    score = "score" + layout.unit(table["scale"].iloc[0])
    ax.set_ylabel(plain(layout.direction(score, layout.one(table, "higher_is_better", "sweep"), "y")))
    parent = Line2D([], [], color=ROLES["parent"].colour, linestyle="--", label="parents")
    series_legend(ax, every, codes, names, [parent] if parents is not None else [])
    remember(ax, table, "sweep")
    return ax


def _points(ax: Axes, settings: pd.Series, values: np.ndarray, code: Code) -> None:
    ax.vlines(settings, values[1], values[2], color=code.colour, linewidth=1.0)
    ax.plot(settings, values[0], code.marker, color=code.colour, markersize=layout.font() * 0.45)


def axes_with_legend(ax: Axes | None, entries: int) -> Axes:
    """Return axes of normal shape below a legend of ``entries`` names."""
    if ax is not None:
        return ax
    rows = -(-entries // legend_columns(entries))
    return layout.new_figure(layout.wide() * 0.55 + layout.lines(rows * 1.1 + 1)).add_subplot()


def legend_columns(entries: int) -> int:
    """Return how many columns of names fit above a figure."""
    return max(1, min(4, int(layout.wide() * 72 / (layout.font() * 16)), entries))


def series_legend(
    ax: Axes, every: list[str], codes: Mapping[str, Code], names: Mapping[str, str] | None, more: Sequence[Artist] = ()
) -> None:
    """Name every series with its colour and marker."""
    columns = legend_columns(len(every))
    limit = max(8, int(layout.wide() * 72 / columns / (layout.font() * 0.875 * 0.62)) - 6)
    short = short_names(every, limit) | {str(k): v for k, v in (names or {}).items()}
    layout.legend(
        ax, [layout.swatch(short[str(name)], codes[str(name)]) for name in every] + list(more), columns=columns
    )


def profile(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    names: Mapping[str, str] | None = None,
    codes: Mapping[str, Code] | None = None,
) -> Axes:
    """Plot the gains of all merges task by task: one row per task, one mark with interval per merge.

    Parameters
    ----------
    table : DataFrame
        One reference: ``merge, task, gain, gain_low, gain_high``; optional ``decided`` (undecided marks are hollow)
        and ``scale``.
    """
    layout.need(table, ("merge", "task", "gain", "gain_low", "gain_high"), "profile")
    layout.no_repeats(table, ["merge", "task"], "profile")
    merges, tasks = list(table["merge"].drop_duplicates()), list(table["task"].drop_duplicates())
    times, codes = layout.factor(layout.one(table, "scale", "profile")), dict(codes or model_codes(merges))
    high = max(1.0, len(merges) * 0.42)
    lines = -(-len(merges) // legend_columns(len(merges)))
    ax = ax or layout.new_figure(len(tasks) * high * layout.row_height(1) + layout.lines(lines * 1.1 + 5)).add_subplot()
    offsets = dict(zip(merges, np.linspace(-0.42, 0.42, len(merges)) if len(merges) > 1 else [0.0], strict=True))
    for row in table.to_dict("records"):
        if not pd.isna(row["gain"]):
            _profile_mark(ax, tasks.index(row["task"]) + offsets[row["merge"]], row, codes[row["merge"]], times)
    layout.zero_line(ax)
    for at in range(1, len(tasks)):
        ax.axhline(at - 0.5, color="#e4e4e4", linewidth=0.7, zorder=0)
    layout.row_axis(ax, tasks, names)
    layout.value_grid(ax)
    layout.x_label(
        ax, f"gain of the merge{' (points of 100)' if times == 100 else ''}  (→ better); hollow: not decided"
    )
    series_legend(ax, merges, codes, names)
    remember(ax, table, "profile")
    return ax


def _profile_mark(ax: Axes, at: float, row: Mapping[str, object], code: Code, times: float) -> None:
    gain, low, high = (float(row[name]) * times for name in ("gain", "gain_low", "gain_high"))  # type: ignore[arg-type]
    hollow = row.get("decided", "better") not in ("better", "worse")
    ax.hlines(at, low, high, color=code.colour, linewidth=0.7, alpha=0.8)
    ax.plot(gain, at, code.marker, markersize=layout.font() * 0.42, color="white" if hollow else code.colour,
            markeredgecolor=code.colour, markeredgewidth=0.8)  # fmt: skip
