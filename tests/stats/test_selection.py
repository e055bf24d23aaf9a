"""The best of several candidates without the luck of having been selected."""

import numpy as np
import pytest
from scipy import stats as sps
from scipy.integrate import quad

from mergekit_eval.stats import StatsError, cross_fit, luck_of_the_highest


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


def of_two(gap: float, theta: float) -> float:
    """E max(X, Y) less the larger mean, X - Y normal with mean `gap` and standard deviation `theta`, by quadrature."""
    return quad(lambda below: below * sps.norm.pdf(-below, gap, theta), 0, gap + 12 * theta, epsabs=1e-13)[0]


@pytest.mark.parametrize(("one", "other", "between"), [(1.0, 1.0, 0.0), (1.0, 1.0, 0.6), (4.0, 0.25, 0.5)])
@pytest.mark.parametrize("gap", [0.0, 0.5, 2.0, 4.0])
def test_the_luck_of_the_higher_of_two_is_that_of_the_normal_law(one, other, between, gap):
    """Two estimates scatter by half their gap; what the variance of their difference does not explain of it is kept."""
    theta = np.sqrt(one + other - 2 * between)
    kept = np.sqrt(max(gap**2 - theta**2, 0.0)) if gap <= 3 * theta else gap
    found = luck_of_the_highest([5.0, 5.0 - gap], [[one, between], [between, other]])
    assert found == pytest.approx(of_two(kept, theta), abs=1e-9)


def test_the_luck_of_equals_is_the_mean_of_the_largest_of_normal_numbers():
    """Order statistics of 3 and 5 standard normal numbers; what all errors share, and copies, add nothing."""
    assert luck_of_the_highest([1.0, 1.0, 1.0], np.eye(3)) == pytest.approx(0.8463, abs=0.02)
    assert luck_of_the_highest(np.zeros(5), 4 * np.eye(5) + 9.0) == pytest.approx(2 * 1.1630, abs=0.06)
    copies = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert luck_of_the_highest(np.zeros(3), copies) == pytest.approx(1 / np.sqrt(np.pi), abs=0.02)


def test_one_estimate_and_one_far_above_the_others_have_no_luck():
    assert luck_of_the_highest([0.3], [[2.0]]) == pytest.approx(0, abs=1e-12)
    assert luck_of_the_highest([9.0, 0.0, 0.5], np.eye(3)) == pytest.approx(0, abs=1e-9)
    assert luck_of_the_highest([0.2, 0.1], np.zeros((2, 2))) == pytest.approx(0, abs=1e-12)


def test_estimates_that_are_no_rivals_say_nothing_of_how_far_rivals_differ():
    """Four equal ones beside four that lie 20 standard errors below have the luck of four."""
    found = luck_of_the_highest([0.0] * 4 + [-28.0] * 4, np.eye(8))
    assert found == pytest.approx(1.0294, abs=0.03)  # mean of the largest of four standard normal numbers


def test_a_covariance_of_another_size_is_refused():
    with pytest.raises(StatsError, match="shape of covariance"):
        luck_of_the_highest([1.0, 2.0], np.eye(3))
