"""Families, joint intervals, ranks, planning and margins against values computed by a plain route."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from mergekit_eval import compare, tables, views
from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    comparable_pairs,
    described,
    differences,
    no_worse_paragraph,
    no_worse_table,
    planning_table,
    significance_paragraph,
    simultaneous,
    standing,
    standing_paragraph,
    visible,
)
from mergekit_eval.errors import DataError
from tests.compare.conftest import RATES, N, collection

METHODS = {"holm": "holm", "bh": "fdr_bh", "by": "fdr_by"}


def answers(world, model, task):
    items = world.items
    return items[(items["model"] == model) & (items["task"] == task)].sort_values("line")["value"].to_numpy()


def bare(world):
    return Collection(world.scores, world.items.iloc[:0], world.problems)


def copies(count=4, items=150, seed=2):
    """Models that do not differ: what a study looks like in which nothing can be found."""
    rng = np.random.default_rng(seed)
    names = ["base", "a", "b", *[f"m{i}" for i in range(count)]]
    roles = dict(zip(names, ["base", "parent", "parent", *["merge"] * count], strict=True))
    rate = rng.random(items) * 0.6 + 0.2
    made = {(m, t): (rng.random(items) < rate).astype(float) for m in roles for t in ("task_a", "task_b")}
    rows = [(f"m{i}", "linear", ("a", "b"), "base", "study") for i in range(count)]
    return collection(made, roles), pd.DataFrame(rows, columns=["merge", "method", "parents", "base", "known_from"])


@pytest.mark.parametrize("correction", METHODS)
@pytest.mark.parametrize("family", ["all", "merge", "task", "relation"])
def test_each_family_is_corrected_for_itself(world, merges, family, correction):
    table = differences(world, merges, family=family, correction=correction)
    groups = table.groupby(family) if family != "all" else [("all", table)]
    for _, rows in groups:
        wanted = multipletests(rows["p"].astype(float), method=METHODS[correction])[1]
        assert rows["p_adjusted"].to_numpy() == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(("name", "value"), [("family", "per merge"), ("correction", "bonferroni")])
def test_an_unknown_family_or_correction_is_refused_by_name(world, merges, name, value):
    with pytest.raises(DataError, match=f"{name} = '{value}'; allowed: .*(relation|max-t)"):
        differences(world, merges, **{name: value})


def test_an_unknown_reference_is_refused_by_name(world, merges):
    with pytest.raises(DataError, match=r"references: nobody .* allowed: base, a, b"):
        differences(world, merges, references=["nobody"])


def test_joint_limits_are_newcombes_at_the_level_of_the_largest_flip(world, merges):
    table = simultaneous(world, differences(world, merges), draws=2_000, seed=3)
    assert set(table["joint_from"]) == {f"max-T over {len(table)} comparisons"}
    level = table["joint_level"].iloc[0]
    assert 1 - 0.05 / len(table) - 0.01 < level < 1
    row = table[(table["merge"] == "middle") & (table["reference"] == "b") & (table["task"] == "task_a")].iloc[0]
    x, y = answers(world, "middle", "task_a"), answers(world, "b", "task_a")
    z, n = norm.isf((1 - level) / 2), N
    e, f, g, h = ((x * y).sum(), (x > y).sum(), (x < y).sum(), ((1 - x) * (1 - y)).sum())
    limits = []
    for share in ((e + f) / n, (e + g) / n):
        middle, half = share + z**2 / (2 * n), z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
        limits.append(((middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)))
    top = e * h - f * g
    phi = (max(top - n / 2, 0) if top > 0 else top) / np.sqrt((e + f) * (g + h) * (e + g) * (f + h))
    (l1, u1), (l2, u2), (p1, p2) = limits[0], limits[1], ((e + f) / n, (e + g) / n)
    low = p1 - p2 - np.sqrt((p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2)
    high = p1 - p2 + np.sqrt((u1 - p1) ** 2 - 2 * phi * (u1 - p1) * (p2 - l2) + (p2 - l2) ** 2)
    assert (row["joint_low"], row["joint_high"]) == pytest.approx((low, high), abs=1e-9)
    assert (table["joint_low"] <= table["gain_low"]).all()
    assert (table["joint_high"] >= table["gain_high"]).all()


def test_joint_limits_turn_round_where_lower_is_better(world, merges):
    turned = Collection(world.scores.assign(higher_is_better=False), world.items, world.problems)
    up, down = (simultaneous(c, differences(c, merges), draws=500) for c in (world, turned))
    assert down["joint_low"].to_numpy() == pytest.approx(-up["joint_high"].to_numpy())
    assert down["joint_high"].to_numpy() == pytest.approx(-up["joint_low"].to_numpy())


def test_joint_intervals_cover_all_true_differences_together():
    missed = 0
    for seed in range(120):
        found, made = copies(seed=seed)
        table = simultaneous(found, differences(found, made), draws=400, seed=seed)
        missed += bool((table["joint_low"].gt(0) | table["joint_high"].lt(0)).any())
    # 5 % of 120 studies are 6; the binomial's upper 99.9 % point is 15.
    assert missed <= 15


def test_aggregates_alone_get_bonferroni_and_a_mixed_family_divides_alpha(world, merges):
    table = simultaneous(bare(world), differences(bare(world), merges))
    assert set(table["joint_from"]) == {f"Bonferroni over {len(table)}"}
    row = table.iloc[0]
    reach = (row["joint_high"] - row["joint_low"]) / 2 / row["stderr"]
    assert reach == pytest.approx(norm.isf(0.025 / len(table)), rel=0.03)
    part = Collection(world.scores, world.items[world.items["task"] != "task_b"], world.problems)
    mixed = simultaneous(part, differences(part, merges))
    assert mixed.groupby("task")["joint_from"].first().str.split().str[0].to_dict() == {
        "task_a": "max-T",
        "task_b": "Bonferroni",
    }


def test_max_t_as_a_correction_is_the_joint_p(world, merges):
    table = differences(world, merges, correction="max-t")
    joint = simultaneous(world, table)
    assert table["p_adjusted"].to_numpy() == pytest.approx(joint["p_joint"].to_numpy())
    sure = table["p_adjusted"] <= 0.05
    assert table["decided"].isin(["better", "worse"]).tolist() == sure.tolist()
    assert sure.any()


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
    shown = views.comparability(table).set_index(["merge", "against"])
    assert shown.loc[("good", "base"), "refused"] == 2
    assert "0 against 5" in shown.loc[("good", "base"), "what differs"].replace("5 against 0", "0 against 5")
    assert "chat templates" in shown.loc[("poor", "base"), "what differs"]


def test_planning_says_what_a_task_can_decide(world, merges):
    table = differences(world, merges)
    plans = planning_table(table, wanted=0.02).set_index("task")
    assert set(plans["decides"]) == {"no comparison"}
    rows = table[table["task"] == "task_a"]
    spread = np.sort(rows["stderr"].to_numpy(float))[len(rows) // 2] * np.sqrt(N)
    z, w = norm.isf(0.025 / len(table)), norm.ppf(0.8)
    needed = (z * np.hypot(spread, 0.02) + w * spread) ** 2 / 0.02**2
    assert plans.loc["task_a", "items_needed"] == np.ceil(needed)
    assert plans.loc["task_a", "visible"] == pytest.approx((z + w) * spread / np.sqrt(N))
    assert set(planning_table(table, wanted=0.6)["decides"]) == {"every comparison"}
    assert "No task of this suite" in views.deaf(planning_table(table, wanted=0.02))
    assert "Every task" in views.deaf(planning_table(table, wanted=0.6))


@pytest.mark.parametrize("wanted", [0, 1, 2.0])
def test_a_wanted_difference_is_a_share(world, merges, wanted):
    with pytest.raises(DataError, match="wanted"):
        planning_table(differences(world, merges), wanted=wanted)


def test_items_needed_include_those_that_must_differ(world, merges):
    same = world.items.assign(value=world.items["line"].lt(100).astype(float))
    twins = Collection(world.scores.assign(value=0.5), same, world.problems)
    table = differences(twins, merges)
    plans = planning_table(table, wanted=0.1)
    hidden = 1 - 0.05 ** (1 / N)
    telling = np.ceil((1 - np.log2(0.05 / len(table))) / (hidden + 0.01))
    assert plans["items_needed"].tolist() == [telling, telling]
    assert plans["decides"].eq("no comparison").all() == (telling > N)


def test_few_clusters_can_decide_nothing_in_a_large_family(world, merges):
    lumped = world.items.assign(cluster=(world.items["line"] // 40).astype(str))
    table = differences(Collection(world.scores, lumped, world.problems), merges)
    assert set(table["units"]) == {5}
    assert np.isinf(visible(table)["mde"]).all()
    assert "so few differing units" in planning_table(table, wanted=0.5)["note"].iloc[0]


def test_what_is_visible_grows_with_the_family(world, merges):
    table = differences(world, merges)
    within = visible(table)["mde"] / table["mde"].astype(float)
    z = norm.isf([0.025 / len(table), 0.025]) + norm.ppf(0.8)
    assert within.to_numpy() == pytest.approx(z[0] / z[1])


def test_no_worse_is_shown_only_within_the_margin(world, merges):
    table = differences(world, merges)
    kept = no_worse_table(world, table, margin=0.05).set_index(["merge", "reference", "task"])
    assert kept.loc[("good", "a", "task_b"), "shown"] == "no worse"
    assert kept.loc[("poor", "a", "task_a"), "shown"] == "worse by more than the margin"
    assert kept.loc[("middle", "a", "task_a"), "shown"] == "worse by more than the margin"
    assert set(kept.reset_index()["reference"]) == {"a", "b"}
    loose = no_worse_table(bare(world), differences(bare(world), merges), margin=0.05)
    row = loose[(loose["merge"] == "good") & (loose["reference"] == "a") & (loose["task"] == "task_a")].iloc[0]
    x, y = answers(world, "good", "task_a").mean(), answers(world, "a", "task_a").mean()
    stderr = np.sqrt((x * (1 - x) + y * (1 - y)) / N)
    assert row["p"] == pytest.approx(norm.sf((x - y + 0.05) / stderr), rel=1e-6)
    with pytest.raises(DataError, match="margin = 5"):
        no_worse_table(world, table, margin=5)


def test_ranks_leave_open_what_the_items_leave_open(world):
    place = standing(world, draws=2_000)
    ranks = place.ranks.set_index("model")
    assert ranks.index[0] == "good"
    assert ranks.index[-1] == "poor"
    assert ranks.loc["good", ["low", "high"]].tolist() == [1, 1]
    assert ranks.loc["poor", ["low", "high"]].tolist() == [6, 6]
    assert (ranks["low"] <= ranks["rank"]).all()
    assert (ranks["high"] >= ranks["rank"]).all()
    means = {m: np.mean([answers(world, m, t).mean() for t in ("task_a", "task_b")]) for m in RATES}
    assert ranks["macro"].to_dict() == pytest.approx(means)
    assert ranks["p_best"].sum() == pytest.approx(1)
    assert {"a", "b"} <= {name for group in place.cliques for name in group}
    assert place.ranks["evidence"].eq("shared items").all()


def test_ranks_of_equals_are_all_open():
    found, _ = copies()
    place = standing(found, draws=1_000)
    assert place.ranks["low"].eq(1).all()
    assert place.ranks["high"].eq(7).all()
    assert len(place.cliques) == 1
    assert "stays open between" in standing_paragraph(place)


def test_ranks_without_items_are_wider_and_say_so(world):
    paired, loose = standing(world, draws=2_000), standing(bare(world), draws=2_000)
    assert loose.ranks["evidence"].eq("aggregates only").all()
    assert "errors count as independent" in loose.note
    widths = [(p.ranks["high"] - p.ranks["low"]).sum() for p in (paired, loose)]
    assert widths[1] >= widths[0]


def test_a_model_that_misses_a_task_is_left_out_by_name(world):
    keep = ~(world.scores["model"].eq("b") & world.scores["task"].eq("task_a"))
    place = standing(Collection(world.scores[keep], world.items, world.problems), draws=200)
    assert "b" not in set(place.ranks["model"])
    assert place.left_out == {"b": "not measured on 50% of the tasks"}
    assert "left out: b" in place.note


def test_two_models_and_disjoint_tasks(world, merges):
    two = Collection(world.scores[world.scores["model"].isin(["good", "a"])], world.items, world.problems)
    assert standing(two, draws=200).ranks["model"].tolist() == ["good", "a"]
    apart = two.scores[two.scores["model"].eq("good") == two.scores["task"].eq("task_a")]
    split = Collection(apart, world.items, world.problems)
    place = standing(split, draws=200)
    assert len(place.ranks) < 2
    assert place.note.startswith("nothing to rank")
    assert standing_paragraph(place).startswith("No ranking")
    table = differences(split, merges)
    assert table.empty
    assert significance_paragraph(table).startswith("No merge")
    assert set(comparable_pairs(split, merges).query("reference == 'a' and merge == 'good'")["status"]) == {
        "one of the two only"
    }
    assert simultaneous(split, table).empty
    assert planning_table(table).empty
    assert tables.reason(no_worse_table(split, table)) == "no merge is compared with a parent"


def test_no_base_one_parent_and_a_parent_not_evaluated(world, merges):
    lone = merges.assign(parents=[("a",), ("a", "b"), ("a", "gone")], base="")
    table = differences(world, lone)
    assert set(table["relation"]) == {"parent"}
    pairs = comparable_pairs(world, lone)
    assert pairs[pairs["reference"] == "gone"]["message"].tolist() == ["no result of gone"]
    assert views.comparability(pairs)["not evaluated"].sum() == 1
    assert len(simultaneous(world, table, draws=200)) == len(table)
    assert no_worse_table(world, table)["reference"].isin(["a", "b"]).all()


def words(table, **how):
    return significance_paragraph(table, **how)


def test_the_paragraph_changes_with_the_numbers(world, merges):
    full = differences(world, merges)
    found, made = copies()
    none = differences(found, made)
    assert set(none["decided"]) == {"undecided"}
    assert "better" not in words(none)
    assert "worse" not in words(none)
    assert "None of the 24 differences is decided" in words(none)
    only_up = full[full["decided"] != "worse"]
    assert "better in" in words(only_up)
    assert "worse" not in words(only_up)
    assert "largest loss" not in words(only_up)
    sure = full[full["decided"].isin(["better", "worse"])]
    assert "nothing is left open" in words(sure)
    assert "not decided does not mean equal" not in words(sure)


def test_the_paragraph_names_the_correction_and_the_family(world, merges):
    table = differences(world, merges, family="merge", correction="bh")
    text = words(table, family="merge", correction="bh")
    assert "Benjamini-Hochberg, at most 5% of the claims of each merge false on average" in text
    assert "surely" not in text
    assert "surely" in words(differences(world, merges))
    assert described("all", "holm", 0.05) == "Holm, chance of any false claim in the whole family at most 5%"


def test_the_paragraph_says_what_is_lost_without_items_and_why_nothing_is_tested(world, merges):
    assert "item by item is lost" in words(differences(bare(world), merges))
    shots = world.scores["model"].isin(["good", "poor", "middle"]).map({True: 5, False: 0}).astype("Int64")
    mixed = differences(Collection(world.scores.assign(n_shot=shots), world.items, world.problems), merges)
    text = words(mixed)
    assert "none tested" in text
    assert "numbers of examples in the prompt" in text


def test_the_words_on_margins_and_ranks_follow_their_tables(world, merges):
    kept = no_worse_table(world, differences(world, merges))
    counts = kept["shown"].value_counts()
    text = no_worse_paragraph(kept, 0.05)
    assert f"{counts['no worse']} show a loss of less than 5 points" in text
    assert f"{counts['worse by more than the margin']} a loss of more" in text
    assert no_worse_paragraph(kept.iloc[:0], 0.05).startswith("Whether")
    assert "no other model can be first" in standing_paragraph(standing(world, draws=500))


def test_the_forest_shows_both_ends_or_what_is_nearest(world, merges):
    table = simultaneous(world, differences(world, merges), draws=500)
    shown = views.joint(table, 6)
    assert shown["gain"].is_monotonic_decreasing
    assert {(shown["gain"] > 0).sum(), (shown["gain"] < 0).sum()} == {3}
    assert (shown["gain_low"] == shown["joint_low"]).all()
    assert "max-T over 18 comparisons" in views.joint_caption(shown, table, "Holm")
    found, made = copies()
    none = simultaneous(found, differences(found, made), draws=200)
    near = views.joint(none, 5)
    assert len(near) == 5
    assert "none is decided" in views.joint_caption(near, none, "Holm")


def test_every_name_is_exported():
    assert set(compare.__all__) <= set(dir(compare))
    assert len(compare.__all__) == len(set(compare.__all__))
