"""Gains, outcomes, scores, correlations and presence as matrices; gains are coloured only where the data decide."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from mergekit_eval.errors import DataError, explain
from mergekit_eval.show import layout, matrix, trees
from mergekit_eval.show.cap import telling_cells
from mergekit_eval.show.encodings import GAIN, LEVEL, OUTCOMES, REFUSED_NAME, codes, fill, present
from mergekit_eval.show.layout import Names
from mergekit_eval.show.row_names import PAIR, several_references
from mergekit_eval.wording import coefficient_name

DECIDED = ("better", "worse")
STATES = {"items": "with its items", "aggregate": "only as a score"}


def delta_heatmap(
    table: pd.DataFrame, *, ax: Axes | None = None, limit: float | None = None, names: Names = None
) -> Axes:
    """Plot gains: blue where the merge is decidedly better, orange where worse, grey where nothing is decided.

    Parameters
    ----------
    table : DataFrame
        ``merge, task, gain, decided`` (better, worse, undecided; anything else is hatched as not comparable) and
        optional ``scale`` (unit gains are printed in points of 100; natural ones keep their number but stay off the
        colour scale). Where merges have several ``reference``, each pair gets a row, else the longer of merge and task
        goes down. A missing gain is hatched, never 0.
    limit : float
        Gain at the end of the colour scale, as printed; by default the largest one on the scale, decided or not.
    """
    layout.need(table, ("merge", "task", "gain", "decided"), "delta_heatmap")
    label = "gain of the merge"
    if not several_references(table):
        rows, columns = sorted(("merge", "task"), key=lambda name: -table[name].nunique())
    elif table["task"].nunique() > 2 * len(table[PAIR].drop_duplicates()):
        # Two rows of a hundred columns cannot be read.
        table = table.assign(pair=table["merge"].astype(str) + " vs " + table["reference"].astype(str))
        rows, columns, label = "task", "pair", "gain of the merge over its reference"
    else:
        rows, columns, label = "pair", "task", "gain of the merge over each reference"
        table = _with_pairs(table)
    return _gains("delta_heatmap", table, rows, columns, "gain", label, ax, names, limit=limit)


def conflict_matrix(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot how a parent's skill (row) fares in merges that hold another parent (column), against merges without it.

    Parameters
    ----------
    table : DataFrame
        ``skill, other, effect, decided`` (better, worse, undecided), optional ``scale``; the diagonal is empty.
    """
    layout.need(table, ("skill", "other", "effect", "decided"), "conflict_matrix")
    every = list(dict.fromkeys([*table["skill"], *table["other"]]))
    own = pd.DataFrame({"skill": every, "other": every, "decided": ""})
    whole = pd.concat([table, own], ignore_index=True).drop_duplicates(["skill", "other"])
    whole = whole.sort_values(["skill", "other"], key=lambda column: column.map(every.index), kind="stable")
    return _gains("conflict_matrix", whole, "skill", "other", "effect", "effect on the row's skill", ax, names,
                  square="parent", sides=("skill of", "merged together with"))  # fmt: skip


def clustered_heatmap(
    table: pd.DataFrame,
    linkage: np.ndarray,
    leaves: Sequence[str],
    *,
    ax: Axes | None = None,
    names: Names = None,
) -> Axes:
    """Plot a matrix of gains, its tasks in the order of a tree, the tree at its right.

    Parameters
    ----------
    table : DataFrame
        ``task, merge, gain, decided``; optional ``scale``.
    linkage, leaves
        As for `dendrogram`; the leaves are the tasks. The tree is left out where tasks are.
    """
    layout.need(table, ("task", "merge", "gain", "decided"), "clustered_heatmap")
    if set(leaves) != set(table["task"]):
        raise DataError("clustered_heatmap: the leaves are not the values of 'task'")
    tree = trees.tree_of(linkage, leaves)
    order = [leaves[leaf] for leaf in tree["leaves"]]
    ordered = table.sort_values("task", key=lambda column: column.map(order.index), kind="stable")
    return _gains("clustered_heatmap", ordered, "task", "merge", "gain", "gain of the merge", ax, names,
                  beside=lambda here: trees.beside(here, tree))  # fmt: skip


