"""One verdict per merge: the word follows from the places, and made studies get the word a reader would give."""

import numpy as np
import pandas as pd
import pytest

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare.comparison import Comparison
from mergekit_eval.compare.verdicts import judged
from tests.compare.conftest import bare, without

KIN = {"base": "base", "a": "parent", "b": "parent", "m": "merge"}


def verdicts(found, merges, **how):
    return Comparison(found, merges, **how).verdicts().set_index("merge")


def shifted(rng, sizes, rates):
    """Return answers of models that share what makes an item hard: (model, task) -> right or wrong."""
    hard = {task: rng.random(size) for task, size in sizes.items()}
    return {
        (model, task): (0.8 * hard[task] + 0.2 * rng.random(len(hard[task])) < rate).astype(float)
        for model, by_task in rates.items()
        for task, rate in by_task.items()
    }


@pytest.mark.parametrize(
    ("parents", "base", "word"),
    [
        (["above", "above"], ["above"], "better than the base and every parent"),
        (["above", "above"], ["below"], "better than every parent"),
        (["above", "above"], [], "better than every parent"),
        (["above", "below"], ["above"], "between"),
        (["not decided", "below"], ["below"], "below its best parent"),
        (["below", "below"], ["not decided"], "worse than every parent"),
        (["below", "below"], ["below"], "worse than the base and every parent"),
        (["above", "not decided"], ["above"], "not decided"),
        (["same answers", "below"], ["above"], "same answers as a parent"),
        ([], ["above"], "not decided"),
    ],
)
def test_the_word_follows_from_the_places(parents, base, word):
    assert judged(parents, base) == word


def test_verdicts_of_a_world_whose_truth_is_known(world, merges):
    table = verdicts(world, merges)
    assert table["verdict"].to_dict() == {
        "good": "better than the base and every parent",
        "poor": "collapsed",
        "middle": "not decided",
    }
    assert table["n_tasks"].to_dict() == dict.fromkeys(merges["merge"], 2)
    assert table["n_items"].to_dict() == dict.fromkeys(merges["merge"], 400)
    assert table.loc["good", "sure_gains"].startswith("task_a: ")
    assert "against the base" in table.loc["poor", "sure_losses"]


def test_a_benchmark_of_many_leaves_does_not_outvote_the_others(build, merging):
    """Gains of ten points on two benchmarks, losses of two on fourteen leaves of a third: +6 by benchmarks."""
    rng = np.random.default_rng(5)
    leaves = [f"mmlu_{name}" for name in "abcdefghijklmn"]
    sizes = {"gsm8k": 1000, "hellaswag": 1000} | dict.fromkeys(leaves, 200)
    rates = {name: dict.fromkeys(sizes, 0.5) for name in KIN}
    rates["m"] = {"gsm8k": 0.6, "hellaswag": 0.6} | dict.fromkeys(leaves, 0.48)
    found, merges = build(KIN, {}, shifted(rng, sizes, rates)), merging(("m", ("a", "b"), "base"))
    by_benchmark = verdicts(found, merges).loc["m"]
    assert by_benchmark["verdict"] == "better than the base and every parent"
    assert by_benchmark["n_benchmarks"] == 3
    assert by_benchmark["gain"] == pytest.approx(0.06, abs=0.02)
    assert verdicts(found, merges, weights="task").loc["m", "gain"] == pytest.approx(-0.005, abs=0.02)


def test_a_copy_of_a_parent_gives_the_same_answers_and_has_not_collapsed(build, merging):
    rng = np.random.default_rng(6)
    tasks = ["t1", "t2", "t3", "t4"]
    parents = ["a", "b", "c", "d"]
    rates = {
        name: {task: 0.95 if at == place else 0.3 for place, task in enumerate(tasks)}
        for at, name in enumerate(parents)
    }
    answers = shifted(rng, dict.fromkeys(tasks, 150), rates | {"base": dict.fromkeys(tasks, 0.3)})
    answers |= {("m", task): answers["a", task] for task in tasks}
    roles = {"base": "base", **dict.fromkeys(parents, "parent"), "m": "merge"}
    row = verdicts(build(roles, {}, answers), merging(("m", tuple(parents), "base"))).loc["m"]
    assert row["verdict"] == "same answers as a parent"
    assert row["reason"].startswith("same answers as a; ")


