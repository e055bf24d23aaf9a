"""Rows chosen for figures: largest gains, quartiles, trees."""

import numpy as np
import pandas as pd
import pytest

from mergekit_eval import tables
from mergekit_eval.compare import (
    gain_boxes,
    impact_of,
    impact_table,
    quartile_table,
    tree_of,
)


def gains(*rows: tuple) -> pd.DataFrame:
    columns = ["merge", "reference", "relation", "task", "capability", "gain", "scale"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(gain_low=table["gain"] - 0.1, gain_high=table["gain"] + 0.1, decided="undecided")


def test_impact_takes_both_ends_and_no_row_twice():
    table = gains(*(("m", "a", "parent", f"t{k}", "c", k / 10, "unit") for k in range(7)))
    assert list(impact_table(table, 2)["task"]) == ["t6", "t5", "t1", "t0"]
    assert sorted(impact_table(table, 5)["task"]) == [f"t{k}" for k in range(7)]


def test_impact_of_prefers_the_specialist_and_says_when_there_is_nothing():
    rows = [
        ("m", who, kind, "t", "c", 0.1, "unit") for who, kind in (("b", "base"), ("p", "parent"), ("s", "specialist"))
    ]
    assert set(impact_of(gains(*rows))["reference"]) == {"s"}
    assert set(impact_of(gains(*rows[:2]))["reference"]) == {"p"}
    assert "no gains of the merge x" in tables.reason(impact_of(gains(*rows), "x"))


def test_boxes_are_quartiles_and_keep_scales_apart():
    rng = np.random.default_rng(1)
    values = [*rng.normal(size=20), 9.0]
    table = pd.DataFrame({"capability": "c", "model": "m", "value": values})
    row = quartile_table(table).iloc[0]
    q1, q3 = np.percentile(values, [25, 75])
    assert (row["q1"], row["q3"]) == (pytest.approx(q1), pytest.approx(q3))
    assert row["high"] == max(v for v in values if v <= q3 + 1.5 * (q3 - q1)) < 9
    two = gain_boxes(gains(("m", "a", "base", "t", "c", 0.1, "unit"), ("m", "a", "base", "r", "c", 0.2, "natural")))
    assert two.set_index("scale")["median"].to_dict() == {"unit": pytest.approx(10), "natural": pytest.approx(0.2)}


def test_a_tree_has_no_gaps_and_names_what_it_left_out():
    points = {"t1": 0.0, "t2": 0.01, "t3": 0.5}
    rows = [(m, "b", "base", t, "c", v, "unit") for t, v in points.items() for m in ("x", "y")]
    tree = tree_of(gains(*rows, ("x", "b", "base", "gap", "c", 0.3, "unit")))
    assert tree.leaves == ["t1", "t2", "t3"]
    assert tree.linkage[0, :2].tolist() == [0, 1]
    assert tree.linkage[0, 2] == pytest.approx(0.01 * np.sqrt(2))
    assert "gap" in tree.note
    one = tree_of(gains(("x", "b", "base", "t", "c", 0.1, "unit")))
    assert one.table.empty
    assert "fewer than two" in tables.reason(one.table)
