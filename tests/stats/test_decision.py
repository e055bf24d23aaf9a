"""Chance of being best, expected regret and shrunk estimates."""

import itertools

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval.stats import StatsError, choose, decision, shrink

KINDS = np.array(["merge", "merge", "merge", "parent", "parent"])


def problem(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(5, 5))
    return 0.2 * rng.normal(size=5), 0.01 * root @ root.T


def by_least_squares(y: np.ndarray, covariance: np.ndarray, shapes: list[np.ndarray]) -> tuple:
    """Posterior at every point of the grid from a generalised least-squares mean: weight, mean, covariance."""
    density = decision.RATIOS[1:] * sps.halfcauchy(scale=decision.SCALE).pdf(decision.RATIOS[1:])
    prior = np.append(decision.ALIKE, (1 - decision.ALIKE) * density / density.sum())
    found = []
    for points in itertools.product(range(decision.RATIOS.size), repeat=len(shapes)):
        ratios = decision.RATIOS[list(points)]
        inverse = np.linalg.inv(covariance + sum(ratio**2 * one for ratio, one in zip(ratios, shapes, strict=True)))
        total = inverse.sum()
        centred = inverse - np.outer(inverse.sum(axis=0), inverse.sum(axis=1)) / total
        log = (np.linalg.slogdet(inverse)[1] - np.log(total) - y @ centred @ y) / 2 + np.log(prior[list(points)]).sum()
        found.append((ratios, log, y - covariance @ centred @ y, covariance - covariance @ centred @ covariance))
    ratios, logs, means, covariances = map(np.array, zip(*found, strict=True))
    weights = np.exp(logs - logs.max())
    return ratios, weights / weights.sum(), means, covariances


def spreads(covariance: np.ndarray) -> list[np.ndarray]:
    """Covariances of deviations from the mean of the merges, of the parents, and of the means of both."""
    merge, parent = (np.where(kind == KINDS, 1.0, 0.0) for kind in ("merge", "parent"))
    own = [np.diag(kind) - np.outer(kind, kind) / kind.sum() for kind in (merge, parent)]
    halves = (np.outer(merge, [1, -1]) + np.outer(parent, [-1, 1])) / 2
    between = halves @ np.array([merge / merge.sum(), parent / parent.sum()])
    return [one @ covariance @ one.T for one in (*own, between)]


def test_shrinking_is_bayes_rule_by_least_squares():
    y, covariance = problem()
    _, weights, means, _ = by_least_squares(y, covariance, [np.eye(5) * contrast_variance(covariance)])
    assert shrink(y, covariance) == pytest.approx(weights @ means, rel=1e-4)  # points of negligible weight are left out


def contrast_variance(covariance: np.ndarray) -> float:
    centre = np.eye(len(covariance)) - 1 / len(covariance)
    return float(np.median(np.linalg.eigvalsh(centre @ covariance @ centre)[1:]))


def test_models_spread_around_the_mean_of_their_kind_as_their_errors_do():
    y, covariance = problem()
    shapes = spreads(covariance)
    ratios, weights, means, _ = by_least_squares(y, covariance, shapes)
    found = choose(y, covariance, KINDS, draws=10).shrunk
    assert found.means == pytest.approx(weights @ means, rel=1e-4)
    assert list(found.kinds) == ["merge", "parent"]
    for at, (kind, prior) in enumerate(found.kinds.items()):
        rows = kind == KINDS
        assert prior.mean == pytest.approx(found.means[rows].mean())
        above = ratios[:, at] - prior.sd / np.sqrt(np.trace(shapes[at]) / (rows.sum() - 1))
        assert weights[above < 1e-9].sum() >= 0.5 > weights[above < -1e-9].sum()


