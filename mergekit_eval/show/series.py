"""Series, each with its colour and marker: boxes and gains within groups, scores along a merge parameter."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from mergekit_eval.show import layout
from mergekit_eval.show.cap import telling_rows
from mergekit_eval.show.encodings import ROLES, Code, model_codes
from mergekit_eval.show.layout import Names
from mergekit_eval.show.style import GRID, INK
from mergekit_eval.show.text import plain

Row = Mapping[Hashable, Any]
FEW = 4  # settings of a series; fewer show points, not a course


def boxes(
    table: pd.DataFrame,
    *,
    label: str,
    higher: bool | None = True,
    ax: Axes | None = None,
    names: Names = None,
) -> Axes:
    """Plot one box per group (capability), and per series (model) within the group.

    Parameters
    ----------
    table : DataFrame
        ``group, low, q1, median, q3, high, n``; optional ``series`` and ``outliers`` (values beyond the
        whiskers, drawn as dots). Whiskers end at ``low`` and ``high`` as given.
    label : str
        What is distributed, with its unit; gains of shares (``scale`` unit) are in points and say so by themselves.
    """
    layout.need(table, ("group", "low", "q1", "median", "q3", "high", "n"), "boxes")
    unit = layout.points_of(layout.one(table, "scale", "boxes"))

    def box(ax: Axes, at: float, step: float, row: Row, code: Code) -> None:
        if pd.isna(row["median"]):
            layout.no_value(ax, at, "no values")
            return
        stats = {"med": row["median"], "q1": row["q1"], "q3": row["q3"], "whislo": row["low"], "whishi": row["high"]}
        ax.bxp([stats | {"fliers": list(row.get("outliers", ()))}], positions=[at], widths=step * 0.72,
               orientation="horizontal", patch_artist=True, showcaps=False, manage_ticks=False,
               boxprops={"facecolor": code.colour, "alpha": 0.45, "edgecolor": code.colour},
               whiskerprops={"color": code.colour}, medianprops={"color": INK, "linewidth": 1.2},
               flierprops={"marker": ".", "markersize": 3, "markerfacecolor": code.colour,
                           "markeredgecolor": code.colour})  # fmt: skip
        ax.plot(row["median"], at, code.marker, color=INK, markersize=layout.font() * 0.32, zorder=5)

    label = layout.direction(label + unit, higher)
    return _within_groups("boxes", table, ("group", "series", "median"), box, label, ax, names)


def profile(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot the gains of all merges task by task: one row per task, one mark with interval per merge.

    Parameters
    ----------
    table : DataFrame
        One reference: ``merge, task, gain, gain_low, gain_high``; optional ``decided`` (undecided marks are hollow)
        and ``scale``.
    """
    layout.need(table, ("merge", "task", "gain", "gain_low", "gain_high"), "profile")
    scale = layout.one(table, "scale", "profile")

    def mark(ax: Axes, at: float, _: float, row: Row, code: Code) -> None:
        gain, low, high = (row[name] * layout.factor(scale) for name in ("gain", "gain_low", "gain_high"))
        hollow = row.get("decided", "better") not in ("better", "worse")
        if not pd.isna(gain):
            ax.hlines(at, low, high, color=code.colour, linewidth=0.7, alpha=0.8)
            ax.plot(gain, at, code.marker, markersize=layout.font() * 0.42, color="white" if hollow else code.colour,
                    markeredgecolor=code.colour, markeredgewidth=0.8)  # fmt: skip

    label = f"gain of the merge{layout.points_of(scale)}  (→ better); hollow: not decided"
    ax = _within_groups("profile", table, ("task", "merge", "gain"), mark, label, ax, names)
    layout.zero_line(ax)
    return ax


def _within_groups(
    who: str, table: pd.DataFrame, columns: tuple[str, str, str], draw: Callable[[Axes, float, float, Row, Code], None],
    label: str, ax: Axes | None, names: Names,
) -> Axes:  # fmt: skip
    """Draw each row of the table in its group, a row of the figure, at the place of its series within the group.

    ``columns`` name the group, the series and the value: of too many groups those of the largest values are shown.
    """
    group, series, value = columns
    keyed = table if series in table else table.assign(**{series: ""})
    layout.need(keyed, (), who, [group, series])
    every = list(keyed[series].astype(str).drop_duplicates())
    height = max(1.0, len(every) * 0.45)
    size = keyed[value].astype(float).abs().groupby(keyed[group], sort=False).max()
    shown, word = telling_rows(size.to_frame(), size.notna(), size, height=height)
    groups = list(shown.index)
    ax, codes, step = layout.axes_of(ax), model_codes(every), 0.9 / len(every)
    for row in keyed[keyed[group].isin(groups)].to_dict("records"):
        name = str(row[series])
        at = groups.index(row[group]) + (every.index(name) - (len(every) - 1) / 2) * step
        draw(ax, at, step, row, codes[name])
    for at in range(1, len(groups)):
        ax.axhline(at - 0.5, color=GRID, linewidth=0.7, zorder=0)
    layout.row_axis(ax, layout.labels(groups, given=names))
    ax.set_xlabel(layout.wrapped(label, word))
    layout.series_legend(ax, {name: codes[name] for name in every if len(every) > 1}, names)
    return layout.finish(ax, table, who, layout.rows_height(len(groups) * height))


def sweep(
    table: pd.DataFrame,
    *,
    parents: pd.DataFrame | None = None,
    ax: Axes | None = None,
    names: Names = None,
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
    place = ("series", "setting")
    layout.need(table, (*place, "value", "low", "high", "higher_is_better", "scale"), "sweep", place)
    every, scale = list(table["series"].drop_duplicates()), layout.one(table, "scale", "sweep")
    times, ax, codes = layout.factor(scale), layout.axes_of(ax), model_codes(every)
    for name, rows in table.sort_values("setting", kind="stable").groupby("series", sort=False):
        value, low, high = rows[["value", "low", "high"]].to_numpy(float).T * times
        code, at, size = codes[str(name)], rows["setting"], layout.font() * 0.45
        course = rows["value"].notna().sum() >= FEW
        if course:
            ax.fill_between(at, low, high, color=code.colour, alpha=0.14 if len(every) < 9 else 0.05, linewidth=0)
        else:
            ax.vlines(at, low, high, color=code.colour, linewidth=1.0)
        ax.plot(at, value, code.marker, color=code.colour, markersize=size, linestyle=code.line if course else "")
    line: layout.Look = {"color": ROLES["parent"].colour, "linestyle": "--"}
    for level in parents["value"] * times if parents is not None else ():
        ax.axhline(level, **line, linewidth=0.8, zorder=1)
    ax.grid(axis="y", color=GRID)
    ax.set_xlabel(layout.wrapped(str(layout.one(table, "parameter", "sweep") or "setting")))
    higher = layout.one(table, "higher_is_better", "sweep")
    ax.set_ylabel(plain(layout.direction("score" + layout.unit(scale), higher, "↑↓")))
    more = [] if parents is None else [Line2D([], [], **line, label="parents")]
    layout.series_legend(ax, {name: codes[name] for name in every}, names, more)
    return layout.finish(ax, table, "sweep", layout.wide(0.45) / 72)
