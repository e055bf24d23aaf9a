"""Which one to take: merges, parents and base by expected regret."""

import numpy as np
import pandas as pd
import pytest

from mergekit_eval import compare, stats, tables
from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare.choice import candidate_roles
from mergekit_eval.compare.comparison import Comparison
from mergekit_eval.compare.merge_context import MergeContext
from tests.compare.conftest import bare, copies, make, merge_rows, one, without


def chosen(found: Collection, merges: pd.DataFrame, **how: float) -> pd.DataFrame:
    return Comparison(found, merges, **how).choice()


def answers(rate: float, n: int = 400, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).random(n) < rate).astype(float)


def test_a_clear_best_is_taken(world, merges):
    table = chosen(world, merges)
    first = table.iloc[0]
    assert first["model"] == "good" and first["stands"] == "smallest regret"
    assert first["p_best"] == 1 and first["regret"] == 0 and np.isnan(first["mde"])
    assert set(table["model"]) == {"good", "poor", "middle", "a", "b", "base"}
    assert table["regret"].is_monotonic_increasing and table["p_best"].sum() == pytest.approx(1)
    assert table.iloc[1:]["stands"].eq("unlikely best").all()
    text = compare.choice_paragraph(table)
    assert text.startswith("Take good (merge): 100% chance to be the best of 6 models, expected regret 0.0 points")
    assert text.endswith("No other model is likely to be the best (together below 5%).")


def test_numbers_are_those_of_the_other_tables(world, merges):
    """The average is the verdict's; what the items show comes from the error of the averaged gain."""
    cmp = Comparison(world, merges)
    table = cmp.choice().set_index("model")
    verdicts = cmp.verdicts().set_index("merge")
    ends = ["macro", "macro_low", "macro_high"]
    assert table.loc[verdicts.index, ends].to_numpy(float) == pytest.approx(verdicts[ends].to_numpy(float))
    gain = one(cmp.table, level="overall", merge="good", relation="base")
    assert table.loc["base", "mde"] == pytest.approx(stats.mde(gain["stderr"]))
    gap = table.loc["good", "shrunk"] - table.loc["base", "shrunk"]
    assert table.loc["base", "items_needed"] == stats.items_needed(gap, gain["stderr"] * np.sqrt(400))


def test_merges_share_a_prior_and_parents_another_one(world, merges):
    table = chosen(world, merges)
    for role in ("merge", "parent"):
        rows = table[table["role"].eq(role)]
        assert rows["prior_mean"].to_numpy() == pytest.approx(rows["shrunk"].mean())
    spread = table.groupby("role")["prior_sd"].first()
    assert spread["merge"] > spread["parent"] > 0 and table.groupby("role")["prior_sd"].nunique().max() == 1
    assert table.loc[table["role"].eq("base"), ["prior_mean", "prior_sd"]].isna().all(axis=None)


def test_equal_models_are_not_told_apart():
    found, merges = copies(items=400)
    table = chosen(found, merges)
    assert table["stands"].isin(["smallest regret", "may be best"]).sum() > 2
    raw, shrunk = (np.ptp(table.loc[table["role"].eq("merge"), name]) for name in ("macro", "shrunk"))
    assert shrunk < raw
    text = compare.choice_paragraph(table)
    assert table["p_best"].max() < 0.6 and "chance" not in text and "Take" not in text
    group = table.loc[table["stands"].ne("unlikely best"), "model"].tolist()
    assert text.startswith(
        f"{', '.join(group[:-1])} and {group[-1]} cannot be told apart (the best of 7 models is among"
    )
    assert f"{group[0]} ({table['role'][0]}) has the smallest expected regret " in text
    assert "points or more" in text and "need" in text


