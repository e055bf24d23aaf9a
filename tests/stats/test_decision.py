"""Chance of being best, expected regret and shrunk estimates."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval.stats import StatsError, choose, decision, shrink

SHARED = np.array([True, True, True, False, False])


def problem(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(5, 5))
    return 0.2 * rng.normal(size=5), 0.01 * root @ root.T


def by_precision(y: np.ndarray, covariance: np.ndarray, shared: np.ndarray) -> tuple:
    """Posterior of every tau by Bayes' rule in precision matrices: tau, weight, mean, covariance."""
    precision, count = np.linalg.inv(covariance), int(shared.sum())
    centre = np.eye(count) - 1 / count
    scale = np.sqrt(np.median(np.linalg.eigvalsh(centre @ covariance[np.ix_(shared, shared)] @ centre)[1:]))
    found = []
    for tau in decision.GRID * scale:
        total = precision.copy()
        total[np.ix_(shared, shared)] += centre / tau**2
        mean = np.linalg.solve(total, precision @ y)
        fit = y @ precision @ y - mean @ total @ mean
        log = -(count - 1) * np.log(tau) - np.linalg.slogdet(total)[1] / 2 - fit / 2
        half_cauchy = np.log(tau) + sps.halfcauchy(scale=decision.SCALE * scale).logpdf(tau)
        found.append((tau, log + half_cauchy, mean, np.linalg.inv(total)))
    taus, logs, means, covariances = map(np.array, zip(*found, strict=True))
    weights = np.exp(logs - logs.max())
    return taus, weights / weights.sum(), means, covariances


def test_shrinking_is_bayes_rule_in_precision_matrices():
    y, covariance = problem()
    taus, weights, means, _ = by_precision(y, covariance, SHARED)
    found = shrink(y, covariance, SHARED)
    assert found.means == pytest.approx(weights @ means, rel=1e-9)
    assert found.prior_mean == pytest.approx((weights @ means)[SHARED].mean(), rel=1e-9)
    assert weights[taus <= found.prior_sd].sum() >= 0.5 > weights[taus < found.prior_sd].sum()


def test_chance_and_regret_are_those_of_the_same_posterior_drawn_directly():
    y, covariance = problem(3)
    _, weights, means, covariances = by_precision(y, covariance, SHARED)
    rng = np.random.default_rng(1)
    picks = rng.multinomial(20_000, weights)
    draws = np.vstack([rng.multivariate_normal(means[at], covariances[at], size=n) for at, n in enumerate(picks) if n])
    found = choose(y, covariance, SHARED, draws=20_000)
    behind = draws.max(axis=1, keepdims=True) - draws
    slack = 4 * np.sqrt(2 / 20_000)  # four Monte-Carlo errors of a difference of two means of deviation 1
    assert (np.abs(found.p_best - (behind == 0).mean(axis=0)) < slack / 2).all()  # of a share: at most 1 / 2
    assert (np.abs(found.regret - behind.mean(axis=0)) < slack * behind.std(axis=0)).all()


def test_two_models_of_flat_priors_have_the_normal_law():
    gap, error = 0.02, 0.03
    covariance = np.array([[0.0010, 0.00055], [0.00055, 0.0010]])
    assert covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1] == pytest.approx(error**2)
    found = choose([0.5 + gap, 0.5], covariance, [False, False], draws=40_000)
    z = gap / error
    assert found.p_best[0] == pytest.approx(sps.norm.cdf(z), abs=0.01)
    loss = error * sps.norm.pdf(z) - gap * sps.norm.sf(z)
    assert found.regret == pytest.approx([loss, loss + gap], abs=0.0005)
    assert found.shrunk.means.tolist() == [0.5 + gap, 0.5]
    assert found.shrunk.prior_mean is None and found.shrunk.prior_sd is None


