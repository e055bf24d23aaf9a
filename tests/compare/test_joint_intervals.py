"""Intervals that hold together: Newcombe's at the level of max-T, Bonferroni without items."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, t

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    differences,
    simultaneous,
)
from mergekit_eval.schema import conform
from tests.compare.conftest import N, answers_of, bare, collection, copies


def test_joint_limits_are_newcombes_at_the_level_of_the_largest_flip(world, merges):
    table = simultaneous(world, differences(world, merges), draws=2_000, seed=3)
    assert set(table["joint_from"]) == {f"max-T over {len(table)} comparisons"}
    level = table["joint_level"].iloc[0]
    assert 1 - 0.05 / len(table) - 0.01 < level < 1
    row = table[(table["merge"] == "middle") & (table["reference"] == "b") & (table["task"] == "task_a")].iloc[0]
    x, y = answers_of(world, "middle", "task_a"), answers_of(world, "b", "task_a")
    z, n = norm.isf((1 - level) / 2), N
    e, f, g, h = ((x * y).sum(), (x > y).sum(), (x < y).sum(), ((1 - x) * (1 - y)).sum())
    limits = []
    for share in ((e + f) / n, (e + g) / n):
        middle, half = share + z**2 / (2 * n), z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
        limits.append(((middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)))
    top = e * h - f * g
    phi = (max(top - n / 2, 0) if top > 0 else top) / np.sqrt((e + f) * (g + h) * (e + g) * (f + h))
    (l1, u1), (l2, u2), (p1, p2) = limits[0], limits[1], ((e + f) / n, (e + g) / n)
    low = p1 - p2 - np.sqrt((p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2)
    high = p1 - p2 + np.sqrt((u1 - p1) ** 2 - 2 * phi * (u1 - p1) * (p2 - l2) + (p2 - l2) ** 2)
    assert (row["joint_low"], row["joint_high"]) == pytest.approx((low, high), abs=1e-9)
    assert (table["joint_low"] <= table["gain_low"]).all()
    assert (table["joint_high"] >= table["gain_high"]).all()


def test_joint_limits_turn_round_where_lower_is_better(world, merges):
    turned = Collection(conform(world.scores.assign(higher_is_better=False), "scores"), world.items, world.problems)
    up, down = (simultaneous(c, differences(c, merges), draws=500) for c in (world, turned))
    assert down["joint_low"].to_numpy() == pytest.approx(-up["joint_high"].to_numpy())
    assert down["joint_high"].to_numpy() == pytest.approx(-up["joint_low"].to_numpy())


@pytest.mark.slow
def test_joint_intervals_cover_all_true_differences_together():
    missed = 0
    for seed in range(120):
        found, made = copies(seed=seed)
        table = simultaneous(found, differences(found, made), draws=400, seed=seed)
        missed += bool((table["joint_low"].gt(0) | table["joint_high"].lt(0)).any())
    # 5 % of 120 studies are 6; the binomial's upper 99.9 % point is 15.
    assert missed <= 15


def test_aggregates_alone_get_bonferroni_and_a_mixed_family_divides_alpha(world, merges):
    table = simultaneous(bare(world), differences(bare(world), merges))
    assert set(table["joint_from"]) == {f"Bonferroni over {len(table)}"}
    errors = [[np.sqrt(p * (1 - p) / N) for p in table[side]] for side in ("merge_value", "reference_value")]
    variances = np.square(errors)
    df = variances.sum(axis=0) ** 2 / (variances**2 / (N - 1)).sum(axis=0)  # Welch, as the limits of each alone
    reach = t.isf(0.025 / len(table), df) * np.hypot(*errors)
    assert table["joint_low"].to_numpy() == pytest.approx((table["gain"] - reach).clip(lower=-1).to_numpy())
    assert table["joint_high"].to_numpy() == pytest.approx((table["gain"] + reach).clip(upper=1).to_numpy())
    part = Collection(world.scores, world.items[world.items["task"] != "task_b"], world.problems)
    mixed = simultaneous(part, differences(part, merges))
    assert mixed.groupby("task")["joint_from"].first().str.split().str[0].to_dict() == {
        "task_a": "max-T",
        "task_b": "Bonferroni",
    }


def test_a_family_of_one_pair_of_aggregates_has_the_limits_of_the_pair_alone():
    """Sizes of 12 and 40, where Welch's degrees of freedom are far from either size less one."""
    answers = {("m", "t_a"): np.repeat([1.0, 0.0], [8, 4]), ("p", "t_a"): np.repeat([1.0, 0.0], [14, 26])}
    found = bare(collection(answers, {"m": "merge", "p": "parent"}))
    one = pd.DataFrame({"merge": ["m"], "method": ["linear"], "parents": [("p",)], "base": [""]})
    row = simultaneous(found, differences(found, one)).iloc[0]
    a, b = 8 / 12 * 4 / 12 / 12, 14 / 40 * 26 / 40 / 40
    half = t.isf(0.025, (a + b) ** 2 / (a**2 / 11 + b**2 / 39)) * np.sqrt(a + b)
    gain = 8 / 12 - 14 / 40
    assert (row["joint_low"], row["joint_high"]) == pytest.approx((gain - half, gain + half), abs=1e-12)
    assert (row["gain_low"], row["gain_high"]) == pytest.approx((gain - half, gain + half), abs=1e-12)


def test_max_t_as_a_correction_is_the_joint_p(world, merges):
    table = differences(world, merges, correction="max-t")
    joint = simultaneous(world, table)
    assert table["p_adjusted"].to_numpy() == pytest.approx(joint["p_joint"].to_numpy())
    sure = table["p_adjusted"] <= 0.05
    assert table["decided"].isin(["better", "worse"]).tolist() == sure.tolist()
    assert sure.any()