def test_a_likely_best_is_taken_and_its_rivals_are_named(build, merging):
    """Of 108 items that separate the merges 60 speak for the first: 1.15 standard errors."""
    made = {(name, "t"): np.arange(400) < right for name, right in (("m", 272), ("n", 260), ("p", 100))}
    made["n", "t"] = np.roll(made["n", "t"], 60)
    table = chosen(
        build({"m": "merge", "n": "merge", "p": "parent"}, {}, made), merging(("m", ("p",), ""), ("n", ("p",), ""))
    )
    assert 0.6 <= table["p_best"][0] < 0.95
    text = compare.choice_paragraph(table)
    assert text.startswith(
        f"Take m (merge): {table['p_best'][0]:.0%} chance to be the best of 3 models, expected regret "
    )
    assert "Not told apart from it: n (the best is among them at 95%)." in text


def test_where_no_merge_leads_none_is_recommended(build, merging):
    made = {("m", "t"): answers(0.4), ("n", "t"): answers(0.4, seed=1), ("p", "t"): answers(0.9, seed=2)}
    found = build({"m": "merge", "n": "merge", "p": "parent"}, {}, made)
    table = chosen(found, merging(("m", ("p",), ""), ("n", ("p",), "")))
    assert compare.choice_paragraph(table).startswith("No merge has a smaller expected regret than the parent p: 100%")


def test_a_copy_of_the_first_is_named(build, merging):
    same = answers(0.9)
    found = build(
        {"m": "merge", "n": "merge", "p": "parent"},
        {},
        {("m", "t"): same, ("n", "t"): answers(0.5, seed=1), ("p", "t"): same},
    )
    table = chosen(found, merging(("m", ("p",), ""), ("n", ("p",), "")))
    assert table["model"].tolist()[2] == "n" and table["p_best"].tolist() == [0.5, 0.5, 0]
    assert table["note"].tolist() == ["", f"same answers as {table['model'][0]}", ""]
    assert pd.isna(table["items_needed"][1])
    assert "gave the same answers" in compare.choice_paragraph(table)


def test_a_merge_of_merges_is_a_merge_and_strangers_take_no_part(build, merging):
    roles = {"m": "merge", "mm": "merge", "p": "parent", "q": "parent", "x": "reference"}
    made = {(name, "t"): answers(0.5, seed=at) for at, name in enumerate(roles)}
    kin = MergeContext(build(roles, {}, made), merging(("m", ("p", "q"), ""), ("mm", ("m", "q"), "gone")))
    assert candidate_roles(kin) == {"m": "merge", "mm": "merge", "p": "parent", "q": "parent"}


def test_who_lacks_a_task_is_left_out_with_the_reason(world, merges):
    found = without(world, lambda rows: rows["model"].eq("middle") & rows["task"].eq("task_a"))
    row = chosen(found, merges).iloc[-1]
    assert (row["model"], row["role"], row["stands"]) == ("middle", "merge", "")
    assert row["note"] == "not measured on 50% of the tasks" and np.isnan(row["p_best"])


def test_a_task_that_few_have_is_left_out_and_named(build, merging):
    roles = {"m": "merge", "n": "merge", "p": "parent"}
    made = {(name, task): answers(0.5, seed=at) for at, name in enumerate(roles) for task in ("s", "t")}
    made[("m", "u")] = answers(0.9)
    table = chosen(build(roles, {}, made), merging(("m", ("p",), ""), ("n", ("p",), "")))
    assert table["n_tasks"].eq(2).all() and table["p_best"].notna().all()
    assert table["note"][0] == "without 1 task: u: no score of 67% of the models"


def test_a_task_on_whose_items_some_models_have_no_answer_is_named(build, merging):
    roles = {"m": "merge", "n": "merge", "p": "parent"}
    made = {(name, task): answers(0.5, seed=at) for at, name in enumerate(roles) for task in ("s", "t")}
    made["p", "t"] = made["p", "t"][:300]
    table = chosen(build(roles, {}, made), merging(("m", ("p",), ""), ("n", ("p",), "")))
    assert table["note"].tolist() == ["compared on the items that all share: t", "", ""]


def test_a_score_without_an_error_is_not_compared(build, merging):
    roles = {"m": "merge", "n": "merge", "p": "parent"}
    found = build(roles, {}, {("m", "t"): answers(0.5), ("n", "t"): answers(0.6, seed=1), ("p", "t"): (0.7, None)})
    row = one(chosen(found, merging(("m", ("p",), ""), ("n", ("p",), ""))), model="p")
    assert row["note"] == "a standard error is not known" and np.isnan(row["regret"])


