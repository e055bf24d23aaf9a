"""Correlations of tasks, their reliability and their tree, by plain routes."""

import numpy as np
import pytest
from scipy.cluster import hierarchy

from mergekit_eval import compare
from mergekit_eval.compare import (
    correlations,
    score_table,
    task_reliability,
    task_tree,
)
from tests.compare.conftest import without
from tests.compare.correlation.conftest import MODELS, world


def test_reliability_is_what_item_noise_leaves(found):
    scores = score_table(found)
    table = task_reliability(scores).set_index("task")
    mine = scores[scores["task"] == "one"]
    wanted = 1 - (mine["stderr"] ** 2).mean() / mine["value"].var(ddof=1)
    assert table.loc["one", "reliability"] == pytest.approx(wanted)


def test_a_noisy_task_is_unreliable_whatever_its_correlations(found):
    scores = score_table(found)
    flat = scores["value"].where(scores["task"] != "three", 0.5 + 0.001 * np.arange(len(scores)))
    noisy = scores.assign(value=flat)
    table = correlations(noisy)
    assert not table.loc[table["y"].eq("three") | table["x"].eq("three"), "reliable"].any()
    assert table.loc[table["y"].eq("two") & table["x"].eq("one"), "reliable"].all()
    assert "three: mostly item noise" in table["note"].iloc[-1]
    assert "three (0%)" in compare.reliability_paragraph(task_reliability(noisy))
    assert "is not known" in compare.reliability_paragraph(task_reliability(noisy.assign(stderr=np.nan)))


def test_the_tree_joins_at_one_minus_r(found):
    table = correlations(score_table(found))
    tree = task_tree(table)
    r = {frozenset((x, y)): v for x, y, v in zip(table["x"], table["y"], table["r"], strict=True)}
    flat = [1 - r[frozenset(pair)] for pair in (("one", "two"), ("one", "three"), ("two", "three"))]
    assert tree.linkage == pytest.approx(hierarchy.linkage(flat, "average"))
    assert tree.leaves == ["one", "two", "three"]
    assert len(tree.table) == 2


def test_no_tree_where_too_few_tasks_go_with_every_other(found):
    gone = [(model, "three") for model in MODELS[:6]]
    tree = task_tree(correlations(score_table(world(drop=gone))))
    assert tree.table.empty
    assert "fewer than three tasks" in tree.note
    assert "three" in tree.note


def test_a_heat_map_holds_no_more_tasks_than_can_be_read(found):
    table = correlations(score_table(found))
    assert compare.most_reliable(table, 3) is table
    shown = compare.most_reliable(table, 2)
    assert set(shown["x"]) | set(shown["y"]) == {"one", "two"}
    assert "Shown are the 2 of 3 tasks" in compare.correlation_caption(shown, table, "kendall", 0.95)
    assert "Shown" not in compare.correlation_caption(table, table, "kendall", 0.95)


def test_correlations_use_only_models_that_have_both(found):
    incomplete = without(found, lambda scores: scores["model"].eq("b") & scores["task"].eq("one"))
    rows = correlations(score_table(incomplete)).set_index(["x", "y"])["n"]
    assert rows.to_dict() == {("one", "two"): 8, ("one", "three"): 8, ("two", "three"): 9}
