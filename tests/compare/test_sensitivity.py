"""Which verdicts hang on the weights."""

import numpy as np
import pandas as pd

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import MergeContext, differences, place_table, sensitivity, sensitivity_table


def test_a_verdict_that_only_many_leaves_make_is_named(build, merging):
    rng = np.random.default_rng(1)
    leaves = [f"mmlu_{name}" for name in "abcdefghij"]
    answers = {
        (model, task): (rng.random(300) < 0.5).astype(float) for model in ("a", "m") for task in (*leaves, "gsm8k")
    }
    for leaf in leaves:
        answers["m", leaf] = np.maximum(answers["a", leaf], (rng.random(300) < 0.1).astype(float))
    answers["m", "gsm8k"] = np.minimum(answers["a", "gsm8k"], (rng.random(300) < 0.8).astype(float))
    found, merges = build({"a": "parent", "m": "merge"}, {}, answers), merging(("m", ("a",), ""))
    row = sensitivity_table(MergeContext(found, merges), differences(found, merges)).iloc[0]
    assert row["by_task"] == row["by_item"] == "better than every parent"
    assert row["by_benchmark"] != row["by_task"]
    assert row["changes"]


def test_items_of_unknown_number_cannot_weigh(world, merges):
    unknown = Collection(world.scores.assign(n=pd.NA, stderr=0.03), world.items.iloc[:0], world.problems)
    table = sensitivity_table(MergeContext(unknown, merges), differences(unknown, merges))
    assert set(table["by_item"]) == {""}
    assert table["note"].str.contains("State n of the task").all()
    assert not table["changes"].any()


def test_places_that_are_made_already_are_not_made_again(world, merges):
    context, table = MergeContext(world, merges), differences(world, merges)
    places = place_table(context, table)
    assert sensitivity_table(context, table, places=places).equals(sensitivity_table(context, table))
    below = places.assign(place="below")
    row = sensitivity_table(context, table, places=below).iloc[0]
    assert row["by_benchmark"] == "worse than the base and every parent"


def test_ways_to_weigh_that_share_the_same_tasks_out_alike_are_computed_once(build, merging, monkeypatch):
    made = []

    def counted(context, *given, **how):
        made.append(context.votes.weights)
        return place_table(context, *given, **how)

    monkeypatch.setattr(sensitivity, "place_table", counted)
    rng = np.random.default_rng(1)
    sizes = {"gsm8k": 100, "ifeval": 300}  # two benchmarks of one task each: an item is another vote, a task is not
    answers = {(model, task): (rng.random(n) < 0.5).astype(float) for model in ("a", "m") for task, n in sizes.items()}
    found, merges = build({"a": "parent", "m": "merge"}, {}, answers), merging(("m", ("a",), ""))
    row = sensitivity_table(MergeContext(found, merges), differences(found, merges)).iloc[0]
    assert made == ["benchmark", "item"]
    assert row["by_benchmark"] == row["by_capability"] == row["by_task"]
