"""The gain of a recipe with several seeds, against plain numpy, and what is refused."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval import tables
from mergekit_eval.compare import MergeContext, recipe_place_table
from tests.compare.sweeps.conftest import PARENTS, RECIPES, SEED_TWICE

SEEDS = ("s1", "s2", "s3")
SIZES = {"t1": 300, "t2": 100}


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(8)
    rates = {"s1": 0.6, "s2": 0.62, "s3": 0.72, "a": 0.2, "b": 0.6}
    hard = {task: rng.random(size) for task, size in SIZES.items()}
    return {
        (model, task): (0.6 * hard[task] + 0.4 * rng.random(SIZES[task]) < rate).astype(float)
        for model, rate in rates.items()
        for task in SIZES
    }


@pytest.fixture(scope="module")
def kin(build, merging, answers):
    roles = dict.fromkeys(SEEDS, "merge") | dict.fromkeys(PARENTS, "parent")
    return MergeContext(build(roles, {}, answers), merging(*((name, PARENTS, "") for name in SEEDS)))


def test_the_variance_between_seeds_is_in_the_error(kin, answers):
    row = recipe_place_table(kin, RECIPES).set_index("reference").loc["b"]
    each = [np.mean([answers[name, task].mean() for task in SIZES]) for name in SEEDS]
    differences = [np.mean([answers[name, task] for name in SEEDS], axis=0) - answers["b", task] for task in SIZES]
    assert row["gain"] == pytest.approx(np.mean([d.mean() for d in differences]))
    parts = [np.var(d, ddof=1) / len(d) / 4 for d in differences]
    worth = [np.count_nonzero(d) - 1 for d in differences]
    between = np.var(each, ddof=1) / 3
    variance = sum(parts) + between
    df = variance**2 / (sum(v**2 / k for v, k in zip(parts, worth, strict=True)) + between**2 / 2)
    half = sps.t.ppf(1 - 0.025 / 2, df) * np.sqrt(variance)
    assert row["stderr"] == pytest.approx(np.sqrt(variance))
    assert (row["gain_low"], row["gain_high"]) == pytest.approx((row["gain"] - half, row["gain"] + half))
    assert (row["seeds"], row["n"], row["n_tasks"]) == (3, 400, 2)


def test_the_place_follows_from_the_limits(kin):
    table = recipe_place_table(kin, RECIPES).set_index("reference")
    assert table["place"].to_dict() == {"a": "above", "b": "not decided"}
    assert table.loc["a", "gain_low"] > 0 > table.loc["b", "gain_low"]


def test_two_seeds_make_no_claim_and_one_is_no_recipe(kin):
    two = recipe_place_table(kin, RECIPES.iloc[:5])
    assert set(two["place"]) == {""} and two["gain"].isna().all()
    assert set(two["note"]) == {"two seeds: a claim on the recipe needs three"}
    assert "nothing but their seed" in tables.reason(recipe_place_table(kin, RECIPES.iloc[:4]))


def test_a_parent_without_results_is_named(build, merging, answers):
    known = {key: value for key, value in answers.items() if key[0] != "b"}
    roles = dict.fromkeys(SEEDS, "merge") | {"a": "parent"}
    lone = MergeContext(build(roles, {}, known), merging(*((name, PARENTS, "") for name in SEEDS)))
    table = recipe_place_table(lone, RECIPES).set_index("reference")
    assert table.loc["b", "note"] == "no bounded task that it shares with all seeds"
    assert table.loc["a", "place"] == "above"


def test_a_second_merge_of_a_seed_is_left_out_with_a_note(kin):
    notes = recipe_place_table(kin, SEED_TWICE)["note"]
    assert notes.str.endswith("recipe needs three; without s3: same recipe and seed as s2").all()
