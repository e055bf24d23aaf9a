"""Gains of single tasks, shrunk towards the mean gain of the same two models."""

import numpy as np
import pandas as pd
import pytest

from mergekit_eval import stats, tables
from mergekit_eval.compare.comparison import Comparison
from mergekit_eval.compare.pooled_gains import pooled_gains
from tests.compare.conftest import one
from tests.compare.shared import NOTHING


def rows(gains: list[float], errors: list[float], **more: object) -> pd.DataFrame:
    about = {
        "merge": "m",
        "reference": "p",
        "relation": "parent",
        "scale": "unit",
        "n": 100,
        "evidence": "aggregates only",
    } | more
    made = [
        about | {"task": f"t{at}", "gain": g, "stderr": e} for at, (g, e) in enumerate(zip(gains, errors, strict=True))
    ]
    return tables.conform(made, "differences")


def test_a_task_of_few_items_moves_most_and_every_one_towards_the_mean():
    found = pooled_gains(rows([0.10, 0.10, -0.04, 0.00], [0.02, 0.08, 0.02, 0.02]), NOTHING)
    moved = (found["gain_pooled"] - found["gain"]).tolist()
    assert moved[1] < moved[0] < 0 < moved[2]
    assert found["gain_pooled"].tolist() == pytest.approx(
        stats.shrink([0.10, 0.10, -0.04, 0.00], np.diag([0.02, 0.08, 0.02, 0.02]) ** 2).tolist()
    )


def test_pairs_of_models_are_pooled_apart():
    both = pd.concat([rows([0.1, 0.0], [0.03, 0.03]), rows([0.5, 0.4], [0.03, 0.03], reference="q")], ignore_index=True)
    alone = pooled_gains(rows([0.5, 0.4], [0.03, 0.03], reference="q"), NOTHING)
    assert pooled_gains(both, NOTHING)["gain_pooled"].tolist()[2:] == alone["gain_pooled"].tolist()


def test_a_single_task_stays_and_what_has_no_error_has_no_value():
    assert pooled_gains(rows([0.1], [0.03]), NOTHING)["gain_pooled"].tolist() == [0.1]
    found = pooled_gains(rows([0.1, 0.2, 0.3], [0.03, 0.03, np.nan]), NOTHING)
    assert found["gain_pooled"].notna().tolist() == [True, True, False]
    assert pooled_gains(rows([1.0, 2.0], [0.3, 0.3], scale="natural"), NOTHING)["gain_pooled"].isna().all()
    assert pooled_gains(tables.empty("differences"), NOTHING).empty


def test_the_raw_gain_stands_beside_it(world, merges):
    cmp = Comparison(world, merges)
    found = cmp.pooled()
    pd.testing.assert_frame_equal(pd.DataFrame(found[list(cmp.tasks)]), pd.DataFrame(cmp.tasks))
    row = one(found, merge="good", reference="a", task="task_a")
    other = one(found, merge="good", reference="a", task="task_b")
    assert sorted([row["gain"], row["gain_pooled"], other["gain_pooled"], other["gain"]]) == [
        row["gain"], row["gain_pooled"], other["gain_pooled"], other["gain"],
    ]  # fmt: skip
