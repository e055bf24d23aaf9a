"""Gain over the mean parent against the mean parent, with and without shared items."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr

from mergekit_eval import tables
from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    correlations,
    gain_correlation,
    gain_points,
    item_agreement,
    score_table,
)
from mergekit_eval.schema import conform
from tests.compare.correlation.conftest import KIN, TASKS, N, world


def test_gain_against_parents_plain_and_guarded(found, merges):
    table = gain_correlation(found, merges)
    items = found.items.pivot_table(index=["task", "line"], columns="model", values="value")
    mine = items.loc["one"]
    parent = pd.DataFrame({m: mine[list(p)].mean(axis=1) for m, p in KIN.items()})
    x, y = parent.mean(), mine[list(KIN)].mean() - parent.mean()
    plain = table[table["task"].eq("one") & table["kind"].eq("same items on both axes")].iloc[0]
    assert plain["r"] == pytest.approx(pearsonr(x, y).statistic)
    assert plain["n"] == 5
    assert set(table["task"]) == {*TASKS, "all tasks"}
    assert table.set_index("task").loc["all tasks", "items"].tolist() == [3 * N, 3 * N]
    points = gain_points(found, merges).set_index(["name", "family"])
    pooled = 100 * items["m1"].mean() - 100 * items[["a", "b"]].mean().mean()
    assert points.loc[("m1", "same items on both axes"), "y"] == pytest.approx(pooled)
    assert len(points) == 10


def test_noise_alone_gives_a_fall_that_the_guard_takes_away():
    rng, names = np.random.default_rng(3), [f"m{i}" for i in range(30)]
    parents = {name: (f"p{i}", f"q{i}") for i, name in enumerate(names)}
    scores, rows = [], []
    for model in [*names, *[p for both in parents.values() for p in both]]:
        values = (rng.random(60) < 0.5).astype(float)
        key = {"run": model, "model": model, "task": "t", "metric": "acc", "filter": "none"}
        facts = {"higher_is_better": True, "scale": "unit", "primary": True, "kind": "task", "n": 60}
        scores.append(key | facts | {"value": values.mean()})
        rows += [key | {"item_key": str(i), "value": v, "line": i} for i, v in enumerate(values)]
    found = Collection(conform(scores, "scores"), conform(rows, "items"), conform([], "problems"))
    merges = pd.DataFrame([(m, "linear", p, "", "") for m, p in parents.items()],
                          columns=["merge", "method", "parents", "base", "known_from"])  # fmt: skip
    plain, guarded = gain_correlation(found, merges)["r"]
    assert plain < -0.4
    assert abs(guarded) < 0.35


def test_without_items_the_views_say_what_is_lost(found, merges):
    bare = world(items=False)
    assert "bare scores cannot be split" in tables.reason(gain_correlation(bare, merges))
    assert gain_points(bare, merges).empty
    assert "item by item" in tables.reason(item_agreement(bare))
    assert len(correlations(score_table(bare))) == 3


def test_a_plain_and_a_guarded_coefficient_stand_below_each_other_for_every_task(found, merges):
    rows = gain_correlation(found, merges)
    assert rows["task"].tolist() == [task for task in (*TASKS, "all tasks") for _ in range(2)]
    assert rows["n"].eq(5).all()