def test_others_stay_comparable_where_the_first_model_goes(build, merging):
    roles = {"m": "merge", "n": "merge", "p": "parent"}
    made = {(name, "t"): answers(0.5, seed=at) for at, name in enumerate(roles)} | {("m", "t"): (0.7, None)}
    table = chosen(build(roles, {}, made), merging(("m", ("p",), ""), ("n", ("p",), "")))
    assert set(table.loc[table["p_best"].notna(), "model"]) == {"n", "p"}
    assert one(table, model="m")["note"] == "a standard error is not known"


def test_a_difference_of_nothing_states_no_number_of_items(build, merging):
    """Two merges with the same average from other items, and a parent: the first two are as good as each other."""
    right = np.arange(400) % 2
    made = {("m", "t"): right, ("n", "t"): 1 - right, ("p", "t"): answers(0.2)}
    table = chosen(
        build({"m": "merge", "n": "merge", "p": "parent"}, {}, made), merging(("m", ("p",), ""), ("n", (), ""))
    )
    assert table["stands"].tolist()[:2] == ["smallest regret", "may be best"]
    assert pd.isna(table["items_needed"][1]) and table["mde"][1] > 0
    assert compare.choice_paragraph(table).endswith("points or more (80 % power).")


def test_aggregates_are_compared_and_see_less(world, merges):
    found, merged = copies(items=400)
    paired, loose = chosen(found, merged), chosen(bare(found), merged)
    assert loose["evidence"].eq("aggregates only").all() and paired["evidence"].eq("paired items").all()
    assert loose["mde"].mean() > paired["mde"].mean()
    mixed = chosen(bare(world, ["b"]), merges).set_index("model")["evidence"]
    assert mixed["b"] == "aggregates only" and mixed.drop("b").eq("paired items").all()


def test_nothing_to_choose_from(world, build, merging):
    none = chosen(world, merging())
    text = compare.choice_paragraph(none)
    assert none.empty and text.startswith("No recommendation: no merge is known here. ") and not text.endswith("..")
    alone = chosen(build({"m": "merge"}, {}, {("m", "t"): answers(0.5)}), merging(("m", ("p",), "")))
    assert tables.reason(alone).startswith("fewer than two of the merges, parents and bases share a task")
    apart = build({"m": "merge", "p": "parent"}, {}, {("m", "s"): answers(0.5), ("p", "t"): answers(0.5)})
    assert chosen(apart, merging(("m", ("p",), ""))).empty
    unbounded = build(
        {"m": "merge", "p": "parent"}, {"t": {"scale": "natural"}}, {("m", "t"): (3.0, 50), ("p", "t"): (4.0, 50)}
    )
    assert chosen(unbounded, merging(("m", ("p",), ""))).empty


def test_order_of_models_changes_no_number(world, merges):
    turned = Collection(world.scores.iloc[::-1].reset_index(drop=True), world.items, world.problems)
    first, second = (chosen(found, rows).set_index("model") for found, rows in (
        (world, merges), (turned, merges.iloc[::-1].reset_index(drop=True))))  # fmt: skip
    numbers = ["macro", "shrunk", "prior_sd"]
    again = second.loc[first.index]
    expected = first[numbers].to_numpy(float)
    assert again[numbers].to_numpy(float) == pytest.approx(expected, nan_ok=True)
    assert again["p_best"].to_numpy() == pytest.approx(first["p_best"].to_numpy(), abs=0.02)


def test_clusters_widen_what_is_shown():
    rng = np.random.default_rng(3)
    roles, groups = {"m": "merge", "p": "parent"}, np.repeat(np.arange(20), 10)
    made = {(name, "t"): np.repeat(rng.random(20) < 0.6, 10).astype(float) for name in roles}
    studies = [make(roles, facts, made) for facts in ({}, {"t": {"clusters": groups}})]
    plain, grouped = (chosen(study, merge_rows(("m", ("p",), "")))["mde"].iloc[1] for study in studies)
    assert grouped > 2 * plain
