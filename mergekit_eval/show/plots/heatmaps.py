"""Gains and correlations as matrices whose colour appears only where the data decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.patches import Patch

from mergekit_eval.show import layout, matrix, pairs
from mergekit_eval.show.encodings import GAIN
from mergekit_eval.show.figure_data import remember
from mergekit_eval.wording import coefficient_name


def delta_heatmap(
    table: pd.DataFrame,
    *,
    rows: str | None = None,
    columns: str | None = None,
    ax: Axes | None = None,
    limit: float | None = None,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Draw gains: blue where the merge is decidedly better, orange where worse, grey where nothing is decided.

    Parameters
    ----------
    table : DataFrame
        ``merge, task, gain, decided`` (better, worse, undecided; anything else is hatched as not comparable) and
        optional ``scale`` (unit gains are printed in points of 100; natural ones keep their number but stay off the
        colour scale). Where merges have several ``reference``, each pair gets a row. A missing gain is
        hatched, never 0.
    rows, columns : str
        Which columns go down and across; by default the longer of merge and task goes down.
    limit : float
        Gain at the end of the colour scale, as printed; by default the largest one on the scale, decided or not.
    """
    layout.need(table, ("merge", "task", "gain", "decided"), "delta_heatmap")
    if pairs.several(table):
        return _pair_heatmap(table, ax, limit, names)
    rows, columns = _sides(table, rows, columns, ("merge", "task"))
    return gain_matrix(table, rows, columns, "gain", "gain of the merge", "delta_heatmap", ax, limit, names)


def _pair_heatmap(table: pd.DataFrame, ax: Axes | None, limit: float | None, names: Mapping[str, str] | None) -> Axes:
    rows = table[["merge", "reference"]].drop_duplicates()
    if table["task"].nunique() > 2 * len(rows):  # two rows of a hundred columns cannot be read
        named = table.assign(pair=table["merge"].astype(str) + " vs " + table["reference"].astype(str))
        what = "gain of the merge over its reference"
        return gain_matrix(named, "task", "pair", "gain", what, "delta_heatmap", ax, limit, names)
    keyed = table.assign(pair=pairs.keys(table))
    label = "gain of the merge over each reference"
    ax = gain_matrix(
        keyed, "pair", "task", "gain", label, "delta_heatmap", ax, limit, names, row_labels=pairs.labels(rows, names)
    )
    pairs.part(ax, rows["merge"])
    return ax


def conflict_matrix(
    table: pd.DataFrame, *, ax: Axes | None = None, limit: float | None = None, names: Mapping[str, str] | None = None
) -> Axes:
    """Draw how a parent's skill (row) fares in merges that hold another parent (column), against merges without it.

    Parameters
    ----------
    table : DataFrame
        ``skill, other, effect, decided`` (better, worse, undecided), optional ``scale``; the diagonal is empty.
    """
    layout.need(table, ("skill", "other", "effect", "decided"), "conflict_matrix")
    ax = gain_matrix(
        _square(table), "skill", "other", "effect", "effect on the row's skill", "conflict_matrix", ax, limit, names
    )
    note = ax.get_xlabel()
    layout.x_label(ax, f"merged together with{f' ({note})' if note else ''}")
    ax.xaxis.set_label_position("top")
    ax.set_ylabel("skill of")
    return ax


