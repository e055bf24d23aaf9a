"""On which tasks a merge can be compared with each reference."""

from mergekit_eval import compare
from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    comparable_pairs,
    differences,
    no_worse_table,
    simultaneous,
)


def test_comparability_counts_what_stands_against_each_pair(world, merges):
    scores = world.scores.copy()
    scores["n_shot"] = scores["model"].eq("good").map({True: 5, False: 0}).astype("Int64")
    scores["chat_template"] = scores["model"].eq("poor").map({True: "abc", False: ""})
    gone = scores["model"].eq("b") | (scores["model"].eq("a") & scores["task"].eq("task_b"))
    table = comparable_pairs(Collection(scores[~gone], world.items, world.problems), merges)
    status = table.set_index(["merge", "reference", "task"])["status"]
    assert status["good", "base", "task_a"] == "refused"
    assert status["poor", "base", "task_a"] == "paired items"
    assert status["poor", "a", "task_b"] == "one of the two only"
    assert status["poor", "b", ""] == "not evaluated"
    shown = compare.comparability_counts(table).set_index(["merge", "reference"])
    assert shown.loc[("good", "base"), "n_refused"] == 2
    assert "0 against 5" in shown.loc[("good", "base"), "message"].replace("5 against 0", "0 against 5")
    assert "chat templates" in shown.loc[("poor", "base"), "message"]


def test_no_base_one_parent_and_a_parent_not_evaluated(world, merges):
    lone = merges.assign(parents=[("a",), ("a", "b"), ("a", "gone")], base="")
    table = differences(world, lone)
    assert set(table["relation"]) == {"parent"}
    pairs = comparable_pairs(world, lone)
    assert pairs[pairs["reference"] == "gone"]["message"].tolist() == ["no result of gone"]
    assert compare.comparability_counts(pairs)["n_absent"].sum() == 1
    assert len(simultaneous(world, table, draws=200)) == len(table)
    assert no_worse_table(world, table)["reference"].isin(["a", "b"]).all()
