"""Recipes, sweeps, winners without their luck, seeds - against plain numpy."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval import tables
from mergekit_eval.compare import MergeContext, seed_table, sweep_table, winner_table
from tests.compare.sweeps.conftest import PARENTS, RECIPES, SEED_TWICE, WEIGHTS

RATES = {"w2": 0.4, "w5": 0.7, "w8": 0.5, "s1": 0.6, "s2": 0.6, "s3": 0.75, "a": 0.5, "b": 0.5}


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(8)
    hard = {task: rng.random(size) for task, size in (("t1", 300), ("t2", 100))}
    return {
        (model, task): (0.6 * hard[task] + 0.4 * rng.random(len(hard[task])) < rate).astype(float)
        for model, rate in RATES.items()
        for task in hard
    }


@pytest.fixture(scope="module")
def kin(build, merging, answers):
    roles = {name: "parent" if name in PARENTS else "merge" for name in RATES}
    found = build(roles, {}, answers)
    return MergeContext(found, merging(*((name, PARENTS, "") for name in RATES if name not in PARENTS)))


def mean(answers, name):
    return np.mean([answers[name, task].mean() for task in ("t1", "t2")])


def test_a_sweep_shows_each_setting_with_its_score(kin, answers):
    rows = sweep_table(kin, RECIPES)
    overall = rows[rows["level"].eq("overall")].set_index("setting")["value"]
    assert list(overall.index) == [0.2, 0.5, 0.8]
    for name, setting in WEIGHTS.items():
        assert overall[setting] == pytest.approx(mean(answers, name))
    task = rows[rows["task"].eq("t1") & rows["merge"].eq("w5")].iloc[0]
    low, high = sps.binomtest(int(answers["w5", "t1"].sum()), 300).proportion_ci(method="wilson")
    assert (task["low"], task["high"]) == (pytest.approx(low), pytest.approx(high))


def test_without_a_sweep_the_reason_is_given(kin):
    assert "differ in one number" in tables.reason(sweep_table(kin, RECIPES.iloc[:1]))


@pytest.mark.slow
def test_the_winner_loses_its_luck(build, merging):
    rng, optimism, gaps = np.random.default_rng(1), [], []
    names = [f"m{k}" for k in range(8)]
    for _ in range(80):  # eight merges that are all equally good: whoever wins was lucky
        values = {(name, "t1"): (rng.random(120) < 0.5).astype(float) for name in names}
        found = build(dict.fromkeys(names, "merge"), {}, values)
        row = winner_table(MergeContext(found, merging(*((name, (), "") for name in names)))).iloc[0]
        best = max(values[name, "t1"].mean() for name in names)
        assert row["naive"] == pytest.approx(best)
        optimism.append(row["naive"] - 0.5)
        gaps.append(row["cross_fitted"] - 0.5)
    assert np.mean(optimism) > 0.04
    assert abs(np.mean(gaps)) < 0.015  # its standard error over 80 studies is 0.0043


def test_a_winner_over_the_base_is_a_gain(kin, answers):
    row = winner_table(kin, RECIPES, over="a").iloc[0]
    assert row["naive"] == pytest.approx(max(mean(answers, n) for n in RATES if n not in PARENTS) - mean(answers, "a"))
    assert "ghost is not evaluated" in winner_table(kin, over="ghost").iloc[0]["note"]


def test_seeds_are_a_variance_component(kin, answers):
    row = seed_table(kin, RECIPES)
    row = row[row["level"].eq("overall")].iloc[0]
    scores = np.array([mean(answers, f"s{k}") for k in (1, 2, 3)])
    assert row["spread"] == pytest.approx(scores.std(ddof=1))
    halves = [
        sum(np.var(answers[p, t] - answers[q, t], ddof=1) / len(answers[p, t]) for t in ("t1", "t2")) / 4 / 2
        for p, q in (("s1", "s2"), ("s1", "s3"), ("s2", "s3"))
    ]
    assert row["item_spread"] == pytest.approx(np.sqrt(np.mean(halves)))
    assert row["seed_spread"] == pytest.approx(np.sqrt(max(row["spread"] ** 2 - row["item_spread"] ** 2, 0)))
    assert row["seeds"] == 3


def test_one_seed_says_nothing_about_seeds(kin):
    assert "nothing but their seed" in tables.reason(seed_table(kin, RECIPES.iloc[:4]))


def test_a_second_merge_of_a_seed_is_left_out_with_a_note(kin):
    table = seed_table(kin, SEED_TWICE)
    assert table["merges"].eq("s1, s2").all() and table["seeds"].eq(2).all()
    assert table["note"].str.endswith("without s3: same recipe and seed as s2").all()
