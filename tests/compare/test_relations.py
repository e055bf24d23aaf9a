"""Relations, categories, expectation and bands against plain numpy."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval.compare import (
    MergeContext,
    category_table,
    differences,
    place_table,
    relation_table,
)
from tests.compare.conftest import one

DOMAINS = {"a": frozenset({"t1"}), "b": frozenset({"t2"})}


ROLES = {"base": "base", "a": "parent", "b": "parent", "c": "parent", "m": "merge", "w": "merge"}


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(11)
    rates = {"base": (0.5, 0.5), "a": (0.8, 0.4), "b": (0.4, 0.8), "m": (0.95, 0.9), "w": (0.1, 0.2)}
    hard = [rng.random(300), rng.random(200)]
    return {
        (model, task): (0.7 * h + 0.3 * rng.random(len(h)) < rate).astype(float)
        for model, both in rates.items()
        for task, h, rate in zip(("t1", "t2"), hard, both, strict=True)
    }


@pytest.fixture(scope="module")
def tables(build, merging, answers):
    found, merges = build(ROLES, {}, answers), merging(("m", ("a", "b"), "base"), ("w", ("a", "b"), "base"))
    context, table = MergeContext(found, merges, DOMAINS), differences(found, merges)
    return context, table, relation_table(context, table)


def test_mean_parent_is_the_paired_difference_to_the_mean_of_the_parents(tables, answers):
    row = one(tables[2], level="task", relation="mean parent", merge="m", task="t1")
    d = answers["m", "t1"] - (answers["a", "t1"] + answers["b", "t1"]) / 2
    assert row["gain"] == pytest.approx(d.mean())
    assert row["stderr"] == pytest.approx(d.std(ddof=1) / np.sqrt(300), rel=1e-12)
    apart = np.count_nonzero(d) - 1
    assert row["p"] == pytest.approx(2 * sps.t.sf(abs(row["gain"]) / row["stderr"], apart), rel=1e-9)


def test_rows_per_task_repeat_the_differences_to_the_last_digit(tables):
    _, table, relations = tables
    known = relations[relations["level"].eq("task") & relations["relation"].isin(["base", "parent"])]
    joined = known.merge(table, on=["merge", "reference", "task"], suffixes=("", "_there"))
    assert len(joined) == len(table)
    for name in ("gain", "p", "p_adjusted", "decided"):
        assert (joined[name] == joined[f"{name}_there"]).all()


def test_specialist_is_the_parent_trained_for_the_task(tables):
    rows = tables[2][tables[2]["relation"].eq("specialist") & tables[2]["level"].eq("task")]
    assert {(r.task, r.reference) for r in rows.itertuples()} == {("t1", "a"), ("t2", "b")}


def test_overall_weighs_tasks_equally_and_adds_their_errors(tables, answers):
    row = one(tables[2], level="overall", relation="parent", merge="m", reference="a")
    d = [answers["m", t] - answers["a", t] for t in ("t1", "t2")]
    assert row["gain"] == pytest.approx(np.mean([x.mean() for x in d]))
    error = np.sqrt(sum(x.var(ddof=1) / len(x) for x in d)) / 2
    assert row["stderr"] == pytest.approx(error, rel=1e-12)
    assert (row["n"], row["n_tasks"]) == (500, 2)


def test_best_parent_has_the_lowest_limits_and_an_intersection_union_p(tables):
    best = one(tables[2], level="overall", relation="best parent", merge="m")
    parents = tables[2][
        tables[2]["level"].eq("overall") & tables[2]["relation"].eq("parent") & tables[2]["merge"].eq("m")
    ]
    assert best["gain_raw"] == parents["gain"].min()
    assert best["gain_low"] == parents["gain_low"].min()
    z = sps.norm.isf(0.05 / 4)
    assert best["gain_high"] == pytest.approx(
        max((parents["gain"] + z * parents["stderr"]).min(), parents["gain_high"].min())
    )
    assert best["p"] == pytest.approx(parents["p"].max())
    assert "the gain is without the luck of the highest" in best["note"]


def test_the_gain_over_the_best_parent_is_that_of_the_places(build, merging):
    """One estimator: overall and task by task, both tables show one number."""
    rng = np.random.default_rng(4)
    values = {(name, task): (rng.random(90) < 0.5).astype(float) for name in "abcm" for task in ("t1", "t2")}
    roles = dict.fromkeys("abc", "parent") | {"m": "merge"}
    found, merges = build(roles, {}, values), merging(("m", ("a", "b", "c"), ""))
    context, table = MergeContext(found, merges), differences(found, merges)
    both = [
        made[made["relation"].eq("best parent") & made["level"].isin(["task", "overall"])].set_index("task")
        for made in (relation_table(context, table), place_table(context, table))
    ]
    assert set(both[0].index) == {"t1", "t2", "overall"} == set(both[1].index)
    for name in ("gain", "gain_raw"):
        assert both[0][name].to_dict() == pytest.approx(both[1][name].to_dict(), rel=1e-12)
    assert (both[0]["gain"] > both[0]["gain_raw"]).all()


def test_one_item_knows_nothing_of_luck(build, merging):
    values = {(model, "t1"): np.array([score]) for model, score in {"a": 0.0, "b": 1.0, "m": 1.0}.items()}
    found, merges = build({"a": "parent", "b": "parent", "m": "merge"}, {}, values), merging(("m", ("a", "b"), ""))
    best = one(relation_table(MergeContext(found, merges), differences(found, merges)), relation="best parent")
    assert (best["gain"], best["gain_raw"]) == (0, 0)
    assert best["note"] == "the best of 2 parents is named by the same items: with one item its luck is not known"


def test_equal_parents_lend_a_merge_no_loss(build, merging):
    """300 merges like each of their three parents: the raw gain is too low by the luck of the highest."""
    rng, rounds = np.random.default_rng(6), range(300)
    values = {
        (f"{name}{i}", "t1"): (rng.random(150) < 0.5).astype(float) for i in rounds for name in ("m", "a", "b", "c")
    }
    roles = {name: "merge" if name.startswith("m") else "parent" for name, _ in values}
    merges = merging(*((f"m{i}", (f"a{i}", f"b{i}", f"c{i}"), "") for i in rounds))
    found = build(roles, {}, values)
    table = relation_table(MergeContext(found, merges), differences(found, merges))
    best = table[table["level"].eq("overall") & table["relation"].eq("best parent")]
    single = np.sqrt(2 * 0.25 / 150)  # standard error of the gain over one parent
    assert best["gain_raw"].mean() / single == pytest.approx(-0.846 / np.sqrt(2), abs=0.15)
    assert abs(best["gain"].mean()) / single < 0.25


@pytest.mark.slow
def test_the_best_parent_interval_covers_when_two_parents_tie(build, merging):
    """300 merges, each with parents of its own."""
    rng, rounds = np.random.default_rng(5), range(300)
    values = {(f"{name}{i}", "t1"): (rng.random(150) < 0.5).astype(float) for i in rounds for name in ("m", "a", "b")}
    roles = {name: "merge" if name.startswith("m") else "parent" for name, _ in values}
    found, merges = build(roles, {}, values), merging(*((f"m{i}", (f"a{i}", f"b{i}"), "") for i in rounds))
    table = relation_table(MergeContext(found, merges), differences(found, merges))
    best = table[table["level"].eq("overall") & table["relation"].eq("best parent")]
    assert len(best) == len(rounds)
    covered = best["gain_low"].le(0) & best["gain_high"].ge(0)
    assert covered.mean() > 0.93  # the naive interval around the worst of two gains would cover about 0.90


def test_lower_is_better_turns_gains_and_keeps_values(build, merging):
    rng = np.random.default_rng(8)
    values = {(n, "t1"): (rng.random(400) < rate).astype(float) for n, rate in (("a", 0.6), ("b", 0.5), ("m", 0.1))}
    found = build(ROLES, {"t1": {"higher_is_better": False}}, values)
    merges = merging(("m", ("a", "b"), ""))
    context = MergeContext(found, merges)
    relations = relation_table(context, differences(found, merges))
    mean = one(relations, level="task", relation="mean parent")
    assert mean["gain"] > 0.3
    assert mean["merge_value"] == pytest.approx(values["m", "t1"].mean())
    row = one(category_table(context, relations), level="task")
    assert row["category"] == "better than all"
    assert row["lowest"] == "a"  # the worse parent is the one that errs more


def test_a_difference_of_all_items_is_decided_although_it_has_no_spread(build, merging):
    values = {("a", "t1"): np.ones(100), ("b", "t1"): np.ones(100), ("m", "t1"): np.zeros(100)}
    found, merges = build(ROLES, {}, values), merging(("m", ("a", "b"), ""))
    relations = relation_table(MergeContext(found, merges), differences(found, merges))
    parents = relations[relations["level"].eq("overall") & relations["relation"].ne("base")]
    assert set(parents["decided"]) == {"worse"}
    assert one(relations, relation="base")["note"] == "not compared: it is not known"