def test_chance_and_regret_are_those_of_the_same_posterior_drawn_directly():
    y, covariance = problem(3)
    _, weights, means, covariances = by_least_squares(y, covariance, spreads(covariance))
    rng = np.random.default_rng(1)
    picks = rng.multinomial(20_000, weights)
    draws = np.vstack([rng.multivariate_normal(means[at], covariances[at], size=n) for at, n in enumerate(picks) if n])
    found = choose(y, covariance, KINDS, draws=20_000)
    behind = draws.max(axis=1, keepdims=True) - draws
    slack = 4 * np.sqrt(2 / 20_000)  # four Monte-Carlo errors of a difference of two means of deviation 1
    assert (np.abs(found.p_best - (behind == 0).mean(axis=0)) < slack / 2).all()  # of a share: at most 1 / 2
    assert (np.abs(found.regret - behind.mean(axis=0)) < slack * behind.std(axis=0)).all()


def test_two_models_of_two_kinds_are_alike_or_differ():
    """Given a ratio r the true difference has the variance of its error times r^2; r is averaged out."""
    gap, error = 0.06, 0.03
    covariance = np.array([[0.0010, 0.00055], [0.00055, 0.0010]])
    assert covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1] == pytest.approx(error**2)
    ratios = decision.RATIOS[1:]
    density = ratios / (1 + ratios**2)
    prior = np.append(decision.ALIKE, (1 - decision.ALIKE) * density / density.sum())
    between = np.append(0, (ratios * error) ** 2)
    weight = prior * sps.norm.pdf(gap, scale=np.sqrt(error**2 + between))
    weight /= weight.sum()
    share = between[1:] / (error**2 + between[1:])
    chance = weight[0] / 2 + weight[1:] @ sps.norm.cdf(np.sqrt(share) * gap / error)
    found = choose([0.5 + gap, 0.5], covariance, ["merge", "base"], draws=40_000)
    assert found.p_best[0] == pytest.approx(chance, abs=0.01)
    assert np.diff(found.shrunk.means)[0] == pytest.approx(-gap * (weight[1:] @ share), rel=1e-4)
    assert found.shrunk.means.sum() == pytest.approx(1 + gap) and found.shrunk.kinds == {}


def test_errors_that_all_models_share_change_no_difference():
    y, covariance = problem(4)
    first, second = (choose(y, v, draws=10).shrunk for v in (covariance, covariance + 0.5))
    assert np.diff(second.means) == pytest.approx(np.diff(first.means), abs=1e-9)
    assert second.kinds[0.0].sd == pytest.approx(first.kinds[0.0].sd)
    chances = [choose(y, v).p_best for v in (covariance, covariance + 0.5)]
    assert chances[1] == pytest.approx(chances[0], abs=0.02)


def test_units_and_order_of_the_models_do_not_matter():
    y, covariance = problem(5)
    turned = np.array([3, 0, 4, 2, 1])
    found = choose(y, covariance, KINDS, draws=10).shrunk
    points = choose(100 * y, 1e4 * covariance, KINDS, draws=10).shrunk
    assert points.means == pytest.approx(100 * found.means)
    assert points.kinds["merge"].sd == pytest.approx(100 * found.kinds["merge"].sd)
    mixed = choose(y[turned], covariance[np.ix_(turned, turned)], KINDS[turned], draws=10).shrunk
    assert mixed.means == pytest.approx(found.means[turned])


def test_equal_merges_are_pulled_together_and_distant_ones_are_not():
    """Twelve estimates as equal models scatter (normal scores), and the same ones twenty times as far apart."""
    scores = sps.norm.ppf((np.arange(12) + 0.5) / 12)
    near, far = (choose(y, np.eye(12)) for y in (scores, 20 * scores))
    assert 1 / 12 < near.p_best[-1] < 0.25
    assert np.ptp(near.shrunk.means) < np.ptp(scores) / 3
    assert far.p_best[-1] > 0.99 and far.shrunk.means == pytest.approx(20 * scores, rel=0.005)


def test_regrets_differ_as_the_posterior_means_do():
    y, covariance = problem(6)
    found = choose(y, covariance, KINDS, draws=40_000)
    assert np.diff(found.regret) == pytest.approx(-np.diff(found.shrunk.means), abs=0.004)
    assert found.p_best.sum() == pytest.approx(1) and (found.regret > 0).all()


