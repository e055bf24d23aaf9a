"""Ranks, Friedman's test and the bars of a critical-difference diagram."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval.stats import (
    cross_fit,
    friedman,
    groups,
    rank_distribution,
    rank_sets,
)


def test_shares_agree_with_ranking_every_draw():
    rng = np.random.default_rng(0)
    draws = rng.integers(0, 4, size=(300, 5)).astype(float)
    found = rank_distribution(draws)
    ranks = sps.rankdata(-draws, axis=1)
    assert found.mean == pytest.approx(ranks.mean(axis=0))
    assert found.share.sum(axis=1) == pytest.approx(np.ones(5))
    assert found.share.sum(axis=0) == pytest.approx(np.ones(5))
    first = draws == draws.max(axis=1, keepdims=True)
    assert found.p_best == pytest.approx((first / first.sum(axis=1, keepdims=True)).mean(axis=0))


def test_interval_of_a_certain_rank():
    draws = np.tile([3.0, 1.0, 2.0], (50, 1))
    found = rank_distribution(draws)
    assert found.low.tolist() == found.high.tolist() == [1, 3, 2]
    assert found.p_best.tolist() == [1, 0, 0]


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
    alone = rank_sets(draws, observed, simultaneous=False)
    assert (alone.low >= found.low).all()
    assert (alone.high <= found.high).all()


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


def test_demsars_example():
    """Four algorithms on fourteen data sets: Demsar 2006, tables 6 and 5 (ranks 3.143, 2.000, 2.893, 1.964)."""
    ranks = np.array([3.143, 2.000, 2.893, 1.964])
    chi = 12 * 14 / (4 * 5) * ((ranks**2).sum() - 4 * 25 / 4)
    assert chi == pytest.approx(9.28, abs=0.01)
    assert 13 * chi / (14 * 3 - chi) == pytest.approx(3.69, abs=0.01)
    found = friedman(np.random.default_rng(5).random((14, 4)), level=0.95)
    assert found.critical_difference == pytest.approx(2.569 * np.sqrt(4 * 5 / (6 * 14)), abs=2e-3)
    rest = 14 * 3 - found.statistic
    assert found.f_statistic == pytest.approx(13 * found.statistic / rest)


def test_gaps_are_counted_not_filled():
    scores = np.random.default_rng(6).random((9, 3))
    scores[[1, 4], [0, 2]] = np.nan
    found = friedman(scores)
    assert (found.n_tasks, found.n_dropped) == (7, 2)
    assert found.statistic == pytest.approx(friedman(np.delete(scores, [1, 4], axis=0)).statistic)


def test_friedman_without_an_answer():
    assert friedman([[1.0, 2.0]]).p is None
    assert "tied" in friedman(np.ones((5, 3))).note
    perfect = friedman(np.tile([1.0, 2, 3], (8, 1)))
    assert perfect.f_p is None
    assert perfect.p < 0.01


def test_groups_are_maximal_runs_without_a_difference():
    differs = np.zeros((5, 5), dtype=bool)
    for a, b in ((0, 3), (0, 4), (1, 4), (2, 4)):
        differs[a, b] = True
    assert groups([0, 1, 2, 3, 4], differs) == [(0, 2), (1, 3), (3, 4)]
    assert groups([0, 1], ~np.eye(2, dtype=bool)) == []
    assert groups([2, 0, 1], np.zeros((3, 3))) == [(0, 2)]


def test_the_winner_of_equals_is_reported_without_its_luck():
    rng, naive, honest = np.random.default_rng(3), [], []
    for seed in range(60):
        found = cross_fit([(rng.random((100, 12)) < 0.6).astype(float)], seed=seed, repeats=10)
        naive.append(found.naive)
        honest.append(found.cross_fitted.estimate)
        assert found.optimism == pytest.approx(found.naive - found.cross_fitted.estimate)
    assert np.mean(naive) > 0.66
    assert np.mean(honest) == pytest.approx(0.6, abs=0.015)


def test_a_clear_winner_keeps_its_score():
    x = (np.random.default_rng(4).random((200, 3)) < [0.3, 0.8, 0.4]).astype(float)
    found = cross_fit([x], reference=[x[:, 0]], seed=0)
    assert found.best == 1
    assert found.chosen.tolist() == [0, 1, 0]
    assert found.optimism == pytest.approx(0, abs=1e-12)
    assert found.cross_fitted.estimate == pytest.approx((x[:, 1] - x[:, 0]).mean())
    assert found.cross_fitted.stderr == pytest.approx(sps.sem(x[:, 1] - x[:, 0]), rel=1e-9)


def test_clusters_stay_together_and_tasks_are_weighted():
    rng = np.random.default_rng(5)
    tasks = [(rng.random((60, 2)) < [0.9, 0.1]).astype(float), (rng.random((40, 2)) < [0.2, 0.4]).astype(float)]
    ids = [np.arange(60) // 3, None]
    assert cross_fit(tasks, clusters=ids, weights=[1, 0], seed=1).best == 0
    assert cross_fit(tasks, clusters=ids, weights=[0, 1], seed=1).best == 1
    assert cross_fit(tasks, clusters=ids, seed=1).chosen.sum() == pytest.approx(1)
