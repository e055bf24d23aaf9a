"""Differences to the references against values computed by a plain route."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from statsmodels.stats.multitest import multipletests

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    differences,
)
from mergekit_eval.errors import DataError
from mergekit_eval.schema import conform
from tests.compare.conftest import answers_of, one


def test_a_difference_is_paired_exact_and_counted(world, merges):
    row = one(differences(world, merges), merge="middle", reference="a", task="task_a")
    x, y = answers_of(world, "middle", "task_a"), answers_of(world, "a", "task_a")
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
    turned = Collection(conform(world.scores.assign(higher_is_better=False), "scores"), world.items, world.problems)
    up, down = (one(differences(c, merges), merge="good", reference="base", task="task_b") for c in (world, turned))
    assert down["diff"] == up["diff"]
    assert down["gain"] == -up["gain"]
    assert (down["gain_low"], down["gain_high"]) == (-up["gain_high"], -up["gain_low"])
    assert (down["wins"], down["losses"]) == (up["losses"], up["wins"])
    assert (up["decided"], down["decided"]) == ("better", "worse")


def test_an_unknown_direction_is_never_ranked(world, merges):
    blind = Collection(conform(world.scores.assign(higher_is_better=pd.NA), "scores"), world.items, world.problems)
    table = differences(blind, merges)
    assert table["gain"].isna().all()
    assert table["p"].isna().all()
    assert set(table["decided"]) == {""}


def test_aggregates_alone_are_compared_unpaired_and_marked(world, merges):
    bare = Collection(world.scores, world.items.iloc[:0], world.problems)
    row = one(differences(bare, merges), merge="good", reference="base", task="task_a")
    x, y = answers_of(world, "good", "task_a").mean(), answers_of(world, "base", "task_a").mean()
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


def test_an_unknown_reference_is_refused_by_name(world, merges):
    with pytest.raises(DataError, match=r"references: nobody .* allowed: base, a, b"):
        differences(world, merges, references=["nobody"])


def test_a_row_says_where_the_tail_was_not_seen(world, merges):
    """Graded answers that lose a little everywhere and win one item: no test of their mean holds its level."""
    items = world.items.copy()
    here = items["task"].eq("task_a")
    reference, merge = here & items["model"].eq("a"), here & items["model"].eq("middle")
    items["value"] = items["value"].astype(float)
    items.loc[reference, "value"] = 0.5
    items.loc[merge, "value"] = np.r_[1.0, 0.45 + np.linspace(0, 0.001, 199)]
    means = items[here].groupby("model", observed=True)["value"].mean()
    scores = world.scores.copy()
    changed = scores["task"].eq("task_a") & scores["model"].isin(["a", "middle"])
    for column in ("value", "score"):
        scores.loc[changed, column] = scores.loc[changed, "model"].map(means)
    table = differences(Collection(scores, items, world.problems), merges)
    row = one(table, merge="middle", reference="a", task="task_a")
    assert not row["tail_seen"]
    assert "tail not seen" in row["note"]
    right_wrong = one(table, merge="middle", reference="a", task="task_b")
    assert pd.isna(right_wrong["tail_seen"])
