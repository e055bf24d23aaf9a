"""Trees from a linkage that was computed elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mergekit_eval.errors import DataError
from mergekit_eval.show import layout
from mergekit_eval.show.style import INK

Tree = Mapping[str, Any]


def dendrogram(
    linkage: np.ndarray,
    labels: Sequence[str],
    *,
    distance: str = "distance",
    ax: Axes | None = None,
    names: layout.Names = None,
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
    tree, ax = tree_of(linkage, labels), layout.axes_of(ax)
    leaves = [labels[leaf] for leaf in tree["leaves"]]
    _branches(ax, tree)
    layout.row_axis(ax, layout.labels(leaves, given=names))
    ax.set_xlim(0, 1.06 * max(map(max, tree["dcoord"])))
    ax.set_xlabel(layout.wrapped(distance))
    order = pd.DataFrame({"leaf": leaves, "position": range(len(leaves))})
    return layout.finish(ax, order, "dendrogram", layout.rows_height(len(leaves)))


def tree_of(linkage: np.ndarray, labels: Sequence[str]) -> Tree:
    """Return the branches of a linkage and the order of its leaves, as scipy gives them."""
    from scipy.cluster import hierarchy

    wanted = (len(labels) - 1, 4)
    if np.shape(linkage) != wanted:
        raise DataError(f"dendrogram: {len(labels)} labels need a linkage of shape {wanted}, got {np.shape(linkage)}")
    tree: Tree = hierarchy.dendrogram(np.asarray(linkage, dtype=float), no_plot=True)
    return tree


def _branches(ax: Axes, tree: Tree) -> None:
    """Draw the branches; scipy puts leaf k at 5 + 10 k."""
    for across, along in zip(tree["dcoord"], tree["icoord"], strict=True):
        ax.plot(across, (np.asarray(along) - 5) / 10, color=INK, linewidth=0.8)


def beside(ax: Axes, tree: Tree) -> None:
    """Plot a tree at the right of a matrix whose rows are its leaves."""
    side = ax.inset_axes((1.01, 0, 0.16, 1))
    _branches(side, tree)
    side.set(ylim=ax.get_ylim(), xlim=(0, None), xticks=[], yticks=[])
    side.spines[:].set_visible(False)
