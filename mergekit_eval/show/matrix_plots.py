"""Levels, outcomes, correlations and presence as matrices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, to_rgba

from mergekit_eval.errors import DataError, explain
from mergekit_eval.show import layout, matrix, pairs
from mergekit_eval.show.cap import telling_cells, telling_names
from mergekit_eval.show.encodings import GAIN, LEVEL, OUTCOMES, REFUSED_NAME, outcome_code, present
from mergekit_eval.show.style import MUTED
from mergekit_eval.wording import coefficient_name

STATES = {"items": "#4d82a8", "aggregate": "#c3d6e4"}
SAID = {"items": "with its items", "aggregate": "only as a score"}
Names = Mapping[str, str] | None


def significance_matrix(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot merges x references down, tasks across: ▲ better, ▼ worse, · undecided, × not comparable, hatched: no data.

    Parameters
    ----------
    table : DataFrame
        ``merge, reference, task, decided``, one row per cell, after correction for the family. A ``decided`` that is
        empty or unknown means that the comparison was refused.
    """
    layout.need(table, ("merge", "reference", "task", "decided"), "significance_matrix")
    layout.no_repeats(table, ["merge", "reference", "task"], "significance_matrix")
    sure = table["decided"].isin(["better", "worse"])
    part, word = telling_cells(table.assign(pair=pairs.keys(table)), "pair", "task", sure, sure)
    wide = matrix.pivot(part, "pair", "task", "decided").astype(object)
    used = present(OUTCOMES, part["decided"].dropna(), REFUSED_NAME)
    keys = [matrix.key(f"{code.symbol} {name}", _outcome_colour(name)) for name, code in used.items()]
    cells = matrix.Cells(
        list(wide.index), list(wide.columns), wide.to_numpy(), _coloured(wide, _outcome_colour),
        matrix.grid(wide, lambda decided: outcome_code(decided).symbol),
    )  # fmt: skip
    gaps = [matrix.missing_key("no data")] if wide.isna().any(axis=None) else []
    return matrix.plot_matrix("significance_matrix", table, cells, ax=ax, names=names, keys=[*keys, *gaps],
                              text="symbol", word=word)  # fmt: skip


def _outcome_colour(decided: object) -> str:
    return MUTED if decided == "undecided" else outcome_code(decided).colour


def _coloured(wide: pd.DataFrame, colour_of) -> np.ndarray:
    """Return rows x columns x RGBA of words, white where there is none."""
    colours = {word: to_rgba(colour_of(word)) for word in pd.unique(wide.to_numpy().ravel()) if not pd.isna(word)}
    return np.array([[colours.get(word, to_rgba("white")) for word in row] for row in wide.to_numpy()])


def score_heatmap(
    table: pd.DataFrame, *, rows: str = "task", columns: str = "model", ax: Axes | None = None, names: Names = None
) -> Axes:
    """Plot scores of many tasks and models; a missing one is hatched.

    Parameters
    ----------
    table : DataFrame
        ``value, higher_is_better, scale`` (one direction and one scale) and the two naming columns.
    """
    layout.need(table, (rows, columns, "value", "higher_is_better", "scale"), "score_heatmap")
    higher, scale = (layout.one(table, name, "score_heatmap") for name in ("higher_is_better", "scale"))
    part, word = telling_cells(table, rows, columns, table["value"].notna(), table["value"])
    wide = matrix.pivot(part, rows, columns, "value").astype(float) * layout.factor(scale)
    values = wide.to_numpy()
    low, high = (np.nanmin(values), np.nanmax(values)) if np.isfinite(values).any() else (0.0, 1.0)
    norm, times = Normalize(low, high if high > low else low + 1), 100 if layout.unit(scale) else 1
    cells = matrix.Cells(
        list(wide.index), list(wide.columns), values, matrix.coloured(values, LEVEL, norm),
        matrix.grid(wide, lambda value: layout.number(value, times)),
    )  # fmt: skip
    keys = [matrix.missing_key("no score")] if np.isnan(values).any() else []
    bar = matrix.Bar(LEVEL, norm, layout.direction("score" + layout.unit(scale), higher))
    return matrix.plot_matrix("score_heatmap", table, cells, ax=ax, names=names, keys=keys, bar=bar, word=word)


