"""One merge and one reference on one task: refused, paired, or from two aggregates."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.compare.pairs import Contrast, Match, measured

WHO = Contrast("m", "a", "parent")
ROLES = {"a": "parent", "m": "merge"}


@pytest.fixture
def answers():
    rng = np.random.default_rng(4)
    return {(model, "t"): (rng.random(80) < rate).astype(float) for model, rate in (("a", 0.5), ("m", 0.7))}


def match_of(found):
    evidence = Evidence(found)
    rows = evidence.by_model
    return evidence, Match.of(evidence, WHO, rows["m"]["t"], rows["a"]["t"])


def changed(found, column, value):
    scores = found.scores.assign(**{column: found.scores[column].where(found.scores["model"].ne("a"), value)})
    return Collection(scores, found.items, found.problems)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("filter", "strict", "acc,none against acc,strict"),
        ("task_version", "2", "versions of the task: 1 against 2"),
        ("tool", "helm", "lm-eval against helm"),
    ],
)
def test_scores_that_measure_other_things_are_refused(build, answers, column, value, reason):
    found = build(ROLES, {}, answers)
    found = changed(Collection(found.scores.assign(task_version="1"), found.items, found.problems), column, value)
    evidence, match = match_of(found)
    assert reason in match.refused
    assert measured(evidence, [match], 0.95, 0) == [None]


def test_shared_items_are_compared_in_pairs(build, answers):
    evidence, match = match_of(build(ROLES, {}, answers))
    (row,) = measured(evidence, [match], 0.95, 0)
    gap = answers["m", "t"] - answers["a", "t"]
    assert row.result.diff == pytest.approx(gap.mean())
    assert (row.evidence, row.matched, row.unmatched, row.units) == ("paired items", 80, 0, 80)
    assert row.df == np.count_nonzero(gap) - 1


def test_a_partial_overlap_is_compared_on_what_is_shared_and_says_so(build, answers):
    short = {("a", "t"): answers["a", "t"][:50], ("m", "t"): answers["m", "t"]}
    evidence, match = match_of(build(ROLES, {}, short))
    (row,) = measured(evidence, [match], 0.95, 0)
    assert row.result.diff == pytest.approx((short["m", "t"][:50] - short["a", "t"]).mean())
    assert (row.matched, row.unmatched) == (50, 30)
    assert "50 items matched, 30 without a partner left out" in row.why


def test_clusters_are_the_units(build, answers):
    passages = np.repeat(np.arange(20), 4)
    evidence, match = match_of(build(ROLES, {"t": {"clusters": passages}}, answers))
    (row,) = measured(evidence, [match], 0.95, 0)
    sums = (answers["m", "t"] - answers["a", "t"]).reshape(20, 4).sum(axis=1)
    assert (row.units, row.df) == (20, np.count_nonzero(sums) - 1)


def test_without_items_two_proportions_are_compared(build):
    evidence, match = match_of(build(ROLES, {}, {("a", "t"): (0.5, 80), ("m", "t"): (0.7, 80)}))
    (row,) = measured(evidence, [match], 0.95, 0)
    spreads = np.sqrt([0.7 * 0.3, 0.5 * 0.5])
    welch = sps.ttest_ind_from_stats(0.7, spreads[0], 80, 0.5, spreads[1], 80, equal_var=False)
    assert (row.evidence, row.units, row.df) == ("aggregates only", None, None)
    assert row.result.stderr == pytest.approx(np.hypot(*spreads) / np.sqrt(80))
    assert row.result.p == pytest.approx(welch.pvalue)
