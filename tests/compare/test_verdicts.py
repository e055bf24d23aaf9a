"""One verdict per merge, and the macro gain that it rests on, in a world whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    differences,
    macro_gains,
    score_table,
    verdict_table,
)
from tests.compare.conftest import bare, one, without


def test_verdicts_of_a_world_whose_truth_is_known(world, merges):
    scores, diffs = score_table(world), differences(world, merges)
    table = verdict_table(scores, diffs, merges).set_index("merge")
    assert table["verdict"].to_dict() == {
        "good": "better than every parent",
        "poor": "collapsed",
        "middle": "not decided",
    }
    assert table["reason"].str.len().min() > 20
    assert table["n_tasks"].to_dict() == dict.fromkeys(merges["merge"], 2)
    assert table["n_items"].to_dict() == dict.fromkeys(merges["merge"], 400)


def test_the_macro_gain_is_the_mean_of_the_gains_with_their_errors_added_in_squares(world, merges):
    diffs = differences(world, merges)
    rows = diffs[(diffs["merge"] == "good") & (diffs["reference"] == "a")]
    row = one(macro_gains(diffs), merge="good", reference="a")
    assert row["gain"] == pytest.approx(rows["gain"].mean())
    assert row["stderr"] == pytest.approx(np.sqrt((rows["stderr"].astype(float) ** 2).sum()) / 2)


def test_few_separating_items_widen_the_macro_gain(world, merges):
    diffs = differences(world, merges)
    rows = diffs[(diffs["merge"] == "good") & (diffs["reference"] == "a")]
    variances = rows["stderr"].to_numpy(float) ** 2
    worth = (rows["wins"] + rows["losses"]).to_numpy(float) - 1
    df = variances.sum() ** 2 / (variances**2 / worth).sum()
    row = one(macro_gains(diffs), merge="good", reference="a")
    assert row["p"] == pytest.approx(2 * student.sf(row["gain"] / row["stderr"], df), rel=1e-9)
    assert row["high"] - row["gain"] == pytest.approx(student.isf(0.025, df) * row["stderr"])
    aggregates = diffs.assign(df=None)
    assert one(macro_gains(aggregates), merge="good", reference="a")["p"] < row["p"]


def test_models_that_no_item_separates_have_a_macro_gain_of_zero_with_a_width(world, merges):
    twin = world.scores[world.scores["model"].eq("a")].assign(model="good", run="good")
    items = world.items[world.items["model"].eq("a")].assign(model="good", run="good")
    found = without(world, lambda s: s["model"].eq("good"))
    same = Collection(pd.concat([found.scores, twin]), pd.concat([found.items, items]), world.problems)
    row = one(macro_gains(differences(same, merges)), merge="good", reference="a")
    assert (row["gain"], row["p"], row["p_better"], row["p_worse"]) == (0, 1, 0.5, 0.5)
    assert row["low"] < 0 < row["high"]


def test_a_merge_without_known_parents_gets_no_verdict_and_says_why(world, merges):
    orphan = merges.assign(parents=[()] * len(merges), base="")
    table = verdict_table(score_table(world), differences(world, orphan), orphan)
    assert set(table["verdict"]) == {"not decided"}
    assert set(table["reason"]) == {"no parent known"}


def test_a_parent_that_was_not_evaluated_is_named(world, merges):
    found = without(world, lambda s: s["model"].eq("b"))
    table = verdict_table(score_table(found), differences(found, merges), merges).set_index("merge")
    assert table.loc["good", "note"] == "parents not evaluated: b"


def test_a_parent_without_a_shared_task_was_evaluated_and_one_parent_has_no_other(world, merges):
    lonely = merges.assign(parents=[("a", "b")] * len(merges))
    apart = world.scores.assign(task=world.scores["task"].where(world.scores["model"] != "b", "other"))
    items = world.items.assign(task=world.items["task"].where(world.items["model"] != "b", "other"))
    found = Collection(apart[~apart.duplicated(["model", "task"])], items, world.problems)
    table = verdict_table(score_table(found), differences(found, lonely), lonely).set_index("merge")
    assert table.loc["good", "note"] == "no task shared with: b"
    assert "every other parent" not in " ".join(table["reason"])
    assert "of the parents compared" in table.loc["good", "reason"]


def test_a_verdict_from_aggregates_says_so_and_does_not_count_unknown_items(world, merges):
    def reasons(found):
        table = verdict_table(score_table(found), differences(found, merges), merges)
        return table[table["merge"].ne("poor")]["reason"]  # poor has collapsed, which is another reason

    assert reasons(world).str.contains("macro over 2 tasks, 400 items").all()
    assert reasons(world).str.contains("aggregates").sum() == 0
    assert reasons(bare(world)).str.contains("400 items, aggregates only").all()
    unknown = Collection(world.scores.assign(n=pd.NA, stderr=0.03), world.items.iloc[:0], world.problems)
    assert macro_gains(differences(unknown, merges))["n_items"].isna().all()
    assert reasons(unknown).str.contains("number of items unknown, aggregates only").all()