def test_ten_points_below_the_best_parent_and_level_with_the_others_is_below_its_best_parent(build, merging):
    rng = np.random.default_rng(7)
    sizes = {f"t{at}": 400 for at in range(6)}
    rates = {name: dict.fromkeys(sizes, 0.6) for name in ("base", "a", "b", "m")} | {"c": dict.fromkeys(sizes, 0.7)}
    found = build({**KIN, "c": "parent"}, {}, shifted(rng, sizes, rates))
    row = verdicts(found, merging(("m", ("a", "b", "c"), "base"))).loc["m"]
    assert (row["verdict"], row["best_parent"], row["within_margin"]) == ("below its best parent", "c", "surely beyond")
    assert "a loss of more than 2 points" in row["reason"]


def test_gains_and_losses_that_cancel_are_both_the_news(build, merging):
    rng = np.random.default_rng(8)
    sizes = {"maths": 500, "code": 500}
    rates = {name: dict.fromkeys(sizes, 0.5) for name in KIN} | {"m": {"maths": 0.65, "code": 0.35}}
    row = verdicts(build(KIN, {}, shifted(rng, sizes, rates)), merging(("m", ("a", "b"), "base"))).loc["m"]
    assert row["verdict"] == "not decided"
    assert row["sure_gains"].startswith("maths: ") and "against every parent" in row["sure_gains"]
    assert row["sure_losses"].startswith("code: ") and "against the base" in row["sure_losses"]


def test_one_parent_and_no_base(world, merges):
    alone = merges.assign(parents=[("a",)] * len(merges), base="")
    table = verdicts(world, alone)
    assert table.loc["good", "verdict"] == "better than every parent"
    assert "against its parent a" in table.loc["good", "reason"]
    assert table.loc["good", "base_place"] == ""
    assert table.loc["poor", "verdict"] == "collapsed"


def test_a_merge_without_known_parents_gets_no_verdict_and_says_why(world, merges):
    table = verdicts(world, merges.assign(parents=[()] * len(merges), base=""))
    assert set(table["verdict"]) == {"not decided"}
    assert set(table["reason"]) == {"no parent known"}


def test_a_parent_that_was_not_evaluated_is_named(world, merges):
    table = verdicts(without(world, lambda s: s["model"].eq("b")), merges)
    assert table.loc["good", "note"] == "not evaluated: b"


def test_a_parent_without_a_shared_task_was_evaluated(world, merges):
    apart = world.scores.assign(task=world.scores["task"].where(world.scores["model"] != "b", "other"))
    items = world.items.assign(task=world.items["task"].where(world.items["model"] != "b", "other"))
    table = verdicts(Collection(apart[~apart.duplicated(["model", "task"])], items, world.problems), merges)
    assert table.loc["good", "note"] == "no task shared with: b"


def test_a_verdict_from_aggregates_says_so_and_does_not_count_unknown_items(world, merges):
    def reasons(found):
        return verdicts(found, merges)["reason"]

    assert reasons(world).str.contains(r"2 benchmarks \(2 tasks\), 400 items").all()
    assert reasons(world).str.contains("aggregates").sum() == 0
    assert reasons(bare(world)).str.contains("400 items, aggregates only").all()
    unknown = Collection(world.scores.assign(n=pd.NA, stderr=0.03), world.items.iloc[:0], world.problems)
    assert reasons(unknown).str.contains("number of items unknown, aggregates only").all()


def test_an_undecided_verdict_says_how_many_items_would_decide(world, merges):
    row = verdicts(world, merges).loc["middle"]
    assert f"about {row['items_needed']:,.0f} items would decide a difference of 2 points" in row["reason"]


