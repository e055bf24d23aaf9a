import gc

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.show import figure_data


def test_a_figure_remembers_a_copy_of_each_table_it_shows() -> None:
    figure, axes = plt.subplots(1, 2)
    table = pd.DataFrame({"x": [1]})
    figure_data.remember(axes[0], table, "forest")
    figure_data.remember(axes[1], table + 1, "forest")
    table["x"] = 9
    assert {name: frame["x"].tolist() for name, frame in figure_data.data_of(figure).items()} == {
        "forest": [1],
        "forest-2": [2],
    }
    assert figure_data.data_of(plt.figure()) == {}


def test_axes_within_axes_are_of_their_figure() -> None:
    figure, ax = plt.subplots()
    assert figure_data.figure_of(ax.inset_axes((0, 0, 1, 1))) is figure_data.figure_of(figure) is figure
    with pytest.raises(DataError, match="a figure or axes are needed, not str"):
        figure_data.figure_of("forest.png")


def test_nothing_is_remembered_of_a_figure_that_is_gone() -> None:
    before = len(figure_data._DATA)
    figure = plt.figure()
    figure_data.remember(figure, pd.DataFrame(), "x")
    assert len(figure_data._DATA) == before + 1
    plt.close(figure)
    del figure
    gc.collect()
    assert len(figure_data._DATA) <= before
