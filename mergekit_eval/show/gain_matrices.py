"""Gains as matrices, coloured only where the data decide: by task, between parents, in the order of a tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize

from mergekit_eval.errors import DataError
from mergekit_eval.show import layout, matrix, pairs, trees
from mergekit_eval.show.cap import telling_cells, telling_names
from mergekit_eval.show.encodings import GAIN

Names = Mapping[str, str] | None


def delta_heatmap(
    table: pd.DataFrame,
    *,
    rows: str | None = None,
    columns: str | None = None,
    ax: Axes | None = None,
    limit: float | None = None,
    names: Names = None,
) -> Axes:
    """Plot gains: blue where the merge is decidedly better, orange where worse, grey where nothing is decided.

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
    label = "gain of the merge"
    if not pairs.several(table):
        rows, columns = _sides(table, rows, columns)
    elif table["task"].nunique() > 2 * len(table[["merge", "reference"]].drop_duplicates()):
        # Two rows of a hundred columns cannot be read.
        table = table.assign(pair=table["merge"].astype(str) + " vs " + table["reference"].astype(str))
        rows, columns, label = "task", "pair", "gain of the merge over its reference"
    else:
        table = table.assign(pair=pairs.keys(table))
        rows, columns, label = "pair", "task", "gain of the merge over each reference"
    return _gains("delta_heatmap", table, rows, columns, "gain", label, ax, names, limit=limit)


def _sides(table: pd.DataFrame, rows: str | None, columns: str | None) -> tuple[str, str]:
    longer = sorted(("merge", "task"), key=lambda name: -table[name].nunique())
    rows = rows or next(name for name in longer if name != columns)
    return rows, columns or next(name for name in longer[::-1] if name != rows)


def conflict_matrix(
    table: pd.DataFrame, *, ax: Axes | None = None, limit: float | None = None, names: Names = None
) -> Axes:
    """Plot how a parent's skill (row) fares in merges that hold another parent (column), against merges without it.

    Parameters
    ----------
    table : DataFrame
        ``skill, other, effect, decided`` (better, worse, undecided), optional ``scale``; the diagonal is empty.
    """
    layout.need(table, ("skill", "other", "effect", "decided"), "conflict_matrix")
    decided = table["decided"].isin(["better", "worse"])
    shown, word = telling_names(table, "skill", "other", decided, table["effect"], "parent")
    label = "effect on the row's skill"
    ax = _gains("conflict_matrix", _square(shown), "skill", "other", "effect", label, ax, names, limit=limit, word=word)
    note = ax.get_xlabel().replace("\n", " ")
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


def clustered_heatmap(
    table: pd.DataFrame,
    linkage: np.ndarray,
    leaves: Sequence[str],
    *,
    rows: str = "task",
    columns: str = "merge",
    value: str = "gain",
    label: str = "gain of the merge",
    ax: Axes | None = None,
    names: Names = None,
) -> Axes:
    """Plot a gain matrix with its rows in the order of a tree, the tree at its right.

    Parameters
    ----------
    table : DataFrame
        ``rows, columns, value, decided``; optional ``scale``.
    linkage, leaves
        As for `dendrogram`; the leaves are the values of ``rows``. The tree is left out where rows are.
    """
    layout.need(table, (rows, columns, value, "decided"), "clustered_heatmap")
    if set(leaves) != set(table[rows]):
        raise DataError(f"clustered_heatmap: the leaves are not the values of {rows!r}")
    tree = trees.tree_of(linkage, leaves)
    place = {leaves[leaf]: position for position, leaf in enumerate(tree["leaves"])}
    ordered = table.sort_values(rows, key=lambda column: column.map(place), kind="stable")
    return _gains("clustered_heatmap", ordered, rows, columns, value, label, ax, names,
                  beside=lambda here: trees.beside(here, tree))  # fmt: skip


def _gains(
    name: str, table: pd.DataFrame, rows: str, columns: str, value: str, label: str, ax: Axes | None, names: Names, *,
    limit: float | None = None, word: str = "", beside: Callable[[Axes], None] | None = None,
) -> Axes:  # fmt: skip
    """Draw signed values, coloured only where decided; see `delta_heatmap`."""
    part, cut = telling_cells(table, rows, columns, table["decided"].isin(["better", "worse"]), table[value])
    whole = part[rows].nunique() == table[rows].nunique()
    scale = part["scale"] if "scale" in part else pd.Series("percent", index=part.index)
    shown = part.assign(**{value: part[value] * scale.map(layout.factor), "natural": scale.eq("natural")})
    wide = matrix.pivot(shown, rows, columns, value)
    decided = matrix.pivot(shown, rows, columns, "decided").isin(["better", "worse"]).to_numpy()
    natural = matrix.pivot(shown, rows, columns, "natural").eq(True).to_numpy()
    values = wide.to_numpy(float)
    norm, points = _centred(values[~natural], limit), " (points of 100)" if scale.isin(["unit"]).any() else ""
    cells = matrix.Cells(
        list(wide.index), list(wide.columns), values, matrix.coloured(values, GAIN, norm, ~decided | natural),
        np.where(natural, matrix.grid(wide, _own_unit), _signed(wide)), decided,
    )  # fmt: skip
    bar = matrix.Bar(GAIN, norm, f"{label}{points}   ← worse   better →", values[~natural])
    keys = {
        "not decided": ~decided & ~natural & ~np.isnan(values),
        "own unit, bold: decided": natural & np.isfinite(values),
    }
    first, last = ([matrix.key(text)] if where.any() else [] for text, where in keys.items())
    gaps = [matrix.missing_key("no comparison")] if np.isnan(values).any() else []
    return matrix.plot_matrix(
        name, table.drop(columns="pair", errors="ignore"), cells, ax=ax, names=names, keys=[*first, *gaps, *last],
        bar=bar if np.isfinite(values[~natural]).any() else None, beside=beside if whole else None,
        word="; ".join(filter(None, [word, cut])),
    )  # fmt: skip


def _centred(values: np.ndarray, limit: float | None) -> Normalize:
    finite = np.abs(values[np.isfinite(values)])
    most = limit or (float(finite.max()) if len(finite) and finite.max() > 0 else 1.0)
    return Normalize(-most, most)


def _signed(values: pd.DataFrame) -> np.ndarray:
    digits = 1 if values.abs().max(axis=None) < 99.95 or values.isna().all(axis=None) else 0
    return matrix.grid(values, lambda value: _number(value, digits))


def _number(value: float, digits: int) -> str:
    text = layout.signed(value, digits)
    return text if text.strip("+−0.") else f"{0:.{digits}f}"


def _own_unit(value: float) -> str:
    """Return an unbounded gain (perplexity) with two digits that tell: 0.004 is no 0.0."""
    text = f"{value:+.2f}" if abs(value) < 10 else f"{value:+.0f}" if abs(value) < 1e4 else f"{value:+.0e}"
    return text.replace("-", "−").replace("e+0", "e").replace("e+", "e") if text.strip("+-0.") else "0"
