"""Clusters: trees and reordered matrices from a linkage that was computed elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mergekit_eval.errors import DataError
from mergekit_eval.show import layout
from mergekit_eval.show.figure_data import remember
from mergekit_eval.show.plots.heatmaps import gain_matrix
from mergekit_eval.show.style import FAINT, INK


def dendrogram(
    linkage: np.ndarray,
    labels: Sequence[str],
    *,
    distance: str = "distance",
    ax: Axes | None = None,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Draw a tree, leaves at the left, joined where they are that far apart.

    Parameters
    ----------
    linkage : ndarray of shape (n - 1, 4)
        As `scipy.cluster.hierarchy.linkage` gives it.
    labels : sequence of str
        The n leaves, in the order the linkage was computed from.
    distance : str
        Name of the distance and the linkage rule, for the axis.
    """
    tree = _tree(linkage, labels)
    ax = layout.axes_for_rows(ax, len(labels))
    _branches(ax, tree)
    layout.row_axis(ax, [labels[leaf] for leaf in tree["leaves"]], names)
    layout.value_grid(ax)
    ax.set_xlim(0, 1.06 * max(map(max, tree["dcoord"])))
    layout.x_label(ax, distance)
    order = pd.DataFrame({"leaf": [labels[leaf] for leaf in tree["leaves"]]})
    remember(ax, order.assign(position=range(len(order))), "dendrogram")
    return ax


def _tree(linkage: np.ndarray, labels: Sequence[str]) -> dict:
    from scipy.cluster import hierarchy

    if np.shape(linkage) != (len(labels) - 1, 4):
        raise DataError(
            f"dendrogram: {len(labels)} labels need a linkage of shape ({len(labels) - 1}, 4), got {np.shape(linkage)}"
        )
    return hierarchy.dendrogram(np.asarray(linkage, dtype=float), no_plot=True)


def _branches(ax: Axes, tree: dict) -> None:
    """Draw the branches; scipy puts leaf k at 5 + 10 k."""
    for across, along in zip(tree["dcoord"], tree["icoord"], strict=True):
        ax.plot(across, (np.asarray(along) - 5) / 10, color=INK, linewidth=0.8)


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
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Draw a gain matrix with its rows in the order of a tree, the tree at its right.

    Parameters
    ----------
    table : DataFrame
        ``rows, columns, value, decided``; optional ``scale``.
    linkage, leaves
        As for `dendrogram`; the leaves are the values of ``rows``.
    """
    layout.need(table, (rows, columns, value, "decided"), "clustered_heatmap")
    if set(leaves) != set(table[rows]):
        raise DataError(f"clustered_heatmap: the leaves are not the values of {rows!r}")
    tree = _tree(linkage, leaves)
    place = {leaves[leaf]: position for position, leaf in enumerate(tree["leaves"])}
    ordered = table.sort_values(rows, key=lambda column: column.map(place), kind="stable")
    return gain_matrix(ordered, rows, columns, value, label, "clustered_heatmap", ax, None, names,
                       beside=lambda here: _beside(here, tree))  # fmt: skip


def _beside(ax: Axes, tree: dict) -> None:
    side = ax.inset_axes((1.01, 0, 0.16, 1))
    _branches(side, tree)
    side.set_ylim(ax.get_ylim())
    side.set_xlim(left=0)
    side.set_yticks([])
    side.spines[:].set_visible(False)
    side.tick_params(axis="x", labelsize="small", color=FAINT)
    side.set_xticks([])
