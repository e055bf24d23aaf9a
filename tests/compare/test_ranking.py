"""Ranks, their sets, and the critical difference."""

import numpy as np
import pytest
from scipy.stats import friedmanchisquare

from mergekit_eval import compare, tables
from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    comparable_pairs,
    differences,
    no_worse_table,
    planning_table,
    significance_paragraph,
    simultaneous,
    standing,
    standing_paragraph,
    votes_of,
)
from mergekit_eval.compare.ranking import costliest
from tests.compare.conftest import RATES, answers_of, bare, copies


def test_ranks_leave_open_what_the_items_leave_open(world):
    place = standing(world, draws=2_000)
    ranks = place.ranks.set_index("model")
    assert ranks.index[0] == "good"
    assert ranks.index[-1] == "poor"
    assert ranks.loc["good", ["low", "high"]].tolist() == [1, 1]
    assert ranks.loc["poor", ["low", "high"]].tolist() == [6, 6]
    assert (ranks["low"] <= ranks["rank"]).all()
    assert (ranks["high"] >= ranks["rank"]).all()
    means = {m: np.mean([answers_of(world, m, t).mean() for t in ("task_a", "task_b")]) for m in RATES}
    assert ranks["macro"].to_dict() == pytest.approx(means)
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
    assert tables.reason(no_worse_table(split, table)).startswith("no merge is compared with a parent")


def test_groups_and_scale_of_the_critical_difference_are_nemenyis(world):
    place = standing(world, draws=500)
    assert place.difference == pytest.approx(
        2.850 * np.sqrt(6 * 7 / (6 * 2)), abs=1e-3
    )  # Demsar 2006, table 5, three decimals
    assert place.test == "Nemenyi's test over 2 benchmarks, alpha = 0.05"
    ranks = place.by_task.set_index("model")["rank"]
    for group in place.cliques:
        assert np.ptp(ranks[group]) <= place.difference
    caption = compare.rank_caption(place)
    assert place.test in caption and "critical difference of 5.33" in caption
    table = world.scores.pivot_table(index="task", columns="model", values="value")
    assert f"p = {friedmanchisquare(*table.T.to_numpy()).pvalue:.2g}" in caption


def test_one_task_gives_no_such_test_and_says_why(world):
    one = Collection(world.scores[world.scores["task"].eq("task_a")], world.items, world.problems)
    place = standing(one, draws=500)
    assert place.difference is None and place.by_task.empty
    assert tables.reason(place.by_task) == "one task cannot rank models"
    assert compare.rank_caption(place) == place.note
    assert "1 benchmark that" in place.note
    assert "all ranks together at 99.5%" in standing_paragraph(place, 0.005)


def test_the_model_that_alone_keeps_benchmarks_out_is_named(build):
    rng = np.random.default_rng(1)
    tasks = ["gsm8k", "hellaswag", "mmlu_anatomy", "mmlu_virology", "winogrande"]
    answers = {(model, task): (rng.random(50) < 0.5).astype(float) for model in "abc" for task in tasks}
    for task in ("hellaswag", "mmlu_anatomy", "winogrande"):
        del answers["c", task]
    found = build(dict.fromkeys("abc", "merge"), {}, answers)
    scores = found.scores.pivot_table(index="model", columns="task", values="value")
    votes = votes_of(found.scores)
    said = "c costs most: without it 2 more benchmarks would be shared by all"  # of MMLU another leaf is shared
    assert costliest(scores, list("abc"), votes) == said
    assert costliest(scores, list("ab"), votes) == ""
