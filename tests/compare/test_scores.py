"""Scores with their intervals, one row per model and condition."""

import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    score_table,
)
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.compare.scores import interval, standard_error
from mergekit_eval.rows import score_rows
from tests.compare.conftest import answers_of, one


def test_scores_carry_the_wilson_interval_of_their_items(world):
    table = score_table(world)
    row = one(table, model="a", task="task_a")
    right = int(answers_of(world, "a", "task_a").sum())
    low, high = proportion_confint(right, 200, method="wilson")
    assert (row["value"], row["n"]) == (right / 200, 200)
    assert (row["low"], row["high"]) == pytest.approx((low, high), abs=1e-12)


def test_one_task_under_two_settings_stays_two_tasks(world):
    twice = world.scores[world.scores["model"].eq("a") & world.scores["task"].eq("task_a")].assign(
        run="a/other", n_shot=5
    )
    both = Collection(pd.concat([world.scores.assign(n_shot=0), twice], ignore_index=True), world.items, world.problems)
    tasks = set(score_table(both)["task"])
    assert {"task_a [n_shot=0]", "task_a [n_shot=5]", "task_b"} == tasks


def test_the_standard_error_alone_is_that_of_the_interval(world):
    bare = Collection(world.scores, world.items[world.items["model"].ne("a")], world.problems)
    evidence = Evidence(bare)
    rows = list(score_rows(evidence.scores))
    errors = [standard_error(evidence, row, 0.9) for row in rows]
    assert errors == [interval(evidence, row, 0.9)[2] for row in rows]
    assert {evidence.carries(row) for row in rows} == {True, False}