def completeness(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot which model has which task: with its items, as a score alone, or not at all; never the score itself.

    Parameters
    ----------
    table : DataFrame
        ``model, task, state`` (items, aggregate, missing; a pair without a row is missing); optional ``n``, printed.
    """
    layout.need(table, ("model", "task", "state"), "completeness")
    if unknown := sorted(set(table["state"]) - {*STATES, "missing"}):
        raise DataError(explain("completeness", "state", unknown[0], ", ".join([*STATES, "missing"])))
    tall = table["model"].nunique() >= table["task"].nunique()
    rows, columns = ("model", "task") if tall else ("task", "model")
    gaps = table["state"].ne("items")
    part, word = telling_cells(table, rows, columns, gaps, gaps)
    wide = matrix.pivot(part, rows, columns, "state").astype(object)
    states = wide.where(wide.isin(list(STATES)), np.nan)
    counts = matrix.pivot(part, rows, columns, "n").astype(object).where(states.notna()) if "n" in part else states
    cells = matrix.Cells(
        list(wide.index), list(wide.columns), states.to_numpy(), _coloured(states, STATES.__getitem__),
        matrix.grid(counts, lambda n: f"{int(n):,}" if "n" in part else ""),
    )  # fmt: skip
    keys = [matrix.key(SAID[name], colour) for name, colour in STATES.items() if states.eq(name).any(axis=None)]
    missing = [matrix.missing_key("missing")] if states.isna().any(axis=None) else []
    return matrix.plot_matrix("completeness", table, cells, ax=ax, names=names, keys=[*keys, *missing], word=word)


def correlation_heatmap(
    table: pd.DataFrame,
    *,
    label: str = "",
    ax: Axes | None = None,
    square: bool | None = None,
    names: Names = None,
) -> Axes:
    """Plot correlations with n in each cell; a cell is grey where its interval holds 0 or it is unreliable.

    Parameters
    ----------
    table : DataFrame
        ``x, y, r, low, high, n, note``, one row per pair; optional ``reliable`` (else a note makes a row unreliable)
        and ``method``, which names the scale. Pairs with missing r are hatched.
    label : str
        What the colour means; by default the method, between tasks, over models.
    square : bool
        The names of x and y are one list: show the lower triangle only. Decided from the names by default.
    """
    layout.need(table, ("x", "y", "r", "low", "high", "n", "note"), "correlation_heatmap")
    square = bool(set(table["x"]) & set(table["y"])) if square is None else square
    marked = table.assign(unsure=_unsure(table))
    sure, r = ~marked["unsure"], table["r"]
    part, word = telling_names(marked, "x", "y", sure, r, "task") if square else telling_cells(
        marked, "y", "x", sure, r)  # fmt: skip
    value, n, unsure = (_triangle(part, name) if square else matrix.pivot(part, "y", "x", name)
                        for name in ("r", "n", "unsure"))  # fmt: skip
    values, grey, norm = value.to_numpy(float), unsure.ne(False).to_numpy(), Normalize(-1, 1)
    hatched = np.isnan(values) & (np.tril(np.ones_like(values, dtype=bool)) if square else True)
    texts = matrix.grid(value, lambda one: f"{one:.2f}".replace("-", "−"))
    counts = matrix.grid(n.where(value.notna()), lambda count: f"\n{int(count)}")
    cells = matrix.Cells(
        list(value.index), list(value.columns), values, matrix.coloured(values, GAIN, norm, grey), texts + counts,
        ~grey, hatched,
    )  # fmt: skip
    keys = {"interval holds 0, or unreliable": grey & ~np.isnan(values)}
    handles = [matrix.key(text) for text, where in keys.items() if where.any()]
    gaps = [matrix.missing_key("not computed")] if hatched.any() else []
    method = coefficient_name(layout.one(table, "method", "correlation_heatmap") or "correlation")
    bar = matrix.Bar(GAIN, norm, label or f"{method} between tasks, over models")
    return matrix.plot_matrix("correlation_heatmap", table, cells, ax=ax, names=names, keys=[*handles, *gaps], bar=bar,
                              word=word, height=1.35 if len(value.columns) <= 16 else 1.0)  # fmt: skip


def _unsure(table: pd.DataFrame) -> pd.Series:
    """Return where the interval holds 0, or the table says that the row is not reliable (or, without that, notes)."""
    holds_zero = ~(table["low"].gt(0) | table["high"].lt(0))
    warned = ~table["reliable"].astype(bool) if "reliable" in table else table["note"].fillna("").ne("")
    return holds_zero | warned


def _triangle(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the lower triangle (first name across) of a table that holds each pair once, in either order."""
    names = list(dict.fromkeys([*table["x"], *table["y"]]))
    place = {name: index for index, name in enumerate(names)}
    swap = table["x"].map(place) > table["y"].map(place)
    ordered = table.assign(x=table["x"].where(~swap, table["y"]), y=table["y"].where(~swap, table["x"]))
    ordered = ordered[ordered["x"] != ordered["y"]].drop_duplicates(["x", "y"])
    return matrix.pivot(ordered, "y", "x", column).reindex(index=names[1:], columns=names[:-1])
