"""Boxes and gains within groups, and scores along a parameter: no way between settings that nobody measured."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PolyCollection

from mergekit_eval.errors import DataError
from mergekit_eval.show import cap, plots
from mergekit_eval.show.figure_data import data_of
from tests.show.text_overlap import texts
from tools import synthetic_more as more


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


def test_each_parent_is_a_dashed_line_across_a_sweep() -> None:
    ax = plots.sweep(sweep_of([0, 0.3, 0.6, 1]), parents=pd.DataFrame({"model": ["p", "q"], "value": [0.5, 0.7]}))
    assert [line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == "--"] == [50, 70]
    assert {"parents", "weight", "score (%) (↑ better)"} <= {" ".join(text.split()) for text in texts(ax)}


def boxes_of(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["group", "series", "low", "q1", "median", "q3", "high"]).assign(n=9)


def test_a_box_lies_between_its_quartiles_in_its_group() -> None:
    table = boxes_of(("g", "a", 1, 2, 3, 5, 9), ("g", "b", 0, 1, 2, 3, 4), ("h", "a", 2, 3, 4, 5, 6))
    ax = plots.boxes(table, label="F1 (%)")
    boxes = [patch.get_extents().transformed(ax.transData.inverted()) for patch in ax.patches]
    assert [(box.x0, box.x1) for box in boxes] == [pytest.approx(ends) for ends in ((2, 5), (1, 3), (3, 5))]
    centres = [(box.y0 + box.y1) / 2 for box in boxes]
    assert centres == pytest.approx([-0.225, 0.225, 0.775])  # two series a group: 0.45 apart, around the group
    assert {"a", "b", "g", "h"} <= set(texts(ax))
    assert data_of(ax)["boxes"].equals(table)


def test_outliers_are_dots_and_a_group_without_values_says_so() -> None:
    table = boxes_of(("g", "a", 1, 2, 3, 5, 9), ("h", "a", *[np.nan] * 5)).drop(columns="series")
    ax = plots.boxes(table.assign(outliers=[[20.0], []], scale="unit"), label="gain")
    assert 20.0 in [x for line in ax.lines for x in line.get_xdata()]
    assert "no values" in texts(ax)
    assert "points of 100" in ax.get_xlabel().replace("\u00a0", " ")
    assert ax.figure.legends == []  # one series needs no legend


def test_a_series_given_twice_in_a_group_is_refused() -> None:
    with pytest.raises(DataError, match="boxes: 2 rows share a place"):
        plots.boxes(boxes_of(("g", "a", 1, 2, 3, 4, 5), ("g", "a", 1, 2, 3, 4, 5)), label="x")


def test_undecided_gains_are_hollow() -> None:
    table = pd.DataFrame({"merge": ["m", "n"], "task": "t", "gain": [0.1, -0.2], "gain_low": [0.05, -0.3],
                          "gain_high": [0.15, 0.1], "decided": ["better", "undecided"], "scale": "unit"})  # fmt: skip
    ax = plots.profile(table)
    marks = {line.get_xdata()[0]: line.get_markerfacecolor() for line in ax.lines if len(line.get_xdata()) == 1}
    assert marks.keys() == {10.0, -20.0}
    assert (marks[10.0] == "white", marks[-20.0] == "white") == (False, True)
    ends = [path.tolist() for drawn in ax.collections for path in drawn.get_segments()]
    assert [[x for x, _ in path] for path in ends] == [pytest.approx([5, 15]), pytest.approx([-30, 10])]
    missing = plots.profile(table.assign(gain=np.nan))
    assert not [line for line in missing.lines if len(line.get_xdata()) == 1]


def test_a_figure_grows_with_its_groups_and_series() -> None:
    heights = [plots.boxes(more.box_table(count), label="F1").figure.get_figheight() for count in (2, 4, 8)]
    assert heights == sorted(heights)
    assert heights[2] > heights[1] > heights[0] * 0.99


def test_of_too_many_groups_those_of_the_largest_medians_are_boxes_and_the_axis_says_so(monkeypatch) -> None:
    monkeypatch.setattr(cap, "most_rows", lambda: 2)
    table = boxes_of(("g", "", 1, 2, 3, 5, 9), ("h", "", 4, 5, 6, 7, 8), ("i", "", 3, 4, 5, 6, 7))
    ax = plots.boxes(table, label="F1")
    assert [text.get_text() for text in ax.get_yticklabels()] == ["h", "i"]
    assert "2 of 3 rows shown" in " ".join(ax.get_xlabel().split())
    assert len(ax.patches) == 2


def test_groups_of_many_series_take_more_room(monkeypatch) -> None:
    monkeypatch.setattr(cap, "most_rows", lambda: 4)
    rows = [
        (group, series, 1, 2, median, 5, 9) for group, median in zip("ghi", (3, 4, 5), strict=True) for series in "abcd"
    ]
    ax = plots.boxes(boxes_of(*rows), label="F1")  # four series: a group is 1.8 rows high, and 4 rows hold two
    assert [text.get_text() for text in ax.get_yticklabels()] == ["h", "i"]
