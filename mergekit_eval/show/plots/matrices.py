"""Levels and presence as matrices: scores of many tasks, and what is there at all."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, to_rgba

from mergekit_eval.errors import DataError, explain
from mergekit_eval.show import layout, matrix
from mergekit_eval.show.encodings import LEVEL
from mergekit_eval.show.figure_data import remember

STATES = {"items": "#4d82a8", "aggregate": "#c3d6e4"}
SAID = {"items": "with its items", "aggregate": "only as a score"}


def score_heatmap(
    table: pd.DataFrame,
    *,
    rows: str = "task",
    columns: str = "model",
    ax: Axes | None = None,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Draw scores of many tasks and models; a missing one is hatched.

    Parameters
    ----------
    table : DataFrame
        ``value, higher_is_better, scale`` (one direction and one scale) and the two naming columns.
    """
    layout.need(table, (rows, columns, "value", "higher_is_better", "scale"), "score_heatmap")
    higher = layout.one(table, "higher_is_better", "score_heatmap")
    wide = matrix.pivot(table, rows, columns, "value") * layout.factor(layout.one(table, "scale", "score_heatmap"))
    values = wide.to_numpy(float)
    low, high = (np.nanmin(values), np.nanmax(values)) if np.isfinite(values).any() else (0.0, 1.0)
    norm = Normalize(low, high if high > low else low + 1)
    colours = matrix.coloured(values, LEVEL, norm, np.zeros_like(values, dtype=bool))
    ax = matrix.cell_axes(ax, *values.shape, longest=matrix.longest(wide.columns))
    matrix.paint(ax, values, colours, list(wide.index), list(wide.columns), names)
    matrix.colour_bar(ax, LEVEL, norm, layout.direction("score" + layout.unit(table["scale"].iloc[0]), higher))
    layout.legend(ax, [matrix.key("no score", "white", matrix.HATCH)] if np.isnan(values).any() else [])
    remember(ax, table, "score_heatmap")
    times = 100 if layout.unit(table["scale"].iloc[0]) else 1
    texts = np.array([["" if np.isnan(v) else layout.number(v, times) for v in row] for row in values], dtype=object)
    matrix.cell_text(ax, texts, colours)
    return ax


def completeness(table: pd.DataFrame, *, ax: Axes | None = None, names: Mapping[str, str] | None = None) -> Axes:
    """Draw which model has which task: with its items, as a score alone, or not at all; never the score itself.

    Parameters
    ----------
    table : DataFrame
        ``model, task, state`` (items, aggregate, missing; a pair without a row is missing); optional ``n``, printed.
    """
    layout.need(table, ("model", "task", "state"), "completeness")
    if odd := sorted(set(table["state"]) - {*STATES, "missing"}):
        raise DataError(explain("completeness", "state", odd[0], ", ".join([*STATES, "missing"])))
    tall = table["model"].nunique() >= table["task"].nunique()
    rows, columns = ("model", "task") if tall else ("task", "model")
    wide = matrix.pivot(table, rows, columns, "state").astype(object)
    states = wide.where(wide.isin(list(STATES)), np.nan).to_numpy(object)
    colours = np.array([[to_rgba(STATES[str(s)] if not pd.isna(s) else "white") for s in row] for row in states])
    ax = matrix.cell_axes(ax, *states.shape, longest=matrix.longest(wide.columns))
    matrix.paint(ax, states, colours.reshape(*states.shape, 4), list(wide.index), list(wide.columns), names)
    keys = [matrix.key(SAID[name], colour) for name, colour in STATES.items() if (states == name).any()]
    layout.legend(ax, keys + ([matrix.key("missing", "white", matrix.HATCH)] if pd.isna(states).any() else []))
    remember(ax, table, "completeness")
    if "n" in table:
        counts = matrix.pivot(table, rows, columns, "n").where(~pd.isna(states)).to_numpy()
        texts = np.array([["" if pd.isna(n) else f"{int(n):,}" for n in row] for row in counts], dtype=object)
        matrix.cell_text(ax, texts, colours.reshape(*states.shape, 4))
    return ax