def test_models_that_no_item_separates_share_their_chance():
    y, covariance = problem(7)
    twice = np.array([0, 1, 2, 3, 4, 0])
    found = choose(y[twice], covariance[np.ix_(twice, twice)], KINDS[twice])
    assert found.p_best[0] == found.p_best[5] > 0
    same = choose(np.full(4, 0.7), np.full((4, 4), 0.01))
    assert same.p_best.tolist() == [0.25] * 4 and same.regret == pytest.approx(0, abs=1e-12)
    assert same.shrunk.kinds == {}


def test_without_any_error_the_highest_is_the_best():
    found = choose([0.1, 0.3, 0.2], np.zeros((3, 3)))
    assert found.p_best.tolist() == [0, 1, 0] and found.regret == pytest.approx([0.2, 0, 0.1])


def test_blocks_of_draws_are_all_counted(monkeypatch):
    y, covariance = problem(8)
    monkeypatch.setattr(decision, "BLOCK_BYTES", 32 * 25 * 300)
    found = choose(y, covariance, draws=1_000)
    assert found.p_best.sum() == pytest.approx(1)
    shares = found.p_best * 5_000  # a draw counts whole, or a fifth for each of five models that are alike
    assert np.allclose(shares, np.round(shares))


@pytest.mark.parametrize(
    ("covariance", "kinds", "message"),
    [
        (np.eye(3), None, r"shape of covariance = \(3, 3\)"),
        ([[1.0, 0.5], [0.0, 1.0]], None, "symmetric"),
        ([[-1.0, 0.0], [0.0, 1.0]], None, "variances of 0 or more"),
        (np.eye(2), ["merge"], "shape of kinds"),
        ([[np.nan, 0.0], [0.0, 1.0]], None, "finite"),
    ],
)
def test_bad_input_is_named(covariance, kinds, message):
    with pytest.raises(StatsError, match=message):
        choose([0.1, 0.2], covariance, kinds)


def test_more_kinds_of_several_models_than_the_grid_has_room_for_are_refused():
    with pytest.raises(StatsError, match="kinds of several models = 3"):
        choose(np.zeros(6), np.eye(6), list("aabbcc"))


def test_parents_that_are_alike_are_pulled_together_and_unlike_ones_stay():
    """Eight parents as equal models scatter, beside twelve merges that do; then parents ten times as far apart."""
    merges, parents = (sps.norm.ppf((np.arange(n) + 0.5) / n) for n in (12, 8))
    kinds = np.repeat(["merge", "parent"], [12, 8])
    alike, apart = (choose(np.append(merges, far * parents), np.eye(20), kinds) for far in (1, 10))
    assert alike.p_best.max() < 0.15
    assert np.ptp(alike.shrunk.means) < np.ptp(merges) / 3
    assert apart.p_best[-1] > 0.99 and apart.shrunk.means[12:] == pytest.approx(10 * parents, rel=0.02)


def test_many_models_are_looked_at_near_the_mode_and_the_rest_of_the_grid_is_negligible(monkeypatch):
    """The grid near the mode, which many models ask for, gives what the whole grid gives."""
    rng = np.random.default_rng(4)
    kinds, covariance = np.repeat(["base", "parent", "merge"], [1, 9, 30]), 0.6 * np.eye(40) + 0.4
    for spread in (0.0, 1.0, 4.0):
        y = spread * rng.standard_normal(40) + rng.multivariate_normal(np.zeros(40), covariance)
        whole = choose(y, covariance, kinds)
        monkeypatch.setattr(decision, "_whole_grid", None)
        monkeypatch.setattr(decision, "BLOCK_BYTES", 1)
        near = choose(y, covariance, kinds)
        monkeypatch.undo()
        assert near.shrunk.means == pytest.approx(whole.shrunk.means, abs=1e-3)
        assert near.p_best == pytest.approx(whole.p_best, abs=0.02)
