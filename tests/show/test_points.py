import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from mergekit_eval.show import plots, points
from mergekit_eval.show.encodings import ROLES
from tests.show import text_overlap
from tests.show.text_overlap import lines, texts


@pytest.mark.parametrize(
    ("x_higher", "corner"), [(True, (40.0, 50.0)), (False, (60.0, 70.0))], ids=["more is better", "less is better"]
)
def test_the_edge_of_a_trade_off_claims_no_model_between_two_models(x_higher: bool, corner: tuple) -> None:
    # with x the better the higher, a claims (40, 70) and b (60, 50): at x = 50 only b reaches, with y = 50
    y = [70.0, 50.0] if x_higher else [50.0, 70.0]
    table = pd.DataFrame({"model": ["a", "b"], "role": "merge", "x": [40.0, 60.0], "y": y, "front": True})
    ax = plots.pareto(table, x_label="x", y_label="y", x_higher=x_higher)
    edge = np.column_stack(ax.lines[-1].get_data())
    expected = [(40.0, y[0]), (40.0, 50.0) if x_higher else (60.0, 50.0), (60.0, y[1])]
    np.testing.assert_allclose(edge, expected)
    assert corner in map(tuple, edge.tolist())


def trade(**columns: list) -> pd.DataFrame:
    plain = {"model": ["a", "b", "c"], "role": ["merge", "parent", "merge"], "x": [1.0, 2.0, np.nan],
             "y": [5.0, 3.0, 4.0], "front": [True, False, False]}  # fmt: skip
    return pd.DataFrame(plain | columns)


def test_undominated_models_are_filled_and_what_lacks_a_value_is_counted() -> None:
    ax = plots.pareto(trade(), x_label="x", y_label="y")
    drawn = ax.collections[-1]
    assert sorted(drawn.get_offsets().tolist()) == [[1.0, 5.0], [2.0, 3.0]]
    faces = {to_hex(colour) for colour in drawn.get_facecolor()}
    assert faces == {ROLES["merge"].colour, "#ffffff"}
    assert {to_hex(colour) for colour in drawn.get_edgecolor()} == {ROLES["merge"].colour, ROLES["parent"].colour}
    assert any("1 without both values, not drawn" in text for text in lines(ax))


def test_intervals_are_drawn_where_they_are() -> None:
    ends = {"x_low": [0.5, 1.5, 0], "x_high": [1.5, 2.5, 0], "y_low": [4, 2, 0], "y_high": [6, 4, 0]}
    ax = plots.pareto(trade(**ends), x_label="x", y_label="y")
    assert [path.tolist() for path in ax.collections[0].get_segments()] == [
        [[0.5, 5.0], [1.5, 5.0]], [[1.5, 3.0], [2.5, 3.0]], [[1.0, 4.0], [1.0, 6.0]], [[2.0, 2.0], [2.0, 4.0]],
    ]  # fmt: skip


def test_a_figure_without_any_point_says_how_many_it_lacks() -> None:
    ax = plots.pareto(trade(y=[np.nan] * 3), x_label="x", y_label="y")
    assert any("3 without both values, not drawn" in text for text in lines(ax))


def test_families_differ_in_colour_and_marker() -> None:
    table = pd.DataFrame({"name": ["t", "u"], "family": ["f", "g"], "x": [0, 1], "y": [0, 1]})
    ax = plots.scatter(table, x_label="x", y_label="y", x_higher=None)
    entries = {
        text.get_text(): line
        for text, line in zip(ax.figure.legends[0].get_texts(), ax.figure.legends[0].get_lines(), strict=True)
    }
    assert set(entries) == {"f", "g"}
    assert entries["f"].get_marker() != entries["g"].get_marker()
    assert len({to_hex(colour) for colour in ax.collections[-1].get_facecolor()}) == 2
    assert "x (direction unknown)" in texts(ax)


def test_names_that_find_no_place_are_counted() -> None:
    table = pd.DataFrame(
        {"name": [f"a-rather-long-name-{i}" for i in range(60)], "family": "f", "x": 0.0, "y": np.arange(60) / 60}
    )
    shown = lines(plots.scatter(table, x_label="x", y_label="y", label_points=True))
    names = [text for text in shown if text.startswith("a-rather") or "…" in text]
    assert any(f"{60 - len(names)} of 60 names left out" in text for text in shown)
    assert len(names) > 3


def test_names_stand_beside_points_and_off_lines() -> None:
    table = pd.DataFrame({"name": ["left", "right"], "family": "f", "x": [0.2, 0.8], "y": [0.5, 0.5]})
    ax = plots.scatter(table, x_label="x", y_label="y")
    ax.set(xlim=(0, 1), ylim=(0, 1))
    at = table[["x", "y"]].to_numpy()
    assert points.place_names(ax, at, ["left", "right"], [np.array([[0.0, 0.5], [1.0, 0.5]])]) == 2
    assert text_overlap.faults(ax.figure) == []
    assert all(abs(text.xyann[1]) > 1 for text in ax.texts)  # above or below the line, not on it


def test_no_points_need_no_names() -> None:
    ax = plots.scatter(
        pd.DataFrame({"name": ["t"], "family": "f", "x": [np.nan], "y": [0.0]}), x_label="x", y_label="y"
    )
    assert points.place_names(ax, np.empty((0, 2)), []) == 0
    assert len(ax.texts) == 0
