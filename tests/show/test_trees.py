import numpy as np
import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.show import plots, trees
from mergekit_eval.show.figure_data import data_of

# b and c join at 1, a joins them at 3
LINKAGE = np.array([[1, 2, 1.0, 2], [0, 3, 3.0, 3]])


def test_leaves_are_joined_where_they_are_that_far_apart() -> None:
    ax = plots.dendrogram(LINKAGE, ["a", "b", "c"], distance="1 - r")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
    branches = [list(zip(*line.get_data(), strict=True)) for line in ax.lines]
    assert branches == [[(0, 1), (1, 1), (1, 2), (0, 2)], [(0, 0), (3, 0), (3, 1.5), (1, 1.5)]]
    assert ax.get_xlabel() == "1 - r"
    assert data_of(ax)["dendrogram"].to_dict("list") == {"leaf": ["a", "b", "c"], "position": [0, 1, 2]}


def test_a_linkage_of_other_leaves_is_refused() -> None:
    with pytest.raises(DataError, match=r"4 labels need a linkage of shape \(3, 4\), got \(2, 4\)"):
        trees.tree_of(LINKAGE, list("abcd"))


def test_a_tree_beside_a_matrix_has_the_rows_of_the_matrix() -> None:
    ax = plots.dendrogram(LINKAGE, ["a", "b", "c"])
    trees.beside(ax, trees.tree_of(LINKAGE, ["a", "b", "c"]))
    side = ax.child_axes[0]
    assert side.get_ylim() == ax.get_ylim()
    assert len(side.lines) == 2
    assert side.get_xlim()[0] == 0
