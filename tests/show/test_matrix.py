import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import Normalize, to_hex, to_rgba

from mergekit_eval.errors import DataError
from mergekit_eval.show import matrix, plots
from mergekit_eval.show.encodings import GAIN, REFUSED
from mergekit_eval.show.figure_data import data_of, figure_of
from mergekit_eval.show.style import MUTED
from tests.show import text_overlap
from tools import synthetic as s


def texts(thing: object) -> list[str]:
    return [box.text for box in text_overlap.boxes(figure_of(thing))]


def cells_of(rows: list, columns: list, text: str = "") -> matrix.Cells:
    shape = (len(rows), len(columns))
    return matrix.Cells(rows, columns, np.ones(shape), np.tile(to_rgba("red"), (*shape, 1)),
                        np.full(shape, text, dtype=object))  # fmt: skip


def test_texts_that_do_not_fit_are_said() -> None:
    table = pd.DataFrame({"a": [1]})
    small = matrix.plot_matrix("m", table, cells_of(["a"], ["x"], "1"), ax=None, names=None)
    assert "1" in texts(small)
    assert not any("no room" in text for text in texts(small))
    wide = matrix.plot_matrix("m", table, cells_of(["a"], ["x"], "1" * 200), ax=None, names=None, text="word")
    assert any("cells without words: no room" in text.replace("\n", " ") for text in texts(wide))
    assert data_of(wide)["m"].equals(table)


def test_more_texts_than_a_figure_carries_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "MOST_TEXTS", 3)
    for rows, there in ((["a"], True), (["a", "b"], False)):
        ax = matrix.plot_matrix("m", pd.DataFrame(), cells_of(rows, ["x", "y"], "1"), ax=None, names=None)
        assert ("1" in texts(ax)) is there


def test_a_word_stands_behind_the_label_of_the_colour_bar() -> None:
    bar = matrix.Bar(GAIN, Normalize(-1, 1), "gain")
    ax = matrix.plot_matrix("m", pd.DataFrame(), cells_of(["a"], ["x"]), ax=None, names=None, bar=bar, word="1 of 2")
    assert ax.child_axes[0].get_xlabel().replace("\u00a0", " ") == "gain; 1 of 2"
    assert ax.get_xlabel() == ""


def test_pairs_name_their_merge_once() -> None:
    ax = matrix.plot_matrix("m", pd.DataFrame(), cells_of([("m", "a"), ("m", "b"), ("n", "a")], ["x"]), ax=None,
                            names=None)  # fmt: skip
    assert [label.get_text() for label in ax.get_yticklabels()] == ["m vs a", "vs b", "n vs a"]
    assert [line.get_ydata()[0] for line in ax.lines] == [1.5]


def test_a_pair_given_twice_is_refused() -> None:
    with pytest.raises(DataError, match="share a place"):
        matrix.pivot(pd.DataFrame({"r": ["a", "a"], "c": ["x", "x"], "v": [1, 2]}), "r", "c", "v")


def test_missing_is_white_and_undecided_grey() -> None:
    colours = matrix.coloured(np.array([[1.0, np.nan, 0.5]]), GAIN, Normalize(-1, 1), np.array([[False, False, True]]))
    assert [to_hex(colour) for colour in colours[0]] == [to_hex(GAIN(1.0)), "#ffffff", MUTED]


def test_without_symbols_undecided_and_not_comparable_differ_in_colour() -> None:
    table = s.difference_table(1, 2, missing=0).assign(decided=["undecided", "refused: other shots"])
    drawn = plots.significance_matrix(table).collections[0]
    assert {to_hex(colour) for colour in drawn.get_facecolor()} == {MUTED, REFUSED}
    plt.close("all")
