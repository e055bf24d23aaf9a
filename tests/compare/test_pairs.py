"""One merge and one reference on one task: refused, paired, or from two aggregates."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats as sps

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import differences
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.compare.pairs import Contrast, Match
from tests.compare.conftest import make, merge_rows

ROLES = {"a": "parent", "m": "merge"}


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(4)
    return {(model, "t"): (rng.random(80) < rate).astype(float) for model, rate in (("a", 0.5), ("m", 0.7))}


def row_of(found):
    """Return the difference of the one merge to its one parent on the one task."""
    (row,) = differences(found, merge_rows(("m", ("a",), ""))).itertuples()
    return row


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("filter", "strict", "acc,none against acc,strict"),
        ("task_version", "2", "versions of the task or of its judge: 1 against 2"),
        ("tool", "helm", "lm-eval against helm"),
    ],
)
def test_scores_that_measure_other_things_are_refused(answers, column, value, reason):
    found = make(ROLES, {}, answers)
    scores = found.scores.assign(task_version="1")
    scores[column] = scores[column].where(scores["model"].ne("a"), value)
    found = Collection(scores, found.items, found.problems)
    evidence = Evidence(found)
    rows = [evidence.by_model[name]["t"] for name in "ma"]
    assert reason in "; ".join(Match.of(evidence, Contrast("m", "a", "parent"), *rows).refused)
    row = row_of(found)
    assert reason in row.note and pd.isna(row.gain) and pd.isna(row.p)


def test_shared_items_are_compared_in_pairs(answers):
    row, gap = row_of(make(ROLES, {}, answers)), answers["m", "t"] - answers["a", "t"]
    assert row.gain == pytest.approx(gap.mean())
    assert (row.evidence, row.matched, row.unmatched, row.units) == ("paired items", 80, 0, 80)
    assert row.df == np.count_nonzero(gap) - 1


def test_a_partial_overlap_is_compared_on_what_is_shared_and_says_so(answers):
    row = row_of(make(ROLES, {}, answers | {("a", "t"): answers["a", "t"][:50]}))
    assert row.gain == pytest.approx((answers["m", "t"] - answers["a", "t"])[:50].mean())
    assert (row.matched, row.unmatched) == (50, 30)
    assert "50 items matched, 30 without a partner left out" in row.note


def test_clusters_are_the_units(answers):
    row = row_of(make(ROLES, {"t": {"clusters": np.repeat(np.arange(20), 4)}}, answers))
    sums = (answers["m", "t"] - answers["a", "t"]).reshape(20, 4).sum(axis=1)
    assert (row.units, row.df) == (20, np.count_nonzero(sums) - 1)


def test_without_items_two_proportions_are_compared():
    row = row_of(make(ROLES, {}, {("a", "t"): (0.5, 80), ("m", "t"): (0.7, 80)}))
    spreads = np.sqrt([0.7 * 0.3, 0.5 * 0.5])
    welch = sps.ttest_ind_from_stats(0.7, spreads[0], 80, 0.5, spreads[1], 80, equal_var=False)
    assert row.evidence == "aggregates only" and pd.isna(row.units) and pd.isna(row.df)
    assert (row.stderr, row.p) == pytest.approx((np.hypot(*spreads) / np.sqrt(80), welch.pvalue))
