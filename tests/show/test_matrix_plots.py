"""What a matrix says about itself is what it draws: colours where the data decide, scales that cover the cells."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgba

from mergekit_eval.errors import DataError
from mergekit_eval.show import cap, plots
from mergekit_eval.show.encodings import COLOURS, GAIN, OUTCOMES
from mergekit_eval.show.figure_data import data_of, figure_of
from mergekit_eval.show.style import MUTED
from tests.show import text_overlap
from tests.show.text_overlap import lines, texts
from tools import synthetic as s
from tools import synthetic_more as more


def cells(ax) -> np.ndarray:
    """Return the colour of every cell, row by row."""
    return np.asarray(ax.collections[0].get_facecolor()).reshape(-1, 4)


def hatched(ax) -> int:
    """Return of how many cells the hatched ground is seen."""
    assert ax.patch.get_hatch() == "////"
    return int((cells(ax)[:, 3] == 0).sum())


def bar_of(ax) -> plt.Axes:
    """The axes of the colour bar, which lie within those of the matrix."""
    return ax.child_axes[0]


def gains(*values: float, decided: str = "undecided", scale: str = "unit") -> pd.DataFrame:
    tasks = [f"t{at}" for at in range(len(values))]
    return pd.DataFrame({"merge": "m", "task": tasks, "gain": values, "decided": decided, "scale": scale})


def test_gains_are_coloured_only_where_decided() -> None:
    table = pd.DataFrame({
        "merge": ["a", "a", "a", "a"], "task": ["t1", "t2", "t3", "t4"], "scale": "unit",
        "gain": [0.05, -0.05, 0.05, np.nan], "decided": ["better", "worse", "undecided", ""]})  # fmt: skip
    ax = plots.delta_heatmap(table)
    blue, orange, grey, white = cells(ax)
    assert blue[2] > blue[0] + 0.2
    assert orange[0] > orange[2] + 0.2
    assert to_hex(grey) == MUTED
    assert white[3] == 0
    assert {"+5.0", "−5.0"} <= set(texts(ax))
    assert "0.0" not in {text for text in texts(ax) if text.startswith(("+", "−"))}
    assert hatched(ax) == 1


@pytest.mark.slow
def test_a_matrix_of_many_tasks_names_some_and_says_so_beside_its_colour_bar() -> None:
    table = s.difference_table(34, 100, 2)
    ax = plots.delta_heatmap(table)
    assert len(cells(ax)) == 68 * 100
    assert "; one column in" in bar_of(ax).get_xlabel().replace("\n", " ")
    assert text_overlap.faults(ax.figure) == []


def test_other_scales_stay_off_the_colour_scale() -> None:
    table = pd.DataFrame({"merge": "a", "task": ["acc", "ppl"], "gain": [0.05, -700.0], "decided": ["better", "worse"],
                          "scale": ["unit", "natural"]})  # fmt: skip
    ax = plots.delta_heatmap(table)
    np.testing.assert_allclose(cells(ax)[0], GAIN(1.0), atol=0.01)
    assert to_hex(cells(ax)[1]) == MUTED
    assert "−700" in texts(ax)


@pytest.mark.parametrize("decided", ["undecided", "better", ""])
def test_a_colour_bar_covers_what_the_cells_say(decided: str) -> None:
    low, high = bar_of(plots.delta_heatmap(gains(0.29, -0.12, decided=decided))).get_xlim()
    assert (low, high) == pytest.approx((-29, 29))


def test_the_largest_cell_sets_the_scale_though_only_smaller_ones_are_decided() -> None:
    table = gains(0.02, -0.4).assign(decided=["better", "undecided"])
    assert bar_of(plots.delta_heatmap(table)).get_xlim() == pytest.approx((-40, 40))
    matrix = pd.DataFrame({"skill": ["a", "b"], "other": ["b", "a"], "effect": [0.255, -0.292], "decided": "undecided"})
    assert bar_of(plots.conflict_matrix(matrix.assign(scale="unit"))).get_xlim() == pytest.approx((-29.2, 29.2))


def test_a_limit_that_the_cells_exceed_gives_the_bar_an_arrow() -> None:
    ends = bar_of(plots.delta_heatmap(gains(0.29, -0.01), limit=10)).get_xlim()
    assert ends == pytest.approx((-10, 10))
    paths = bar_of(plots.delta_heatmap(gains(0.29, -0.01), limit=10)).patches
    assert len(paths) == 1  # one triangle, at the end that is exceeded
    assert not bar_of(plots.delta_heatmap(gains(0.05), limit=10)).patches


def test_gains_in_their_own_unit_have_a_key_and_no_bar_of_points() -> None:
    alone = plots.delta_heatmap(gains(-700.0, decided="worse", scale="natural"))
    assert not alone.child_axes
    assert not any("points of 100" in text for text in texts(alone))
    assert any("own unit" in text for text in texts(alone))
    mixed = pd.concat([gains(0.05), gains(-700.0, scale="natural").assign(task="ppl")])
    assert bar_of(plots.delta_heatmap(mixed)).get_xlim() == pytest.approx((-5, 5))


def test_scores_in_a_heat_map_lie_within_its_bar() -> None:
    table = s.score_table(4, 3)
    low, high = bar_of(plots.score_heatmap(table)).get_xlim()
    assert (low, high) == pytest.approx((100 * table["value"].min(), 100 * table["value"].max()))


@pytest.mark.parametrize(("method", "name"), [("kendall", "Kendall's tau-b"), ("spearman", "Spearman's rho"),
                                              ("pearson", "Pearson's r")])  # fmt: skip
def test_a_correlation_heat_map_names_the_coefficient_it_shows(method: str, name: str) -> None:
    table = s.correlation_table(3).assign(method=method)
    label = bar_of(plots.correlation_heatmap(table)).get_xlabel().replace("\n", " ")
    assert label == f"{name} between tasks, over models"


def test_own_parents_are_an_empty_diagonal_and_both_sides_are_named() -> None:
    matrix = pd.DataFrame({"skill": ["a", "b"], "other": ["b", "a"], "effect": [0.1, -0.2], "decided": ["better", ""]})
    ax = plots.conflict_matrix(matrix.assign(scale="unit"))
    assert hatched(ax) == 2
    assert {"+10.0", "−20.0"} <= set(texts(ax))
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("skill of", "merged together with")
    assert data_of(ax)["conflict_matrix"].dropna().reset_index(drop=True).equals(matrix.assign(scale="unit"))


def test_rows_of_a_clustered_matrix_are_in_the_order_of_its_tree() -> None:
    table = s.difference_table(2, 4, missing=0)
    linkage, leaves = more.linkage_of(4)
    ax = plots.clustered_heatmap(table, linkage, leaves)
    tree = [label.get_text() for label in plots.dendrogram(linkage, leaves).get_yticklabels()]
    assert [label.get_text() for label in ax.get_yticklabels()] == tree
    with pytest.raises(DataError, match="leaves are not the values of 'task'"):
        plots.clustered_heatmap(table, linkage, ["else", *leaves[1:]])


def test_correlations_that_hold_zero_are_grey() -> None:
    rows = [
        ("a", "b", 0.9, 0.5, 0.97, 12, True),
        ("a", "c", 0.3, -0.2, 0.7, 12, True),
        ("b", "c", 0.8, 0.4, 0.9, 4, False),
    ]
    table = pd.DataFrame(rows, columns=["x", "y", "r", "low", "high", "n", "reliable"]).assign(note="")
    ax = plots.correlation_heatmap(table)
    drawn_cells = cells(ax).reshape(2, 2, 4)
    assert to_hex(drawn_cells[0, 1]) == "#ffffff"  # the other half of the square
    assert hatched(ax) == 0
    assert drawn_cells[0, 0][2] > drawn_cells[0, 0][0]
    assert to_hex(drawn_cells[1, 0]) == to_hex(drawn_cells[1, 1]) == MUTED
    assert {"0.90\n12", "0.30\n12", "0.80\n4"} <= set(texts(ax))


def test_a_correlation_that_was_not_computed_is_hatched() -> None:
    table = s.correlation_table(3)
    table.loc[0, ["r", "low", "high"]] = np.nan
    ax = plots.correlation_heatmap(table)
    assert hatched(ax) == 1
    assert "not computed" in texts(ax)


def test_outcomes_are_symbols_too() -> None:
    table = pd.DataFrame({"merge": "m", "reference": ["base", "base", "p", "p"], "task": ["t", "u", "t", "u"],
                          "decided": ["better", "worse", "undecided", ""]})  # fmt: skip
    ax = plots.significance_matrix(table)
    assert {"▲", "▼", "·", "×"} <= set(texts(ax))
    assert to_rgba(COLOURS["better"]) == pytest.approx(tuple(cells(ax)[0]))
    assert to_rgba(COLOURS["worse"]) == pytest.approx(tuple(cells(ax)[1]))
    assert any(text.startswith("vs ") for text in texts(ax))


def test_an_absent_pair_is_hatched_and_named() -> None:
    table = s.difference_table(3, 3, 2).iloc[1:]
    ax = plots.significance_matrix(table)
    assert hatched(ax) == 1
    assert "no data" in texts(ax)


def test_what_is_not_comparable_has_its_key() -> None:
    table = pd.DataFrame({"merge": "m", "reference": "p", "task": ["t", "u"], "decided": ["better", ""]})
    assert "× not comparable" in texts(plots.significance_matrix(table))
    assert not any("not comparable" in text for text in texts(plots.significance_matrix(table.head(1))))


def test_without_symbols_undecided_and_not_comparable_differ_in_colour() -> None:
    table = s.difference_table(1, 2, missing=0).assign(decided=["undecided", "refused: other shots"])
    drawn = cells(plots.significance_matrix(table))
    assert [to_hex(colour) for colour in drawn] == [MUTED, OUTCOMES[""].colour]
    plt.close("all")


def test_what_was_evaluated_is_shown_by_its_state_and_never_by_its_score() -> None:
    table = pd.DataFrame({"model": ["a", "a", "b"], "task": ["t", "u", "t"], "state": ["items", "aggregate", "missing"],
                          "n": [1500, 20, 7]})  # fmt: skip
    ax = plots.completeness(table)
    assert {"1,500", "20", "with its items", "only as a score", "missing"} <= set(texts(ax))
    assert "7" not in texts(ax)
    assert hatched(ax) == 2  # b lacks t, and has no row for u
    assert [to_hex(colour) for colour in cells(ax)[:2]] == [COLOURS["paired"], COLOURS["aggregate"]]
    with pytest.raises(DataError, match=r"completeness.*state.*'lost'.*items, aggregate, missing"):
        plots.completeness(table.assign(state="lost"))
    assert not ax.child_axes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("draw", "what"), [(plots.significance_matrix, "symbols"), (plots.delta_heatmap, "numbers")],
)  # fmt: skip
def test_a_matrix_of_thirty_thousand_cells_is_cut_and_has_no_text_per_cell(draw, what: str) -> None:
    ax = draw(s.difference_table(124, 80, 3))
    shown = lines(ax)
    assert len(shown) < 300
    assert any(f"cells without {what}: no room" in text for text in shown)
    assert any(f"{cap.most_rows()} of 372 rows shown" in text for text in shown)
    assert text_overlap.faults(figure_of(ax)) == []


@pytest.mark.slow
def test_the_tree_is_left_out_where_leaves_are() -> None:
    from tools import synthetic_more as more

    ax = plots.clustered_heatmap(s.difference_table(5, 200), *more.linkage_of(200))
    assert len(ax.child_axes) == 1  # the colour bar alone
    assert any(f"{cap.most_rows()} of 200 rows shown" in text for text in lines(ax))
    assert len(plots.clustered_heatmap(s.difference_table(5, 20), *more.linkage_of(20)).child_axes) == 2
