"""Probing results beside the harness."""

import pandas as pd
import pytest
from scipy.stats import kendalltau

from mergekit_eval import compare, tables
from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    harness_scores,
    holmes_harness,
    score_table,
)
from tests.compare.correlation.conftest import TASKS, wide


def test_holmes_beside_the_harness_or_one_sentence(found):
    scores = score_table(found)
    nothing = holmes_harness(found, scores)
    assert nothing.reason.startswith("There are no Holmes results")
    assert nothing.datasets.empty
    probes = found.scores[found.scores["task"].eq("one")].assign(tool="holmes", task="probe", capability="syntax")
    both = Collection(pd.concat([found.scores, probes], ignore_index=True), found.items, found.problems)
    got = holmes_harness(both, score_table(both))
    row = got.datasets[got.datasets["y"].eq("two")].iloc[0]
    x, y = wide(scores)["one"], wide(scores)["two"]
    assert row["r"] == pytest.approx(kendalltau(x, y).statistic)
    assert set(got.groups["kind"]) == {"mean of taus", "tau of means"}
    assert set(got.groups["x"]) == {"syntax"}
    few = both.scores[~(both.scores["tool"].eq("holmes") & ~both.scores["model"].isin(["a", "b"]))]
    lost = holmes_harness(Collection(few, both.items, both.problems), score_table(both))
    assert "2 models have Holmes and harness results" in lost.reason
    assert len(compare.strongest(got.datasets, 1)) == 1
    assert tables.only(got.groups, kind="tau of means")["kind"].eq("tau of means").all()


def test_probing_datasets_are_no_tasks(found):
    scores = score_table(found)
    assert harness_scores(found, scores) is scores
    probes = found.scores[found.scores["task"].eq("one")].assign(tool="holmes", task="probe")
    both = Collection(pd.concat([found.scores, probes], ignore_index=True), found.items, found.problems)
    assert set(harness_scores(both, score_table(both))["task"]) == set(TASKS)