def test_errors_that_all_models_share_change_no_difference():
    y, covariance = problem(4)
    first, second = shrink(y, covariance), shrink(y, covariance + 0.5)
    assert np.diff(second.means) == pytest.approx(np.diff(first.means), abs=1e-9)
    assert second.prior_sd == pytest.approx(first.prior_sd)
    chances = [choose(y, v).p_best for v in (covariance, covariance + 0.5)]
    assert chances[1] == pytest.approx(chances[0], abs=0.02)


def test_units_and_order_of_the_models_do_not_matter():
    y, covariance = problem(5)
    found, turned = shrink(y, covariance, SHARED), np.array([3, 0, 4, 2, 1])
    points = shrink(100 * y, 1e4 * covariance, SHARED)
    assert points.means == pytest.approx(100 * found.means) and points.prior_sd == pytest.approx(100 * found.prior_sd)
    mixed = shrink(y[turned], covariance[np.ix_(turned, turned)], SHARED[turned])
    assert mixed.means == pytest.approx(found.means[turned])


def test_equal_merges_are_pulled_together_and_distant_ones_are_not():
    """Twelve estimates as equal models scatter (normal scores), and the same ones a hundred times as far apart."""
    scores = sps.norm.ppf((np.arange(12) + 0.5) / 12)
    near, flat, far = (choose(y, np.eye(12), shared) for y, shared in (
        (scores, None), (scores, np.zeros(12, dtype=bool)), (100 * scores, None)))  # fmt: skip
    assert 1 / 12 < near.p_best[-1] < 0.25 < 0.35 < flat.p_best[-1]
    assert np.ptp(near.shrunk.means) < np.ptp(scores) / 3
    assert far.p_best[-1] > 0.99 and far.shrunk.means == pytest.approx(100 * scores, abs=0.05)


def test_regrets_differ_as_the_posterior_means_do():
    y, covariance = problem(6)
    found = choose(y, covariance, SHARED, draws=40_000)
    assert np.diff(found.regret) == pytest.approx(-np.diff(found.shrunk.means), abs=0.004)
    assert found.p_best.sum() == pytest.approx(1) and (found.regret > 0).all()


def test_models_that_no_item_separates_share_their_chance():
    y, covariance = problem(7)
    twice = np.array([0, 1, 2, 3, 4, 0])
    found = choose(y[twice], covariance[np.ix_(twice, twice)], SHARED[twice])
    assert found.p_best[0] == found.p_best[5] > 0
    same = choose(np.full(4, 0.7), np.full((4, 4), 0.01))
    assert same.p_best.tolist() == [0.25] * 4 and same.regret == pytest.approx(0, abs=1e-12)
    assert same.shrunk.prior_sd is None


def test_without_any_error_the_highest_is_the_best():
    found = choose([0.1, 0.3, 0.2], np.zeros((3, 3)))
    assert found.p_best.tolist() == [0, 1, 0] and found.regret == pytest.approx([0.2, 0, 0.1])


def test_blocks_of_draws_are_all_counted(monkeypatch):
    y, covariance = problem(8)
    monkeypatch.setattr(decision, "BLOCK_BYTES", 32 * 5 * 300)
    found = choose(y, covariance, draws=1_000)
    assert found.p_best.sum() == pytest.approx(1)
    assert np.allclose(found.p_best * 1_000, np.round(found.p_best * 1_000))


@pytest.mark.parametrize(
    ("covariance", "shared", "message"),
    [
        (np.eye(3), None, r"shape of covariance = \(3, 3\)"),
        ([[1.0, 0.5], [0.0, 1.0]], None, "symmetric"),
        ([[-1.0, 0.0], [0.0, 1.0]], None, "variances of 0 or more"),
        (np.eye(2), [True], "shape of shared"),
        ([[np.nan, 0.0], [0.0, 1.0]], None, "finite"),
    ],
)
def test_bad_input_is_named(covariance, shared, message):
    with pytest.raises(StatsError, match=message):
        shrink([0.1, 0.2], covariance, shared)
