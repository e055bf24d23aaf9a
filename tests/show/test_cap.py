import numpy as np
import pandas as pd
import pytest

from mergekit_eval.show import cap, plots
from mergekit_eval.show.figure_data import data_of, figure_of
from tests.show import text_overlap
from tools import synthetic as s


def texts(thing: object) -> list[str]:
    return [box.text.replace("\n", " ") for box in text_overlap.boxes(figure_of(thing))]


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
    part, word = cap.telling_names(table, "x", "y", pd.Series([False, True, False]), table["r"], "task")
    assert part[["x", "y"]].to_numpy().tolist() == [["a", "c"]]
    assert word == "2 of 3 tasks shown"


def test_a_forest_of_a_thousand_rows_is_cut_to_the_decided_ones_and_keeps_its_data() -> None:
    table = s.difference_table(1264, 1)
    ax = plots.forest(table)
    shown = len(ax.get_yticks())
    assert shown == cap.most_rows() < 300
    assert ax.figure.get_figheight() < cap.TALLEST + 2
    assert f"{shown} of 1,264 rows shown" in ax.get_xlabel().replace("\n", " ").replace("\u00a0", " ")
    assert "undecided" not in texts(ax)  # more are decided than fit
    assert len(data_of(ax)["forest"]) == 1264


@pytest.mark.parametrize(
    ("draw", "what"), [(plots.significance_matrix, "symbols"), (plots.delta_heatmap, "numbers")],
)  # fmt: skip
def test_a_matrix_of_thirty_thousand_cells_is_cut_and_has_no_text_per_cell(draw, what: str) -> None:
    ax = draw(s.difference_table(124, 80, 3))
    shown = texts(ax)
    assert len(shown) < 300
    assert any(f"cells without {what}: no room" in text for text in shown)
    assert any(f"{cap.most_rows()} of 372 rows shown" in text for text in shown)
    assert text_overlap.faults(figure_of(ax)) == []


def test_a_grid_of_many_models_shows_the_same_ones_in_every_panel() -> None:
    table = s.score_table(300, 3)
    figure = plots.score_grid(table)
    assert any(f"{cap.most_rows()} of 300 models shown" in text for text in texts(figure))
    first = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert {"Tiny-Llama-Base", "Tiny-Llama-Math", "Tiny-Llama-Code"} <= set(first)
    for ax in figure.axes:  # each row of each panel has its mark
        marks = [at for line in ax.lines if line.get_linestyle() == "None" for at in line.get_ydata()]
        assert sorted(marks) == list(range(cap.most_rows()))


def test_the_tree_is_left_out_where_leaves_are() -> None:
    from tools import synthetic_more as more

    ax = plots.clustered_heatmap(s.difference_table(5, 200), *more.linkage_of(200))
    assert len(ax.child_axes) == 1  # the colour bar alone
    assert any(f"{cap.most_rows()} of 200 rows shown" in text for text in texts(ax))
    assert len(plots.clustered_heatmap(s.difference_table(5, 20), *more.linkage_of(20)).child_axes) == 2
