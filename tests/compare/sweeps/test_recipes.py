"""Recipes, and the series and replicates among them."""

from mergekit_eval.compare import recipe_table
from mergekit_eval.compare.recipes import find_replicates, find_sweeps
from mergekit_eval.study import load_study
from tests.compare.sweeps.conftest import RECIPES, WEIGHTS, recipes


def test_a_study_gives_its_recipes_flat(tmp_path):
    file = tmp_path / "s.yaml"
    file.write_text(
        "study: s\nmodels:\n  a: {path: x, role: parent}\n  b: {path: y, role: parent}\nmerges:\n"
        "  m: {method: linear, parents: [a, b], parameters: {weight: {a: 0.4, b: 0.6}, normalize: true}}\n"
        "suites: [tiny]\n"
    )
    row = recipe_table(load_study(file)).iloc[0]
    assert row["parameters"] == {"weight of a": 0.4, "weight of b": 0.6, "normalize": True}
    assert recipe_table(None).empty


def test_a_sweep_is_merges_that_differ_in_one_number():
    found = find_sweeps(RECIPES)
    assert [(s.parameter, s.settings) for s in found] == [("weight", WEIGHTS)]
    assert find_sweeps(RECIPES, known={"w2", "s1"}) == []


def test_two_numbers_or_a_switch_make_no_sweep():
    two = recipes(("x", "ties", {"w": 1, "d": 0.5}, None), ("y", "ties", {"w": 2, "d": 0.7}, None))
    switch = recipes(("x", "ties", {"n": True}, None), ("y", "ties", {"n": False}, None))
    assert find_sweeps(two) == find_sweeps(switch) == []


def test_replicates_differ_in_nothing_but_the_seed():
    assert find_replicates(RECIPES) == {"dare_ties": (["s1", "s2", "s3"], "")}


def test_a_second_merge_of_a_seed_is_no_other_seed_and_is_named():
    again = ("dare_ties", {"density": 0.5})
    rows = [("s1", *again, 1), ("s1_again", *again, 1), ("s2", *again, 2)]
    without = "without s1_again: same recipe and seed as s1"
    assert find_replicates(recipes(*rows)) == {"dare_ties": (["s1", "s2"], without)}
    assert find_replicates(recipes(*rows[:2])) == {}
    assert find_replicates(recipes(*rows), known={"s1_again", "s2"}) == {"dare_ties": (["s1_again", "s2"], "")}
