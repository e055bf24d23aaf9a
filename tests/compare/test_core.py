"""Scores, differences, verdicts and words against values computed by a plain route."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from scipy.stats import t as student
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    best_decided,
    capability_table,
    collapse_table,
    collapsed,
    completeness,
    correlations,
    differences,
    macro_gains,
    score_table,
    significance_paragraph,
    verdict_table,
)
from mergekit_eval.errors import DataError


def answers(world, model, task):
    items = world.items
    return items[(items["model"] == model) & (items["task"] == task)].sort_values("line")["value"].to_numpy()


def one(table, **where):
    rows = table
    for column, value in where.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def without(world, drop):
    keep = ~drop(world.scores)
    return Collection(world.scores[keep].reset_index(drop=True), world.items, world.problems)


def test_scores_carry_the_wilson_interval_of_their_items(world):
    table = score_table(world)
    row = one(table, model="a", task="task_a")
    right = int(answers(world, "a", "task_a").sum())
    low, high = proportion_confint(right, 200, method="wilson")
    assert (row["value"], row["n"]) == (right / 200, 200)
    assert (row["low"], row["high"]) == pytest.approx((low, high), abs=1e-12)


def test_a_difference_is_paired_exact_and_counted(world, merges):
    row = one(differences(world, merges), merge="middle", reference="a", task="task_a")
    x, y = answers(world, "middle", "task_a"), answers(world, "a", "task_a")
    wins, losses = int((x > y).sum()), int((x < y).sum())
    assert (row["wins"], row["losses"], row["ties"], row["n"]) == (wins, losses, 200 - wins - losses, 200)
    assert row["gain"] == pytest.approx(x.mean() - y.mean(), abs=1e-15)
    assert row["p_exact"] == pytest.approx(binomtest(wins, wins + losses).pvalue, rel=1e-10)
    assert row["evidence"] == "paired items"


def test_holm_covers_the_whole_table(world, merges):
    table = differences(world, merges)
    wanted = multipletests(table["p"].astype(float), method="holm")[1]
    assert table["p_adjusted"].to_numpy() == pytest.approx(wanted, rel=1e-10)


def test_lower_is_better_turns_the_gain_and_the_wins_but_not_the_difference(world, merges):
    turned = Collection(world.scores.assign(higher_is_better=False), world.items, world.problems)
    up, down = (one(differences(c, merges), merge="good", reference="base", task="task_b") for c in (world, turned))
    assert down["diff"] == up["diff"]
    assert down["gain"] == -up["gain"]
    assert (down["gain_low"], down["gain_high"]) == (-up["gain_high"], -up["gain_low"])
    assert (down["wins"], down["losses"]) == (up["losses"], up["wins"])
    assert (up["decided"], down["decided"]) == ("better", "worse")


def test_an_unknown_direction_is_never_ranked(world, merges):
    blind = Collection(world.scores.assign(higher_is_better=pd.NA), world.items, world.problems)
    table = differences(blind, merges)
    assert table["gain"].isna().all()
    assert table["p"].isna().all()
    assert set(table["decided"]) == {""}


def test_aggregates_alone_are_compared_unpaired_and_marked(world, merges):
    bare = Collection(world.scores, world.items.iloc[:0], world.problems)
    row = one(differences(bare, merges), merge="good", reference="base", task="task_a")
    x, y = answers(world, "good", "task_a").mean(), answers(world, "base", "task_a").mean()
    se = np.sqrt(x * (1 - x) / 200 + y * (1 - y) / 200)
    assert row["evidence"] == "aggregates only"
    assert "weaker" in row["note"]
    assert row["stderr"] == pytest.approx(se, rel=1e-9)


def test_settings_that_forbid_a_comparison_leave_a_row_with_the_reason(world, merges):
    shots = world.scores["model"].eq("good").map({True: 5, False: 0}).astype("Int64")
    mixed = Collection(world.scores.assign(n_shot=shots), world.items, world.problems)
    row = one(differences(mixed, merges), merge="good", reference="base", task="task_a")
    assert pd.isna(row["p"])
    assert row["note"].startswith("not compared")


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


def test_collapse_needs_a_relative_above_chance(world, merges):
    table = collapse_table(score_table(world), merges)
    assert set(collapsed(table)) == {"poor"}
    chance = Collection(world.scores.assign(chance=0.99), world.items, world.problems)
    assert collapsed(collapse_table(score_table(chance), merges)) == {}


def test_best_is_decided_only_where_the_items_carry_it(world):
    table = best_decided(world, score_table(world))
    top = table[(table["task"] == "task_a") & (table["merge"] == "good")]
    assert len(top) == 5
    assert one(top, reference="base")["decided"] == "better"
    x, y = answers(world, "good", "task_a"), answers(world, "a", "task_a")
    p = one(top, reference="a")["p"]
    assert one(top, reference="a")["p_adjusted"] == pytest.approx(min(1, p * 15)), (x.sum(), y.sum())


def test_missing_is_missing_in_completeness_and_capability(world):
    found = without(world, lambda s: s["model"].eq("b") & s["task"].eq("task_a"))
    state = one(completeness(found), model="b", task="task_a")
    assert state["state"] == "missing"
    assert pd.isna(state["n"])
    mixed = Collection(world.scores.assign(capability="all"), world.items, world.problems)
    mixed = without(mixed, lambda s: s["model"].eq("b") & s["task"].eq("task_a"))
    row = one(capability_table(score_table(mixed)), model="b")
    assert pd.isna(row["value"])
    assert "task_a missing" in row["note"]


def test_correlations_use_only_models_that_have_both(world):
    found = without(world, lambda s: s["model"].eq("b") & s["task"].eq("task_a"))
    row = correlations(score_table(found)).iloc[0]
    assert row["n"] == 5
    assert correlations(score_table(world)).iloc[0]["n"] == 6


def test_one_task_under_two_settings_stays_two_tasks(world):
    twice = world.scores[world.scores["model"].eq("a") & world.scores["task"].eq("task_a")].assign(
        run="a/other", n_shot=5
    )
    both = Collection(pd.concat([world.scores.assign(n_shot=0), twice], ignore_index=True), world.items, world.problems)
    tasks = set(score_table(both)["task"])
    assert {"task_a [n_shot=0]", "task_a [n_shot=5]", "task_b"} == tasks


def test_the_paragraph_says_what_the_table_says(world, merges):
    table = differences(world, merges)
    text = significance_paragraph(table)
    counts = table["decided"].value_counts()
    assert f"surely better in {counts['better']}, surely worse in {counts['worse']}" in text
    best = table.loc[table["gain"].astype(float).idxmax()]
    assert f"{best['merge']} against {best['reference']} on {best['task']}" in text
    assert significance_paragraph(table.iloc[:0]).startswith("No merge")


def test_the_picture_of_completeness_shows_what_the_table_says(world):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from mergekit_eval.show import plots

    def said(collection):
        drawn = plots.completeness(completeness(collection)).figure.findobj(matplotlib.text.Text)
        return {text.get_text() for text in drawn} & {"with its items", "only as a score", "missing"}

    assert said(world) == {"with its items"}
    assert said(Collection(world.scores, world.items.iloc[:0], world.problems)) == {"only as a score"}
    with pytest.raises(DataError, match=r"'gone'.*items, aggregate, missing"):
        plots.completeness(completeness(world).assign(state="gone"))
    pytest.importorskip("matplotlib.pyplot").close("all")


def test_a_parent_without_a_shared_task_was_evaluated_and_one_parent_has_no_other(world, merges):
    lonely = merges.assign(parents=[("a", "b")] * len(merges))
    apart = world.scores.assign(task=world.scores["task"].where(world.scores["model"] != "b", "other"))
    items = world.items.assign(task=world.items["task"].where(world.items["model"] != "b", "other"))
    found = Collection(apart[~apart.duplicated(["model", "task"])], items, world.problems)
    table = verdict_table(score_table(found), differences(found, lonely), lonely).set_index("merge")
    assert table.loc["good", "note"] == "no task shared with: b"
    assert "every other parent" not in " ".join(table["reason"])
    assert "of the parents compared" in table.loc["good", "reason"]