def _gains(
    name: str, table: pd.DataFrame, rows: str, columns: str, value: str, label: str, ax: Axes | None, names: Names, *,
    limit: float | None = None, square: str = "", sides: tuple[str, str] = ("", ""),
    beside: Callable[[Axes], None] | None = None,
) -> Axes:  # fmt: skip
    """Draw signed values, coloured only where decided; see `delta_heatmap`."""
    decided = table["decided"].isin(DECIDED)
    part, word = telling_cells(table.assign(decided=decided), rows, columns, decided, table[value], square)
    scale = part["scale"] if "scale" in part else pd.Series("percent", index=part.index)
    shown = part.assign(**{value: part[value] * scale.map(layout.factor), "natural": scale.eq("natural")})
    wide = matrix.pivot(shown, rows, columns, value)
    sure, natural = (matrix.pivot(shown, rows, columns, flag).eq(True).to_numpy() for flag in ("decided", "natural"))
    values = wide.to_numpy(float)
    known, gains = np.isfinite(values), values[~natural]
    most = limit or np.nanmax(np.abs(gains), initial=0) or 1.0
    points = layout.points_of("unit" if scale.isin(["unit"]).any() else "")
    bar = matrix.Bar(GAIN, (-most, most), f"{label}{points}   ← worse   better →", gains)
    digits = 1 if np.nanmax(np.abs(values), initial=0) < 99.95 else 0
    texts = np.where(natural, matrix.grid(wide, _own_unit), matrix.grid(wide, lambda gain: _signed(gain, digits)))
    cells = matrix.Cells(list(wide.index), list(wide.columns), matrix.coloured(values, bar, ~sure | natural),
                         texts, sure)  # fmt: skip
    keys = {"not decided": known & ~sure & ~natural, "own unit, bold: decided": known & natural}
    whole = part[rows].nunique() == table[rows].nunique()
    return matrix.plot_matrix(
        name, table.drop(columns="pair", errors="ignore"), cells, ax=ax, names=names, word=word, sides=sides,
        keys=[matrix.key(text) for text, where in keys.items() if where.any()], missing="no comparison",
        bar=bar if np.isfinite(gains).any() else None, beside=beside if whole else None,
    )  # fmt: skip


def _signed(value: float, digits: int) -> str:
    text = f"{value:+.{digits}f}".replace("-", "−")
    return text if text.strip("+−0.") else text[1:]


def _own_unit(value: float) -> str:
    """Return an unbounded gain (perplexity) with two digits that tell: 0.004 is no 0.0."""
    text = f"{value:+.2f}" if abs(value) < 10 else f"{value:+.0f}" if abs(value) < 1e4 else f"{value:+.0e}"
    return text.replace("-", "−").replace("e+0", "e").replace("e+", "e") if text.strip("+-0.") else "0"