def _square(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in one order for skill and other, the empty diagonal included."""
    names = list(dict.fromkeys([*table["skill"], *table["other"]]))
    rest = [name for name in names if not ((table["skill"] == name) & (table["other"] == name)).any()]
    whole = pd.concat([table, pd.DataFrame({"skill": rest, "other": rest, "decided": ""})], ignore_index=True)
    return whole.sort_values(["skill", "other"], key=lambda column: column.map(names.index), kind="stable")


def gain_matrix(
    table: pd.DataFrame, rows: str, columns: str, value: str, label: str, who: str,
    ax: Axes | None, limit: float | None, names: Mapping[str, str] | None, row_labels: list[str] | None = None,
    beside: Callable[[Axes], None] | None = None,
) -> Axes:  # fmt: skip
    """Draw signed values, coloured only where decided; see `delta_heatmap`.

    ``beside`` draws what takes room beside the matrix before the texts are fitted into what is left.
    """
    scale = table["scale"] if "scale" in table else pd.Series("percent", index=table.index)
    shown = table.assign(**{value: table[value] * scale.map(layout.factor), "natural": scale.eq("natural")})
    wide = matrix.pivot(shown, rows, columns, value)
    decided = matrix.pivot(shown, rows, columns, "decided").isin(["better", "worse"]).to_numpy()
    natural = matrix.pivot(shown, rows, columns, "natural").eq(True).to_numpy()
    values = wide.to_numpy(float)
    norm = _centred(values[~natural], limit)
    colours = matrix.coloured(values, GAIN, norm, ~decided | natural)
    ax = matrix.cell_axes(ax, *values.shape, longest=matrix.longest(wide.columns))
    matrix.paint(ax, values, colours, list(wide.index), list(wide.columns), names, row_labels)
    if np.isfinite(values[~natural]).any():
        matrix.colour_bar(ax, GAIN, norm, f"{label}{_unit(scale)}   ← worse   better →", values[~natural])
    own = natural & np.isfinite(values)
    keys = _keys("not decided", "no comparison", ~decided & ~natural, values)
    layout.legend(ax, [*keys, *([matrix.key("own unit, bold: decided")] if own.any() else [])])
    remember(ax, table.drop(columns="pair", errors="ignore"), who)
    if beside is not None:
        beside(ax)
    matrix.cell_text(ax, np.where(natural, _own_unit(values), _signed(values)), colours, decided)
    return ax


def _keys(grey: str, missing: str, is_grey: np.ndarray, values: np.ndarray) -> list[Patch]:
    keys = [matrix.key(grey)] if (is_grey & ~np.isnan(values)).any() else []
    return [*keys, matrix.key(missing, "white", matrix.HATCH)] if np.isnan(values).any() else keys


def _unit(scale: pd.Series) -> str:
    return " (points of 100)" if scale.isin(["unit"]).any() else ""


def _sides(table: pd.DataFrame, rows: str | None, columns: str | None, pair: tuple[str, str]) -> tuple[str, str]:
    longer = sorted(pair, key=lambda name: -table[name].nunique())
    rows = rows or next(name for name in longer if name != columns)
    return rows, columns or next(name for name in longer[::-1] if name != rows)


def _centred(values: np.ndarray, limit: float | None) -> Normalize:
    finite = np.abs(values[np.isfinite(values)])
    most = limit or (float(finite.max()) if len(finite) and finite.max() > 0 else 1.0)
    return Normalize(-most, most)


def _signed(values: np.ndarray) -> np.ndarray:
    digits = 1 if np.nanmax(np.abs(values), initial=0) < 99.95 else 0
    return np.array([["" if np.isnan(v) else _number(v, digits) for v in row] for row in values], dtype=object)


def _own_unit(values: np.ndarray) -> np.ndarray:
    """Return unbounded gains (perplexity) with two digits that tell: 0.004 is no 0.0."""
    return np.array([["" if np.isnan(v) else _short(v) for v in row] for row in values], dtype=object)


def _short(value: float) -> str:
    text = f"{value:+.2f}" if abs(value) < 10 else f"{value:+.0f}" if abs(value) < 1e4 else f"{value:+.0e}"
    return text.replace("-", "−").replace("e+0", "e").replace("e+", "e") if text.strip("+-0.") else "0"


def _number(value: float, digits: int) -> str:
    text = layout.signed(value, digits)
    return text if text.strip("+−0.") else f"{0:.{digits}f}"


def correlation_heatmap(
    table: pd.DataFrame,
    *,
    label: str = "",
    ax: Axes | None = None,
    square: bool | None = None,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Draw correlations with n in each cell; a cell is grey where its interval holds 0 or it is unreliable.

    Parameters
    ----------
    table : DataFrame
        ``x, y, r, low, high, n, note``, one row per pair; optional ``reliable`` (else a note makes a row unreliable)
        and ``method``, which names the scale. Pairs with missing r are hatched.
    label : str
        What the colour means; by default the method, between tasks, over models.
    square : bool
        The names of x and y are one list: draw the lower triangle only. Decided from the names by default.
    """
    layout.need(table, ("x", "y", "r", "low", "high", "n", "note"), "correlation_heatmap")
    square = bool(set(table["x"]) & set(table["y"])) if square is None else square
    table = table.assign(unsure=_unsure(table))
    value, n, unsure = (_triangle(table, name) if square else matrix.pivot(table, "y", "x", name)
                                 for name in ("r", "n", "unsure"))  # fmt: skip
    r = value.to_numpy(float)
    grey = unsure.ne(False).to_numpy()
    norm = Normalize(-1, 1)
    colours = matrix.coloured(r, GAIN, norm, grey)
    ax = matrix.cell_axes(
        ax,
        len(value.index),
        len(value.columns),
        matrix.longest(value.columns),
        lines=1.35 if len(value.columns) <= 16 else 1.0,
    )
    hatched = np.isnan(r) & (np.tril(np.ones_like(r, dtype=bool)) if square else True)
    matrix.paint(ax, r, colours, list(value.index), list(value.columns), names, hatched=hatched)
    method = coefficient_name(layout.one(table, "method", "correlation_heatmap") or "correlation")
    matrix.colour_bar(ax, GAIN, norm, label or f"{method} between tasks, over models")
    layout.legend(ax, _keys("interval holds 0, or unreliable", "not computed", grey, np.where(hatched, np.nan, 0.0)))
    remember(ax, table, "correlation_heatmap")
    matrix.cell_text(ax, _with_n(r, n.to_numpy()), colours, ~grey)
    return ax


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


def _with_n(r: np.ndarray, n: np.ndarray) -> np.ndarray:
    def text(value: float, count: object) -> str:
        return "" if np.isnan(value) else f"{value:.2f}".replace("-", "−") + f"\n{int(count)}"

    return np.array([[text(v, c) for v, c in zip(*pair, strict=True)] for pair in zip(r, n, strict=True)], dtype=object)