def test_the_items_that_would_decide_are_those_of_a_power_formula(build, merging):
    """One comparison: n = (z of 5 %, two-sided, + z of 80 % power)^2 x variance / 0.02^2 on paired differences.

    Of 200 items the merge wins 30 and loses 30: variance 0.3, so (1.96 + 0.84)^2 x 0.3 / 0.0004 = 5,887 items; the
    limits spend a small part of the 5 %, and the variance has 199 in the denominator.
    """
    parent, merge = np.tile([1.0, 0.0], 100), np.tile([1.0, 0.0], 100)
    parent[:60:2], merge[1:61:2], merge[:60:2] = 1, 1, 0
    answers = {("a", "t1"): parent, ("m", "t1"): merge}
    row = verdicts(build({"a": "parent", "m": "merge"}, {}, answers), merging(("m", ("a",), ""))).loc["m"]
    assert row["verdict"] == "not decided"
    assert row["items_needed"] == pytest.approx(7.849 * 0.3 / 0.0004, rel=0.04)
    assert f"about {row['items_needed']:,.0f} items would decide a difference of 2 points" in row["reason"]


def test_no_merge_no_verdict(world, merges):
    assert verdicts(world, merges.iloc[:0]).empty


def test_the_verdict_on_one_seed_of_a_random_method_is_about_the_file(world, merges):
    methods = {"good": "dare_ties", "poor": "ties", "middle": "della_linear"}
    reasons = verdicts(world, merges.assign(method=merges["merge"].map(methods)))["reason"]
    said = reasons.str.endswith("with one seed: this file, not the recipe")
    assert said.to_dict() == {"good": True, "poor": False, "middle": True}


def test_the_verdict_is_about_the_reference_parent_that_the_study_names(world, merges):
    table = verdicts(world, merges.assign(reference=["a", "a", ""]))
    row = table.loc["good"]
    assert row["verdict"] == "better than the base and its reference parent"
    assert "against its reference parent a, named in the study" in row["reason"]
    assert "; above its base: " in row["reason"]
    assert row["note"] == ""
    assert table.loc["poor", "verdict"] == "collapsed"
    assert table.loc["middle", "verdict"] == "not decided"
    other = Comparison(world, merges.assign(reference=["a", "", ""])).sensitivity().set_index("merge")
    assert other.loc["good", "by_task"] == "better than the base and its reference parent"


def test_a_reference_parent_beaten_below_the_base(build, merging):
    rng = np.random.default_rng(9)
    sizes = {"t1": 400, "t2": 400}
    rates = {"base": 0.9, "a": 0.3, "b": 0.6, "m": 0.6}
    answers = shifted(rng, sizes, {name: dict.fromkeys(sizes, rate) for name, rate in rates.items()})
    merges = merging(("m", ("a", "b"), "base")).assign(reference="a")
    row = verdicts(build(KIN, {}, answers), merges).loc["m"]
    assert row["verdict"] == "better than its reference parent"
    assert "; below its base: " in row["reason"]
    worse = merging(("m", ("a", "b"), "a")).assign(reference="base", parents=[("base", "b")])
    assert verdicts(build(KIN, {}, answers), worse).loc["m", "verdict"] == "worse than its reference parent"


def test_a_gain_is_told_in_points_and_as_a_share_of_the_reference(build, merging):
    """40 to 60 of 100 items right is +20 points, +50 %; nothing is said against a model that scores about 0."""
    answers = {
        (model, "t1"): (np.arange(100) < right).astype(float)
        for model, right in {"base": 0, "a": 40, "b": 30, "m": 60}.items()
    }
    row = verdicts(build(KIN, {}, answers), merging(("m", ("a", "b"), "base"))).loc["m"]
    against = row["reason"].split("; ")
    assert against[0].startswith("+20.0 points [") and "] (+50.0 %) against its best parent a" in against[0]
    assert against[1].startswith("above its base: +60.0 points [") and "%" not in against[1]
