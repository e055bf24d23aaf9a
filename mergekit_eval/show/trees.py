"""Trees from a linkage that was computed elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mergekit_eval.errors import DataError
from mergekit_eval.show import layout
from mergekit_eval.show.figure_data import remember
from mergekit_eval.show.style import FAINT, INK


def dendrogram(
    linkage: np.ndarray,
    labels: Sequence[str],
    *,
    distance: str = "distance",
    ax: Axes | None = None,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Plot a tree, leaves at the left, joined where they are that far apart.

    Parameters
    ----------
    linkage : ndarray of shape (n - 1, 4)
        As `scipy.cluster.hierarchy.linkage` gives it.
    labels : sequence of str
        The n leaves, in the order the linkage was computed from.
    distance : str
        Name of the distance and the linkage rule, for the axis.
    """
    tree = tree_of(linkage, labels)
    ax = layout.axes_for_rows(ax, len(labels))
    _branches(ax, tree)
    layout.row_axis(ax, [labels[leaf] for leaf in tree["leaves"]], names)
    layout.value_grid(ax)
    ax.set_xlim(0, 1.06 * max(map(max, tree["dcoord"])))
    layout.x_label(ax, distance)
    order = pd.DataFrame({"leaf": [labels[leaf] for leaf in tree["leaves"]]})
    remember(ax, order.assign(position=range(len(order))), "dendrogram")
    return ax


def tree_of(linkage: np.ndarray, labels: Sequence[str]) -> dict:
    """Return the branches of a linkage and the order of its leaves, as scipy gives them."""
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


def beside(ax: Axes, tree: dict) -> None:
    """Plot a tree at the right of a matrix whose rows are its leaves."""
    side = ax.inset_axes((1.01, 0, 0.16, 1))
    _branches(side, tree)
    side.set_ylim(ax.get_ylim())
    side.set_xlim(left=0)
    side.set_yticks([])
    side.spines[:].set_visible(False)
    side.tick_params(axis="x", labelsize="small", color=FAINT)
    side.set_xticks([])