def significance_matrix(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot merges x references down, tasks across: ▲ better, ▼ worse, · undecided, × not comparable, hatched: no data.

    Parameters
    ----------
    table : DataFrame
        ``merge, reference, task, decided``, one row per cell, after correction for the family. A ``decided`` that is
        empty or unknown means that the comparison was refused.
    """
    place = ("merge", "reference", "task")
    layout.need(table, (*place, "decided"), "significance_matrix", place)
    sure = table["decided"].isin(DECIDED)
    part, word = telling_cells(_with_pairs(table), "pair", "task", sure, sure)
    wide = matrix.pivot(part, "pair", "task", "decided")
    colours = {name: fill(code) for name, code in OUTCOMES.items()}
    used = present(OUTCOMES, part["decided"].dropna(), REFUSED_NAME)
    keys = [matrix.key(f"{code.symbol} {name}", colours.get(name, colours[""])) for name, code in used.items()]
    cells = matrix.Cells(
        list(wide.index), list(wide.columns), matrix.coloured_words(wide, colours, colours[""]),
        matrix.grid(wide, lambda decided: OUTCOMES.get(decided, OUTCOMES[""]).symbol),
    )  # fmt: skip
    return matrix.plot_matrix("significance_matrix", table, cells, ax=ax, names=names, keys=keys, missing="no data",
                              text="symbol", word=word)  # fmt: skip


def _with_pairs(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with ``pair``: merge and reference of each row as one value."""
    pairs = list(zip(table["merge"], table["reference"], strict=True))
    return table.assign(pair=pd.Series(pairs, index=table.index, dtype=object))


def score_heatmap(
    table: pd.DataFrame, *, rows: str = "task", label: str = "score", ax: Axes | None = None, names: Names = None
) -> Axes:
    """Plot scores of many tasks and models, or shares of answers that show a sign; a missing one is hatched.

    Parameters
    ----------
    table : DataFrame
        ``model, value, higher_is_better, scale`` (one direction and one scale) and what goes down.
    rows : str
        Column that goes down.
    label : str
        What the values are.
    """
    layout.need(table, (rows, "model", "value", "higher_is_better", "scale"), "score_heatmap")
    higher, scale = (layout.one(table, name, "score_heatmap") for name in ("higher_is_better", "scale"))
    part, word = telling_cells(table, rows, "model", table["value"].notna(), table["value"])
    wide = matrix.pivot(part, rows, "model", "value").astype(float) * layout.factor(scale)
    values = wide.to_numpy()
    low, high = (np.nanmin(values), np.nanmax(values)) if np.isfinite(values).any() else (0.0, 1.0)
    label, times = layout.direction(label + layout.unit(scale), higher), 100 if layout.unit(scale) else 1
    bar = matrix.Bar(LEVEL, (low, high if high > low else low + 1), label, values)
    cells = matrix.Cells(
        list(wide.index), list(wide.columns), matrix.coloured(values, bar),
        matrix.grid(wide, lambda value: layout.number(value, times)),
    )  # fmt: skip
    missing = "no score" if rows == "task" else f"{rows} cannot be seen"
    return matrix.plot_matrix("score_heatmap", table, cells, ax=ax, names=names, missing=missing, bar=bar, word=word)


def completeness(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot which model has which task: with its items, as a score alone, or not at all; never the score itself.

    Parameters
    ----------
    table : DataFrame
        ``model, task, state`` (items, aggregate, missing; a pair without a row is missing); optional ``n``, printed.
    """
    layout.need(table, ("model", "task", "state"), "completeness")
    if unknown := sorted(set(table["state"]) - set(codes("state"))):
        raise DataError(explain("completeness", "state", unknown[0], ", ".join(codes("state"))))
    tall = table["model"].nunique() >= table["task"].nunique()
    rows, columns = ("model", "task") if tall else ("task", "model")
    gaps = table["state"].ne("items")
    part, word = telling_cells(table if "n" in table else table.assign(n=None), rows, columns, gaps, gaps)
    part = part.assign(state=part["state"].where(part["state"].isin(list(STATES))))
    wide = matrix.pivot(part, rows, columns, "state")
    counts = matrix.pivot(part, rows, columns, "n").where(wide.notna())
    colours = {name: codes("state")[name].colour for name in STATES}
    cells = matrix.Cells(list(wide.index), list(wide.columns), matrix.coloured_words(wide, colours),
                         matrix.grid(counts, lambda n: f"{int(n):,}"))  # fmt: skip
    keys = [matrix.key(text, colours[name]) for name, text in STATES.items() if part["state"].eq(name).any()]
    return matrix.plot_matrix("completeness", table, cells, ax=ax, names=names, keys=keys, missing="missing",
                              word=word)  # fmt: skip


def correlation_heatmap(table: pd.DataFrame, *, label: str = "", ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot correlations with n in each cell; a cell is grey where its interval holds 0 or it is unreliable.

    Parameters
    ----------
    table : DataFrame
        ``x, y, r, low, high, n, note``, one row per pair; optional ``reliable`` (else a note makes a row unreliable)
        and ``method``, which names the scale. Pairs with missing r are hatched. Where x and y share names, they are
        one list, and only the lower triangle is shown.
    label : str
        What the colour means; by default the method, between tasks, over models.
    """
    layout.need(table, ("x", "y", "r", "low", "high", "n", "note"), "correlation_heatmap")
    square = bool(set(table["x"]) & set(table["y"]))
    reliable = table["reliable"].astype(bool) if "reliable" in table else table["note"].fillna("").eq("")
    unsure = ~(table["low"].gt(0) | table["high"].lt(0)) | ~reliable
    part, word = telling_cells(table.assign(unsure=unsure), "y", "x", ~unsure, table["r"], "task" if square else "")
    value, n, doubted = (_triangle(part, name) if square else matrix.pivot(part, "y", "x", name)
                         for name in ("r", "n", "unsure"))  # fmt: skip
    values, grey = value.to_numpy(float), doubted.ne(False).to_numpy()
    method = coefficient_name(layout.one(table, "method", "correlation_heatmap") or "correlation")
    bar = matrix.Bar(GAIN, (-1.0, 1.0), label or f"{method} between tasks, over models", values)
    colours = matrix.coloured(values, bar, grey)
    if square:
        colours[np.triu(np.isnan(values), 1)] = to_rgba("white")
    texts = matrix.grid(value, lambda one: f"{one:.2f}".replace("-", "−"))
    texts = texts + matrix.grid(n.where(value.notna()), lambda count: f"\n{int(count)}")
    cells = matrix.Cells(list(value.index), list(value.columns), colours, texts, ~grey)
    keys = [matrix.key("interval holds 0, or unreliable")] if (grey & ~np.isnan(values)).any() else []
    return matrix.plot_matrix("correlation_heatmap", table, cells, ax=ax, names=names, keys=keys, bar=bar, word=word,
                              missing="not computed", height=1.35 if len(value.columns) <= 16 else 1.0)  # fmt: skip


def _triangle(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the lower triangle (first name across) of a table that holds each pair once, in either order."""
    names = list(dict.fromkeys([*table["x"], *table["y"]]))
    swap = table["x"].map(names.index) > table["y"].map(names.index)
    ordered = table.assign(x=table["x"].where(~swap, table["y"]), y=table["y"].where(~swap, table["x"]))
    ordered = ordered[ordered["x"] != ordered["y"]].drop_duplicates(["x", "y"])
    return matrix.pivot(ordered, "y", "x", column).reindex(index=names[1:], columns=names[:-1])
