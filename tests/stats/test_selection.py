"""The best of several candidates without the luck of having been selected."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval.stats import cross_fit


def test_the_winner_of_equals_is_reported_without_its_luck():
    rng, naive, honest = np.random.default_rng(3), [], []
    for seed in range(60):
        found = cross_fit([(rng.random((100, 12)) < 0.6).astype(float)], seed=seed, repeats=10)
        naive.append(found.naive)
        honest.append(found.cross_fitted.estimate)
        assert found.optimism == pytest.approx(found.naive - found.cross_fitted.estimate)
    assert np.mean(naive) > 0.66
    error = np.sqrt(0.6 * 0.4 / 100 / 60)  # of the mean of 60 studies of 100 items
    assert np.mean(honest) == pytest.approx(0.6, abs=3 * error)


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
