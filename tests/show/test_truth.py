"""What a figure says about itself is what it draws: scales, tests, marks, and no way between that nobody measured."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PolyCollection

from mergekit_eval.errors import DataError
from mergekit_eval.show import plots
from mergekit_eval.show.encodings import ROLES
from mergekit_eval.show.figure_data import figure_of
from tests.show import text_overlap
from tools import synthetic as s
from tools import synthetic_more as more


def texts(thing: object) -> list[str]:
    return [box.text for box in text_overlap.boxes(figure_of(thing))]


def bar_of(ax) -> plt.Axes:
    """The axes of the colour bar, which lie within those of the matrix."""
    return ax.child_axes[0]


def gains(*values: float, decided: str = "undecided", scale: str = "unit") -> pd.DataFrame:
    tasks = [f"t{at}" for at in range(len(values))]
    return pd.DataFrame({"merge": "m", "task": tasks, "gain": values, "decided": decided, "scale": scale})


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


def sweep_of(settings: list[float]) -> pd.DataFrame:
    value = np.linspace(0.4, 0.6, len(settings))
    table = pd.DataFrame({"series": "ties", "setting": settings, "value": value, "low": value - 0.02})
    return table.assign(high=value + 0.02, higher_is_better=True, scale="unit", parameter="weight")


@pytest.mark.parametrize(("settings", "course"), [([0.4, 2.5], False), ([0, 0.5, 1], False), ([0, 0.3, 0.6, 1], True)])
def test_few_settings_are_points_with_intervals_and_many_a_course(settings: list[float], course: bool) -> None:
    ax = plots.sweep(sweep_of(settings))
    bands = [drawn for drawn in ax.collections if isinstance(drawn, PolyCollection)]
    bars = [drawn for drawn in ax.collections if isinstance(drawn, LineCollection)]
    assert (len(bands), len(bars)) == ((1, 0) if course else (0, 1))
    assert [line.get_linestyle() for line in ax.lines if len(line.get_xdata()) > 1] == (["-"] if course else ["None"])
    if not course:
        ends = np.array([path[:, 1] for path in bars[0].get_segments()])
        np.testing.assert_allclose(ends, 100 * sweep_of(settings)[["low", "high"]].to_numpy())


def test_a_missing_value_is_no_setting_of_a_course() -> None:
    table = sweep_of([0, 0.3, 0.6, 1])
    table.loc[1, "value"] = np.nan
    assert not [drawn for drawn in plots.sweep(table).collections if isinstance(drawn, PolyCollection)]


@pytest.mark.parametrize(
    ("x_higher", "corner"), [(True, (40.0, 50.0)), (False, (60.0, 70.0))], ids=["more is better", "less is better"]
)
def test_the_edge_of_a_trade_off_claims_no_model_between_two_models(x_higher: bool, corner: tuple) -> None:
    # with x the better the higher, a claims (40, 70) and b (60, 50): at x = 50 only b reaches, with y = 50
    y = [70.0, 50.0] if x_higher else [50.0, 70.0]
    table = pd.DataFrame({"model": ["a", "b"], "role": "merge", "x": [40.0, 60.0], "y": y, "front": True})
    ax = plots.pareto(table, x_label="x", y_label="y", x_higher=x_higher)
    edge = np.column_stack(ax.lines[0].get_data())
    expected = [(40.0, y[0]), (40.0, 50.0) if x_higher else (60.0, 50.0), (60.0, y[1])]
    np.testing.assert_allclose(edge, expected)
    assert corner in map(tuple, edge.tolist())


def test_bars_and_scale_of_a_critical_difference_diagram_are_of_one_test_which_it_names() -> None:
    table = pd.DataFrame({"model": list("abc"), "rank": [1.2, 1.9, 2.9]})
    ax = plots.critical_difference(table, cliques=[["a", "b"]], difference=0.8, test="Nemenyi's test over 40 tasks")
    assert any(
        "Nemenyi's test over 40 tasks: critical difference 0.80" in text.replace("\n", " ") for text in texts(ax)
    )
    drawn = [line.get_xdata() for line in ax.lines if line.get_linewidth() == 1.6]
    assert [float(np.ptp(x)) for x in drawn] == pytest.approx([0.8])
    with pytest.raises(DataError, match=r"spans 1.7 ranks, more than the critical difference 0.8.*one test"):
        plots.critical_difference(table, cliques=[["a", "b", "c"]], difference=0.8)


def test_a_critical_difference_wider_than_the_scale_is_said_and_not_cut() -> None:
    table = pd.DataFrame({"model": list("ab"), "rank": [1.2, 1.8]})
    ax = plots.critical_difference(table, cliques=[["a", "b"]], difference=5.3, test="Nemenyi")
    assert any("5.30, wider than this scale" in text.replace("\n", " ") for text in texts(ax))
    assert not [line for line in ax.lines if line.get_linewidth() == 1.6]
    assert text_overlap.faults(figure_of(ax)) == []


def test_the_gallerys_own_diagram_is_of_the_test_it_names() -> None:
    given = more.critical(8)  # q(0.05, 8, inf) / sqrt(2) = 3.031 (Demsar 2006, table 5), 100 tasks
    assert given["difference"] == pytest.approx(3.031 * np.sqrt(8 * 9 / 600), abs=1e-3)
    assert "100 tasks" in given["test"]


@pytest.mark.parametrize(("method", "name"), [("kendall", "Kendall's tau-b"), ("spearman", "Spearman's rho"),
                                              ("pearson", "Pearson's r")])  # fmt: skip
def test_a_correlation_heat_map_names_the_coefficient_it_shows(method: str, name: str) -> None:
    table = s.correlation_table(3).assign(method=method)
    label = bar_of(plots.correlation_heatmap(table)).get_xlabel().replace("\n", " ")
    assert label == f"{name} between tasks, over models"


def test_a_model_of_unknown_role_is_named_in_the_legend() -> None:
    table = s.score_table(3).assign(role=["merge", "", "base"])
    assert "role unknown" in texts(plots.scores(table))
    assert "role unknown" in texts(plots.score_grid(table))
    assert ROLES[""].marker not in ("^", "v")


def test_what_is_not_comparable_has_its_key() -> None:
    table = pd.DataFrame({"merge": "m", "reference": "p", "task": ["t", "u"], "decided": ["better", ""]})
    assert "× not comparable" in texts(plots.significance_matrix(table))
    assert not any("not comparable" in text for text in texts(plots.significance_matrix(table.head(1))))


def test_small_numbers_in_their_own_unit_are_not_rounded_away() -> None:
    table = s.score_table(2).assign(value=[0.4512, 0.4538], low=0.44, high=0.46, scale="natural", role="merge")
    assert {"0.451", "0.454"} <= set(texts(plots.scores(table)))
    rows = s.difference_table(1, 1, missing=0).assign(gain=0.0042, gain_low=-0.001, gain_high=0.0094, scale="natural")
    assert any("+0.0042 [−0.001, +0.0094]" in text for text in texts(plots.forest(rows)))
