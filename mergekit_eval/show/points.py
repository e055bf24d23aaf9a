"""Models or tasks as points: trade-offs and families."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from mergekit_eval.show import layout
from mergekit_eval.show.curves import axes_with_legend, series_legend
from mergekit_eval.show.encodings import (
    ROLE_UNKNOWN,
    ROLES,
    Code,
    model_codes,
    present,
    role_code,
)
from mergekit_eval.show.figure_data import remember
from mergekit_eval.show.label_placement import place_names
from mergekit_eval.show.style import FAINT
from mergekit_eval.show.text import plain


def pareto(
    table: pd.DataFrame,
    *,
    x_label: str = "",
    y_label: str = "",
    x_higher: bool | None = True,
    y_higher: bool | None = True,
    ax: Axes | None = None,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Plot two capabilities (or quality and cost) against each other, with the edge of what undominated models reach.

    The edge is a staircase: between two models nothing was measured, and none of their mixtures is claimed.

    Parameters
    ----------
    table : DataFrame
        ``model, role, x, y, front`` (bool, as computed); optional ``x_low, x_high, y_low, y_high``, and ``x_name,
        y_name``, the labels of the axes where none is given. Models without both values are listed below the axes, not
        drawn.
    """
    layout.need(table, ("model", "role", "x", "y", "front"), "pareto")
    ax = layout.axes_plain(ax, ratio=0.66)
    here = table.dropna(subset=["x", "y"]).reset_index(drop=True)
    front = here[here["front"].astype(bool)].sort_values("x")
    steps = _staircase(front[["x", "y"]].to_numpy(float), x_higher)
    ax.plot(*steps.T, color=FAINT, linewidth=0.9, zorder=1)
    _points(ax, here, [role_code(role) for role in here["role"]], here["front"])
    _axes_labels(
        ax,
        (x_label or table["x_name"].iloc[0], y_label or table["y_name"].iloc[0]),
        (x_higher, y_higher),
        len(table) - len(here),
    )
    layout.legend(ax, [layout.swatch(name, code) for name, code in present(ROLES, here["role"], ROLE_UNKNOWN).items()])
    remember(ax, table, "pareto")
    order = here.sort_values("front", ascending=False, kind="stable")
    shown = layout.labels(list(order["model"]), 20, names)
    place_names(ax, order[["x", "y"]].to_numpy(float), shown, [steps, *_bars(here)])
    return ax


def _staircase(front: np.ndarray, x_higher: bool | None) -> np.ndarray:
    """Return the corners of the edge, points sorted by x: at each x the best y of the models that reach it."""
    if len(front) < 2:
        return front
    corners = np.column_stack([front[:-1, 0], front[1:, 1]] if x_higher else [front[1:, 0], front[:-1, 1]])
    out = np.empty((2 * len(front) - 1, 2))
    out[::2], out[1::2] = front, corners
    return out


def _bars(table: pd.DataFrame) -> list[np.ndarray]:
    """Return the intervals as lines from end to end."""
    ends = {"x": [("x_low", "y"), ("x_high", "y")], "y": [("x", "y_low"), ("x", "y_high")]}
    known = [pair for name, pair in ends.items() if f"{name}_low" in table]
    lines = [np.stack([table[list(end)].to_numpy(float) for end in pair], axis=1) for pair in known]
    return [line for both in lines for line in both if np.isfinite(line).all()]


def _points(ax: Axes, table: pd.DataFrame, codes: Sequence[Code], filled: pd.Series | None = None) -> None:
    """Draw the points with their intervals, those that are not ``filled`` hollow."""
    import seaborn  # it takes half a second, which no other figure needs

    if table.empty:
        return
    colours, markers = np.array([to_rgba(code.colour) for code in codes]), [code.marker for code in codes]
    pale = {"color": colours * (1, 1, 1, 0.35), "linewidth": 0.8}
    if "x_low" in table:
        ax.hlines(table["y"], table["x_low"], table["x_high"], **pale)
    if "y_low" in table:
        ax.vlines(table["x"], table["y_low"], table["y_high"], **pale)
    seaborn.scatterplot(x=table["x"], y=table["y"], style=markers, markers={name: name for name in markers},
                        s=rcParams["lines.markersize"] ** 2, legend=False, zorder=3, ax=ax)  # fmt: skip
    hollow = np.zeros(len(table), dtype=bool) if filled is None else ~filled.to_numpy(bool)
    ax.collections[-1].set(facecolor=np.where(hollow[:, None], to_rgba("white"), colours), edgecolor=colours,
                           linewidth=rcParams["lines.markeredgewidth"])  # fmt: skip


def _axes_labels(ax: Axes, texts: Sequence[str], higher: Sequence[object], absent: int) -> None:
    layout.value_grid(ax, "x")
    layout.value_grid(ax, "y")
    below = f"; {absent} without both values, not drawn" if absent else ""
    layout.x_label(ax, layout.direction(texts[0], higher[0]) + below)
    ax.set_ylabel(plain(layout.direction(texts[1], higher[1], "y")))


def scatter(
    table: pd.DataFrame,
    *,
    x_label: str,
    y_label: str,
    x_higher: bool | None = True,
    y_higher: bool | None = True,
    label_points: bool = False,
    codes: Mapping[str, Code] | None = None,
    ax: Axes | None = None,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Plot points by family (capability, method, competency), each family with its own colour and marker.

    Parameters
    ----------
    table : DataFrame
        ``name, family, x, y``; optional ``x_low, x_high, y_low, y_high``.
    label_points : bool
        Name the points where there is room; how many stay unnamed is said in the figure.
    """
    layout.need(table, ("name", "family", "x", "y"), "scatter")
    here = table.dropna(subset=["x", "y"]).reset_index(drop=True)
    families = list(table["family"].astype(str).drop_duplicates())
    codes, ax = dict(codes or model_codes(families)), axes_with_legend(ax, len(families))
    _points(ax, here, [codes[str(family)] for family in here["family"]])
    _axes_labels(ax, (x_label, y_label), (x_higher, y_higher), len(table) - len(here))
    series_legend(ax, families, codes, names)
    remember(ax, table, "scatter")
    if label_points:
        place_names(ax, here[["x", "y"]].to_numpy(float), layout.labels(list(here["name"]), 20, names))
    return ax
