"""What the items of a task can show, against the formulas written out."""

import numpy as np
import pytest
from scipy.stats import norm

from mergekit_eval import compare
from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    differences,
    planning_table,
    visible,
)
from mergekit_eval.errors import DataError
from mergekit_eval.schema import conform
from tests.compare.conftest import N


def test_planning_says_what_a_task_can_decide(world, merges):
    table = differences(world, merges)
    plans = planning_table(table, wanted=0.02).set_index("task")
    assert set(plans["decides"]) == {"no comparison"}
    rows = table[table["task"] == "task_a"]
    spread = np.sort(rows["stderr"].to_numpy(float))[len(rows) // 2] * np.sqrt(N)
    z, w = norm.isf(0.025 / len(table)), norm.ppf(0.8)
    needed = (z * np.hypot(spread, 0.02) + w * spread) ** 2 / 0.02**2
    assert plans.loc["task_a", "items_needed"] == np.ceil(needed)
    assert plans.loc["task_a", "visible"] == pytest.approx((z + w) * spread / np.sqrt(N))
    assert set(planning_table(table, wanted=0.6)["decides"]) == {"every comparison"}
    assert "No task of this suite" in compare.power_paragraph(planning_table(table, wanted=0.02))
    assert "Every task" in compare.power_paragraph(planning_table(table, wanted=0.6))


@pytest.mark.parametrize("wanted", [0, 1, 2.0])
def test_a_wanted_difference_is_a_share(world, merges, wanted):
    with pytest.raises(DataError, match="wanted"):
        planning_table(differences(world, merges), wanted=wanted)


def test_items_needed_include_those_that_must_differ(world, merges):
    same = world.items.assign(value=world.items["line"].lt(100).astype(float))
    twins = Collection(conform(world.scores.assign(value=0.5), "scores"), same, world.problems)
    table = differences(twins, merges)
    plans = planning_table(table, wanted=0.1)
    hidden = 1 - 0.05 ** (1 / N)
    telling = np.ceil((1 - np.log2(0.05 / len(table))) / (hidden + 0.01))
    assert plans["items_needed"].tolist() == [telling, telling]
    assert plans["decides"].eq("no comparison").all() == (telling > N)


def test_few_clusters_can_decide_nothing_in_a_large_family(world, merges):
    lumped = world.items.assign(cluster=(world.items["line"] // 40).astype(str))
    table = differences(Collection(world.scores, lumped, world.problems), merges)
    assert set(table["units"]) == {5}
    assert np.isinf(visible(table)["mde"]).all()
    assert "so few differing units" in planning_table(table, wanted=0.5)["note"].iloc[0]


def test_what_is_visible_grows_with_the_family(world, merges):
    table = differences(world, merges)
    within = visible(table)["mde"] / table["mde"].astype(float)
    z = norm.isf([0.025 / len(table), 0.025]) + norm.ppf(0.8)
    assert within.to_numpy() == pytest.approx(z[0] / z[1])
