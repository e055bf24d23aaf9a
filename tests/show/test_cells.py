import math

import numpy as np
import pandas as pd
import pytest

from mergekit_eval.show.cells import Cell, Grid, Head, Line, number, podium, printed_cell, usual_decimals, wins


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0.0"), (-0.01, "0.0"), (-5.0, "-5.0"), (99.96, "100.0"), (np.inf, "∞"), (-np.inf, "-∞")],
)
def test_numbers(value, shown):
    assert number(value, 1) == shown


def test_decimals_show_three_digits_of_the_typical_value_and_one_of_percent():
    assert usual_decimals(pd.Series([0.0512, 0.1, 0.0]), "") == 4  # the median of 0.0512 and 0.1 is below 0.1
    assert usual_decimals(pd.Series([12.3, 7.0, 9.0]), "") == 2
    assert usual_decimals(pd.Series([812.0, math.inf, -640.0]), "") == 0
    assert usual_decimals(pd.Series([0.0, np.nan]), "") == usual_decimals(pd.Series([0.0512]), "%") == 1


def test_a_cell_is_scaled_and_has_the_bounds_that_are_printed():
    source = {"value": 0.5, "low": 0.39, "high": 0.61, "scale": "unit", "mark": "worse"}
    assert printed_cell(source, 1, "none", "best")[:6] == ("50.0", "", "", "", "−", "best")
    assert printed_cell(source, 1, "range", "").bounds == "[39.0, 61.0]"
    assert printed_cell(source, 1, "pm", "").bounds == "± 11.0"
    assert printed_cell(source | {"low": np.nan}, 1, "pm", "").bounds == ""
    assert printed_cell(source | {"scale": "natural"}, 1, "none", "").number == "0.5"
    assert printed_cell(source | {"value": np.nan}, 1, "pm", "").number is printed_cell({}, 1, "pm", "").number is None


def test_the_best_and_the_second_beat_all_that_follow_them():
    values = {"a": 0.9, "c": 0.7, "b": 0.8}
    every = {("a", "b"), ("a", "c"), ("b", "c")}
    assert dict(podium(values, every, higher=True)) == {"a": "best", "b": "second"}
    assert dict(podium(values, every - {("b", "c")}, higher=True)) == {"a": "best"}
    assert dict(podium(values, every - {("a", "c")}, higher=True)) == {}
    assert dict(podium(values, {("c", "b"), ("c", "a")}, higher=False)) == {"c": "best"}
    assert dict(podium({"a": 0.9}, every, higher=True)) == {}


def test_a_loss_is_a_win_of_the_reference_and_what_is_undecided_is_none():
    rows = [
        ("t", "a", "b", "better"),
        ("t", "a", "c", "worse"),
        ("u", "b", "c", "undecided"),
        ("u", "b", "a", "better"),
    ]
    decided = pd.DataFrame(rows, columns=["task", "merge", "reference", "decided"])
    assert wins(decided, "task") == {"t": {("a", "b"), ("c", "a")}, "u": {("b", "a")}}


def test_a_grid_gives_its_groups_with_printed_names_and_its_parts():
    heads = [Head(name, group, name.upper(), True, "%", 1) for name, group in (("x", "g"), ("y", "g"), ("z", ""))]
    lines = [Line("m", "", "M", [Cell("1"), Cell("2"), Cell("3")])]
    grid = Grid("model", heads, lines, [], {"g": "Group"})
    assert [(group.shown, [head.shown for head in group.members]) for group in grid.column_groups()] == [
        ("Group", ["X", "Y"]),
        ("", ["Z"]),
    ]
    assert grid.row_groups() == [("", lines)]
    last = grid.part(slice(2, 3))
    assert last.column_groups() == []
    assert last.column(0) == [Cell("3")]
