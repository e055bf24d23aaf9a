import numpy as np
import pandas as pd
import pytest

from mergekit_eval.show import cap, plots
from mergekit_eval.show.figure_data import data_of
from tests.show.text_overlap import lines, texts
from tools import synthetic as s


def test_decided_rows_come_before_larger_ones_and_keep_their_order() -> None:
    decided = pd.Series([False, True, False, True, True])
    size = pd.Series([9.0, 1.0, np.nan, 3.0, 2.0])
    assert cap.telling(decided, size, 2).tolist() == [3, 4]
    assert cap.telling(decided, size, 4).tolist() == [0, 1, 3, 4]


def test_a_table_that_fits_is_shown_whole_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cap, "most_rows", lambda: 3)
    table = pd.DataFrame({"gain": [1.0, 2.0, 3.0]})
    shown, word = cap.telling_rows(table, table["gain"] > 0, table["gain"])
    assert (len(shown), word) == (3, "")
    shown, word = cap.telling_rows(pd.concat([table, table]), pd.Series([True] * 6), pd.Series([1.0, 2, 3, 4, 5, 6]))
    assert (shown["gain"].tolist(), word) == ([1.0, 2.0, 3.0], "3 of 6 rows shown")


def test_rows_and_columns_of_cells_are_chosen_by_their_decided_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cap, "most_rows", lambda: 1)
    monkeypatch.setattr(cap, "most_columns", lambda: 2)
    table = pd.DataFrame({"r": list("aaabbb"), "c": list("xyzxyz"), "gain": [9.0, 9, 9, 1, 2, 1]})
    decided = pd.Series([False, False, True, True, True, False])
    part, word = cap.telling_cells(table, "r", "c", decided, table["gain"])
    # b has two decided cells, a one; each column has one decided cell, and of their sizes 10, 11, 10 the first of ties
    assert part[["r", "c"]].to_numpy().tolist() == [["b", "x"], ["b", "y"]]
    assert word == "1 of 2 rows, 2 of 3 columns shown"


def test_names_of_a_square_are_chosen_for_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cap, "most_rows", lambda: 2)
    table = pd.DataFrame({"x": ["a", "a", "b"], "y": ["b", "c", "c"], "r": [0.1, 0.9, 0.2]})
    part, word = cap.telling_cells(table, "y", "x", pd.Series([False, True, False]), table["r"], "task")
    assert part[["x", "y"]].to_numpy().tolist() == [["a", "c"]]
    assert word == "2 of 3 tasks shown"


def test_pairs_are_names_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cap, "most_rows", lambda: 1)
    table = pd.DataFrame({"r": pd.Series([("a", "p"), ("a", "q")], dtype=object), "c": ["x", "x"], "v": [1.0, -2.0]})
    part, word = cap.telling_cells(table, "r", "c", pd.Series([True, True]), table["v"])
    assert (part["r"].tolist(), word) == ([("a", "q")], "1 of 2 rows shown")


@pytest.mark.slow
def test_a_forest_of_a_thousand_rows_is_cut_to_the_decided_ones_and_keeps_its_data() -> None:
    table = s.difference_table(1264, 1)
    ax = plots.forest(table)
    shown = len(ax.get_yticks())
    assert shown == cap.most_rows() < 300
    assert ax.figure.get_figheight() < cap.TALLEST + 2
    assert f"{shown} of 1,264 rows shown" in " ".join(lines(ax))
    assert "undecided" not in texts(ax)  # more are decided than fit
    assert len(data_of(ax)["forest"]) == 1264
