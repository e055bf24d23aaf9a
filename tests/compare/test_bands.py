"""Bands of change, decided by the tests."""

import numpy as np
import pandas as pd

from mergekit_eval import compare
from mergekit_eval.compare import (
    band_table,
)


def test_arrows_follow_the_test_and_not_the_sign():
    rows = [
        ("t", 0.06, 0.02, 0.10, "better", "improved", "↗", ""),
        ("ifeval", 0.06, 0.02, 0.10, "better", "improved", "↗", "good"),
        ("ifeval", 0.01, 0.002, 0.02, "better", "improved", "↗", "below marginal"),
        ("t", 0.06, -0.02, 0.14, "undecided", "undecided", "?", ""),
        ("t", 0.001, -0.006, 0.008, "undecided", "no change", "→", ""),
        ("t", -0.06, -0.09, -0.03, "worse", "regressed", "↘", "may indicate forgetting"),
        ("t", -0.02, -0.028, -0.012, "worse", "regressed", "↘", "acceptable"),
        ("t", -0.04, -0.06, -0.02, "worse", "regressed", "↘", ""),
        ("t", np.nan, np.nan, np.nan, "", "not compared", "×", ""),
    ]
    columns = ["task", "gain", "gain_low", "gain_high", "decided"]
    table = pd.DataFrame([row[:5] for row in rows], columns=columns)
    table = table.assign(merge="m", reference="base", relation="base", scale="unit")
    found = band_table(table)
    assert list(found["change"]) == [row[5] for row in rows]
    assert list(found["arrow"]) == [row[6] for row in rows]
    assert list(found["band"]) == [row[7] for row in rows]


def test_bands_are_counted_and_forgetting_named():
    table = pd.DataFrame(
        [("m", "base", "t1", "regressed", "may indicate forgetting"), ("m", "base", "ifeval", "improved", "good"),
         ("m", "base", "t2", "undecided", "")],
        columns=["merge", "reference", "task", "change", "band"],
    )  # fmt: skip
    row = compare.band_counts(table).iloc[0]
    assert (row["improved"], row["regressed"], row["undecided"], row["no_change"]) == (1, 1, 1, 0)
    assert (row["graded"], row["forgotten_tasks"]) == (("good",), ("t1",))
