import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgba

from mergekit_eval.errors import DataError
from mergekit_eval.show import matrix
from mergekit_eval.show.encodings import GAIN
from mergekit_eval.show.figure_data import data_of
from mergekit_eval.show.style import INK, MUTED
from tests.show.text_overlap import lines, texts

BAR = matrix.Bar(GAIN, (-1, 1), "gain", np.zeros(1))


def cells_of(rows: list, columns: list, text: str = "") -> matrix.Cells:
    shape = (len(rows), len(columns))
    return matrix.Cells(rows, columns, np.tile(to_rgba("red"), (*shape, 1)), np.full(shape, text, dtype=object))


def test_texts_that_do_not_fit_are_said() -> None:
    table = pd.DataFrame({"a": [1]})
    small = matrix.plot_matrix("m", table, cells_of(["a"], ["x"], "1"), ax=None, names=None)
    assert "1" in texts(small)
    assert not any("no room" in text for text in lines(small))
    wide = matrix.plot_matrix("m", table, cells_of(["a"], ["x"], "1" * 200), ax=None, names=None, text="word")
    assert any("cells without words: no room" in text for text in lines(wide))
    assert data_of(wide)["m"].equals(table)


def test_more_texts_than_a_figure_carries_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "MOST_TEXTS", 3)
    for rows, there in ((["a"], True), (["a", "b"], False)):
        ax = matrix.plot_matrix("m", pd.DataFrame(), cells_of(rows, ["x", "y"], "1"), ax=None, names=None)
        assert ("1" in texts(ax)) is there


def test_a_word_stands_behind_the_label_of_the_colour_bar() -> None:
    ax = matrix.plot_matrix("m", pd.DataFrame(), cells_of(["a"], ["x"]), ax=None, names=None, bar=BAR, word="1 of 2")
    assert ax.child_axes[0].get_xlabel().replace("\u00a0", " ") == "gain; 1 of 2"
    assert ax.get_xlabel() == ""


def test_an_end_of_the_colour_bar_that_values_exceed_is_an_arrow() -> None:
    for values, arrows in (([0.5, np.nan], 0), ([1.5], 1), ([-2.0, 2.0], 2)):
        bar = BAR._replace(values=np.array(values))
        ax = matrix.plot_matrix("m", pd.DataFrame(), cells_of(["a"], ["x"]), ax=None, names=None, bar=bar)
        assert len(ax.child_axes[0].patches) == arrows


def test_pairs_name_their_merge_once() -> None:
    ax = matrix.plot_matrix("m", pd.DataFrame(), cells_of([("m", "a"), ("m", "b"), ("n", "a")], ["x"]), ax=None,
                            names=None)  # fmt: skip
    assert [label.get_text() for label in ax.get_yticklabels()] == ["m vs a", "vs b", "n vs a"]
    assert [line.get_ydata()[0] for line in ax.lines] == [1.5]


def test_a_pair_given_twice_is_refused() -> None:
    with pytest.raises(DataError, match="share a place"):
        matrix.pivot(pd.DataFrame({"r": ["a", "a"], "c": ["x", "x"], "v": [1, 2]}), "r", "c", "v")


def test_missing_is_clear_over_a_hatched_ground_and_undecided_grey() -> None:
    colours = matrix.coloured(np.array([[1.0, np.nan, 0.5]]), BAR, np.array([[False, False, True]]))
    assert [to_hex(colour) for colour in colours[0, [0, 2]]] == [to_hex(GAIN(1.0)), MUTED]
    assert tuple(colours[0, 1]) == matrix.CLEAR
    cells = cells_of(["a"], ["x", "y", "z"])._replace(colours=colours)
    ax = matrix.plot_matrix("m", pd.DataFrame(), cells, ax=None, names=None, missing="nothing known")
    assert ax.patch.get_hatch() == matrix.HATCH
    assert "nothing known" in texts(ax)
    whole = matrix.plot_matrix(
        "m", pd.DataFrame(), cells_of(["a"], ["x"]), ax=None, names=None, missing="nothing known"
    )
    assert "nothing known" not in texts(whole)


def test_words_have_their_colours_and_none_is_clear() -> None:
    words = pd.DataFrame([["a", None], ["b", "odd"]])
    colours = matrix.coloured_words(words, {"a": "red", "b": "blue"}, "grey")
    assert [to_hex(colours[at], keep_alpha=True) for at in ((0, 0), (1, 0), (1, 1))] == [
        "#ff0000ff",
        "#0000ffff",
        "#808080ff",
    ]
    assert tuple(colours[0, 1]) == matrix.CLEAR


def test_many_columns_are_named_in_part_and_a_word_says_so() -> None:
    few = matrix.plot_matrix("m", pd.DataFrame(), cells_of(["a"], ["x", "y"]), ax=None, names=None)
    assert [label.get_rotation() for label in few.get_xticklabels()] == [0, 0]
    long = matrix.plot_matrix("m", pd.DataFrame(), cells_of(["a"], ["x" * 20, *"abcdefgh"]), ax=None, names=None)
    assert {label.get_rotation() for label in long.get_xticklabels()} == {90}
    many = matrix.plot_matrix(
        "m", pd.DataFrame(), cells_of(["a"], [f"t{at}" for at in range(120)]), ax=None, names=None
    )
    named = len(many.get_xticks())
    assert named < 120
    assert f"one column in {-(-120 // named)} is named: no room" in lines(many)


def test_texts_are_read_on_their_cells() -> None:
    assert (matrix.readable("#000000"), matrix.readable("#ffffff"), matrix.readable((0, 0, 0.5, 1))) == (
        "white",
        INK,
        "white",
    )


def test_a_matrix_on_given_axes_leaves_their_figure_as_it_is() -> None:
    figure, (ax, other) = plt.subplots(1, 2, figsize=(9, 5))
    assert matrix.plot_matrix("m", pd.DataFrame(), cells_of(["a"], ["x"], "1"), ax=ax, names=None, bar=BAR) is ax
    assert tuple(figure.get_size_inches()) == (9, 5)
    assert not other.has_data()
