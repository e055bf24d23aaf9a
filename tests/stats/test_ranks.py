"""Ranks, Friedman's test and the bars of a critical-difference diagram."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval.stats import friedman, groups, rank_distribution, rank_sets


def test_shares_agree_with_ranking_every_draw():
    rng = np.random.default_rng(0)
    draws = rng.integers(0, 4, size=(300, 5)).astype(float)
    found = rank_distribution(draws)
    ranks = sps.rankdata(-draws, axis=1)
    assert found.mean == pytest.approx(ranks.mean(axis=0))
    assert found.share.sum(axis=1) == pytest.approx(np.ones(5))
    assert found.share.sum(axis=0) == pytest.approx(np.ones(5))
    first = draws == draws.max(axis=1, keepdims=True)
    assert found.first == pytest.approx((first / first.sum(axis=1, keepdims=True)).mean(axis=0))


def test_interval_of_a_certain_rank():
    draws = np.tile([3.0, 1.0, 2.0], (50, 1))
    found = rank_distribution(draws)
    assert found.low.tolist() == found.high.tolist() == [1, 3, 2]
    assert found.first.tolist() == [1, 0, 0]


def test_blocks_do_not_change_the_shares(monkeypatch):
    draws = np.random.default_rng(1).normal(size=(400, 6))
    whole = rank_distribution(draws).share
    monkeypatch.setattr("mergekit_eval.stats.ranks.BLOCK_BYTES", 8 * 36 * 7)
    assert rank_distribution(draws).share == pytest.approx(whole, abs=1e-15)


def test_near_ties_stay_open_and_clear_gaps_close():
    rng = np.random.default_rng(2)
    observed = np.array([0.70, 0.699, 0.5])
    draws = observed + 0.01 * rng.normal(size=(4000, 3))
    found = rank_sets(draws, observed)
    assert found.low.tolist() == [1, 1, 3]
    assert found.high.tolist() == [2, 2, 3]


def test_identical_models_are_not_ordered_by_a_zero_error():
    draws = np.random.default_rng(3).normal(size=(200, 1)) @ np.ones((1, 2))
    found = rank_sets(draws, [0.5, 0.5])
    assert found.high.tolist() == [2, 2]
    assert rank_sets(draws[:, :1], [0.5]).low.tolist() == [1]


def test_friedman_agrees_with_scipy_with_ties():
    scores = np.random.default_rng(4).integers(0, 6, size=(12, 4)).astype(float)
    found = friedman(scores)
    expected = sps.friedmanchisquare(*scores.T)
    assert (found.statistic, found.p) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-10)


def test_of_two_models_it_is_the_sign_test_statistic():
    scores = np.random.default_rng(7).random((15, 2))
    wins = int((scores[:, 0] > scores[:, 1]).sum())
    assert friedman(scores).statistic == pytest.approx((2 * wins - 15) ** 2 / 15)


def test_nemenyis_difference_is_that_of_demsar():
    """Four models on fourteen tasks: q of 2.569 in table 5 of Demsar 2006."""
    found = friedman(np.random.default_rng(5).random((14, 4)))
    assert found.critical_difference == pytest.approx(2.569 * np.sqrt(4 * 5 / (6 * 14)), rel=0.0005 / 2.569)


def test_gaps_are_counted_not_filled():
    scores = np.random.default_rng(6).random((9, 3))
    scores[[1, 4], [0, 2]] = np.nan
    found = friedman(scores)
    assert (found.n_tasks, found.n_dropped) == (7, 2)
    assert found.statistic == pytest.approx(friedman(np.delete(scores, [1, 4], axis=0)).statistic)


def test_friedman_without_an_answer():
    assert friedman([[1.0, 2.0]]).p is None
    assert "tied" in friedman(np.ones((5, 3))).note
    assert friedman(np.tile([1.0, 2, 3], (8, 1))).p == pytest.approx(sps.chi2.sf(16, 2))  # k - 1 times the tasks


def test_groups_are_maximal_runs_without_a_difference():
    differs = np.zeros((5, 5), dtype=bool)
    for a, b in ((0, 3), (0, 4), (1, 4), (2, 4)):
        differs[a, b] = True
    assert groups([0, 1, 2, 3, 4], differs) == [(0, 2), (1, 3), (3, 4)]
    assert groups([0, 1], ~np.eye(2, dtype=bool)) == []
    assert groups([2, 0, 1], np.zeros((3, 3))) == [(0, 2)]
