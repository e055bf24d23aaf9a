"""Conflicts between parents and losses against the weakest one, against plain arithmetic."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats as sps

from mergekit_eval import tables
from mergekit_eval.compare import MergeContext, conflict_table, regression_table

DOMAINS = {name: frozenset({task}) for name, task in (("a", "t1"), ("b", "t2"), ("c", "t3"))}
TASKS = {task: {"capability": task, "chance": 0.0} for task in ("t1", "t2", "t3")}
# every merge of two; a's skill is lost in the company of b
HELD = {"ab1": ("a", "b"), "ab2": ("a", "b"), "ac1": ("a", "c"), "ac2": ("a", "c"), "bc": ("b", "c")}
RATES = {"a": 0.9, "b": 0.5, "c": 0.5, "ab1": 0.40, "ab2": 0.44, "ac1": 0.80, "ac2": 0.84, "bc": 0.6}


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(12)
    hard = {task: rng.random(400) for task in TASKS}
    return {
        (model, task): (0.8 * hard[task] + 0.2 * rng.random(400) < rate).astype(float)
        for model, rate in RATES.items()
        for task in TASKS
    }


@pytest.fixture(scope="module")
def kin(build, merging, answers):
    roles = {name: "merge" if name in HELD else "parent" for name in RATES}
    return MergeContext(build(roles, TASKS, answers), merging(*((m, p, "") for m, p in HELD.items())), DOMAINS)


def test_a_skill_that_suffers_under_another_parent_is_found(kin, answers):
    table = conflict_table(kin).set_index(["skill", "other"])
    row = table.loc[("a", "b")]
    scores = {m: answers[m, "t1"].mean() for m in HELD}
    effect = np.mean([scores["ab1"], scores["ab2"]]) - np.mean([scores["ac1"], scores["ac2"]])
    assert row["effect"] == pytest.approx(effect)
    assert row["effect"] < -0.3
    assert (row["with_other"], row["without_other"]) == (2, 2)
    assert table.loc[("a", "c"), "effect"] == pytest.approx(-effect)


def test_the_error_holds_the_spread_between_merges(kin, answers):
    row = conflict_table(kin).set_index(["skill", "other"]).loc[("a", "b")]
    scores = {m: answers[m, "t1"].mean() for m in HELD}
    pooled = (np.var([scores["ab1"], scores["ab2"]], ddof=1) + np.var([scores["ac1"], scores["ac2"]], ddof=1)) / 2
    d = (answers["ab1", "t1"] + answers["ab2", "t1"] - answers["ac1", "t1"] - answers["ac2", "t1"]) / 2
    stderr = np.sqrt(pooled * (4 * 0.25) + d.var(ddof=1) / 400)
    assert (row["high"] - row["low"]) / 2 == pytest.approx(sps.t.isf(0.025, 2) * stderr)
    assert row["p"] == pytest.approx(2 * sps.t.sf(abs(row["effect"]) / stderr, 2))
    assert row["p_adjusted"] == pytest.approx(6 * row["p"])  # the smallest of six pairs
    assert row["decided"] == ("worse" if 6 * row["p"] <= 0.05 else "undecided")


def test_where_nothing_of_equal_size_can_be_compared_nothing_is_decided(build, merging, answers):
    more = answers | {("abc", task): answers["ab1", task] for task in TASKS}
    roles = {name: "merge" if name in (*HELD, "abc") else "parent" for name, _ in more}
    held = {"abc": ("a", "b", "c"), "ac1": ("a", "c"), "ac2": ("a", "c")}
    kin = MergeContext(build(roles, TASKS, more), merging(*((m, p, "") for m, p in held.items())), DOMAINS)
    row = conflict_table(kin).set_index(["skill", "other"]).loc[("a", "b")]
    assert "merging more models" in row["note"]
    assert row["decided"] == ""


def test_one_merge_on_each_side_has_a_number_and_no_claim(build, merging, answers):
    kept = {k: v for k, v in answers.items() if k[0] not in ("ab2", "ac2")}
    roles = {name: "merge" if name in HELD else "parent" for name, _ in kept}
    kin = MergeContext(build(roles, TASKS, kept), merging(("ab1", ("a", "b"), ""), ("ac1", ("a", "c"), "")), DOMAINS)
    row = conflict_table(kin).set_index(["skill", "other"]).loc[("a", "b")]
    assert "the spread between merges is unknown" in row["note"]
    assert pd.isna(row["low"])


def test_the_floor_is_the_weakest_parent_less_the_tolerance(kin, answers):
    table = regression_table(kin, tolerance=0.05)
    row = table[table["level"].eq("task") & table["merge"].eq("ab1") & table["task"].eq("t1")].iloc[0]
    assert row["weakest"] == "b"
    assert row["floor"] == pytest.approx(0.95 * answers["b", "t1"].mean())
    assert row["distance"] == pytest.approx(answers["ab1", "t1"].mean() - row["floor"])
    d = answers["ab1", "t1"] - 0.95 * answers["b", "t1"]
    half_item = 0.5 / 400**2  # of each model: the distance to a share of a score is no difference of the two
    stderr = np.sqrt(d.var(ddof=1) / 400 + half_item * (1 + 0.95**2))
    assert (row["high"] - row["low"]) / 2 == pytest.approx(sps.t.isf(0.025, 399) * stderr)


def test_regressed_needs_to_be_below_the_floor_of_every_parent(kin):
    table = regression_table(kin).set_index(["level", "merge", "task"])["decided"]
    assert table["task", "ab1", "t1"] == "regressed"
    assert table["task", "ac1", "t1"] == "holds"
    assert table["overall", "bc", "overall"] == "holds"


def test_no_merge_of_known_parents_no_matrix(build, merging, answers):
    kin = MergeContext(build({"a": "parent"}, TASKS, {("a", "t1"): answers["a", "t1"]}), merging())
    assert "no two parents" in tables.reason(conflict_table(kin))
