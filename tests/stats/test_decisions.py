"""Margins, posteriors, planning, selection and preferences."""

import numpy as np
import pytest
from scipy import stats as sps
from statsmodels.discrete.discrete_model import Logit

from mergekit_eval.stats import (
    StatsError,
    as_games,
    can_decide,
    cross_fit,
    equivalent,
    items_needed,
    mcnemar_midp,
    non_inferior,
    paired_dirichlet,
    paired_spread,
    position_bias,
    strengths,
    tango,
    win_rate,
)
from mergekit_eval.stats.strength import _count, _design, fit


def pairs(both, only_a, only_b, neither):
    cells = (both, only_a, only_b, neither)
    return np.repeat([1.0, 1, 0, 0], cells), np.repeat([1.0, 0, 1, 0], cells)


def test_non_inferiority_is_tangos_lower_limit_above_the_margin():
    a, b = pairs(150, 12, 16, 22)
    low = float(tango(12, 16, 200, 0.90)[0])
    assert non_inferior(a, b, -low + 1e-6).holds
    assert not non_inferior(a, b, -low - 1e-6).holds
    assert non_inferior(a, b, -low).p == pytest.approx(0.05, abs=1e-6)


def test_equivalence_is_both_sides():
    a, b = pairs(150, 14, 15, 21)
    found = equivalent(a, b, 0.06)
    assert found.p == pytest.approx(max(non_inferior(a, b, 0.06).p, non_inferior(b, a, 0.06).p))
    assert (found.claim, found.margin) == ("the same", 0.06)
    assert not equivalent(a, b, 0.01).holds


def test_a_null_difference_is_not_equivalence():
    a, b = pairs(6, 3, 3, 6)
    assert float(mcnemar_midp(3, 3)) == 1
    assert not equivalent(a, b, 0.05).holds


@pytest.mark.parametrize("clusters", [None, np.arange(90) // 3])
def test_graded_margins_use_flips_at_the_margin(clusters):
    d = np.random.default_rng(0).normal(0.02, 0.1, 90)
    found = non_inferior(d, np.zeros(90), 0.05, clusters=clusters)
    assert found.holds
    assert not non_inferior(d - 0.08, np.zeros(90), 0.05, clusters=clusters).holds
    if clusters is None:
        assert found.p == pytest.approx(sps.ttest_1samp(d, -0.05, alternative="greater").pvalue, abs=0.002)


def test_posterior_of_the_difference_agrees_with_its_moments():
    a, b = pairs(60, 20, 8, 12)
    found = paired_dirichlet(a, b, rope=0.02)
    alpha = np.array([60, 20, 8, 12]) + 0.5
    share = alpha / alpha.sum()
    assert found.mean == pytest.approx(share[1] - share[2], abs=1e-3)
    assert found.p_a_better + found.p_same + found.p_b_better == pytest.approx(1)
    assert found.p_a_higher == pytest.approx(sps.beta.sf(0.5, alpha[1], alpha[2]), abs=0.005)
    assert "prior (0.5, 0.5, 0.5, 0.5)" in found.method
    assert found == paired_dirichlet(a, b, rope=0.02)


def test_items_needed_is_where_mcnemar_reaches_its_power():
    spread = paired_spread(0.55, 0.5, 0.5)
    n = items_needed(0.05, spread)
    rng = np.random.default_rng(1)
    both = 0.275 + 0.5 * np.sqrt(0.55 * 0.45 * 0.25)
    cells = rng.multinomial(n, [both, 0.55 - both, 0.5 - both, both - 0.05], size=20_000)
    power = (mcnemar_midp(cells[:, 1], cells[:, 2]) <= 0.05).mean()
    assert power == pytest.approx(0.80, abs=0.012)
    assert items_needed(0.05, spread, cluster_size=5, icc=0.25) == pytest.approx(2 * n, abs=2)


def test_spread_of_paired_answers():
    d = np.random.default_rng(2).multivariate_normal([0, 0], [[1, 0.3], [0.3, 1]], 10)
    assert d.shape == (10, 2)
    assert paired_spread(0.5, 0.5, 0.0) == pytest.approx(np.sqrt(0.5))
    assert paired_spread(0.7, 0.7, 1.0) == pytest.approx(0, abs=1e-8)


def test_a_small_task_says_what_it_would_take():
    small = can_decide(60, 0.4, 0.02)
    assert not small.can_decide
    assert str(small.items_needed) in small.note
    large = can_decide(20_000, 0.4, 0.02)
    assert large.can_decide
    assert large.power > 0.99
    assert large.note == ""
    assert can_decide(4, 0.1, 0.9).least_p > 0.05
    assert can_decide(3000, 0.4, 0.02).items_needed < can_decide(3000, 0.4, 0.02, family=50).items_needed


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


def simulated_games(strength, tie, lead, count, seed):
    rng, models = np.random.default_rng(seed), len(strength)
    a = rng.integers(0, models, count)
    b = (a + rng.integers(1, models, count)) % models
    first = rng.random(count) < 0.5
    pa, pb = np.exp(strength[a] + lead * first), np.exp(strength[b] + lead * ~first)
    pt = tie * np.sqrt(pa * pb)
    u = rng.random(count) * (pa + pb + pt)
    return as_games(a, b, np.where(u < pa, 1, np.where(u < pa + pt, 0.5, 0)), np.arange(count) // 4, first)


def test_bradley_terry_agrees_with_a_logit_fit():
    games = simulated_games(np.array([0.5, 0.0, -0.5]), 0.0, 0.0, 900, 6)
    found = strengths(games, ties="half", n_resamples=50)
    design = np.zeros((900, 3))
    design[np.arange(900), games.a], design[np.arange(900), games.b] = 1, -1
    fitted = Logit(games.score, design[:, 1:]).fit(disp=0, tol=1e-12).params
    expected = np.r_[0, fitted]
    assert found.log_strength == pytest.approx(expected - expected.mean(), abs=1e-7)


def test_davidson_with_order_finds_what_made_the_games():
    truth = np.array([0.8, 0.2, -0.3, -0.7])
    games = simulated_games(truth, 0.6, 0.4, 12_000, 7)
    found = strengths(games, order=True, n_resamples=100)
    assert found.log_strength == pytest.approx(truth, abs=0.08)
    assert found.tie == pytest.approx(np.log(0.6), abs=0.08)
    assert found.first == pytest.approx(0.4, abs=0.08)
    assert (found.low < found.log_strength).all()
    assert (found.high > found.log_strength).all()
    assert found.p_best[0] == 1


def test_the_fit_is_where_the_likelihood_is_flat():
    games = simulated_games(np.array([0.5, 0.0, -0.5]), 0.4, 0.3, 500, 8)
    cells, counts = _count(games, int(games.prompt.max()) + 1, False)
    design, totals = _design(cells, 3, True, True), counts.sum(axis=0).reshape(-1, 3)
    theta = fit(counts.sum(axis=0)[None], design, 0.0)[0]

    def likelihood(at):
        logits = design.tensor @ at
        return (totals * (logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)))).sum()

    best = likelihood(theta)
    for k in range(len(theta)):
        step = np.eye(len(theta))[k] * 1e-4
        assert likelihood(theta + step) < best + 1e-9
        assert likelihood(theta - step) < best + 1e-9
    assert theta[:3].sum() == pytest.approx(0, abs=1e-9)


def test_a_model_that_never_loses_has_no_finite_strength():
    found = strengths(as_games([0, 0, 1], [1, 2, 2], [1, 1, 0.5], [0, 1, 2]))
    assert found.log_strength is None
    assert "no finite strengths" in found.note


def test_order_without_orders_and_an_order_that_decides_everything():
    with pytest.raises(StatsError, match="games of unknown order = 2"):
        strengths(as_games([0, 1], [1, 0], [1, 1], [0, 1]), order=True)
    always = as_games([0, 1] * 20, [1, 0] * 20, [1] * 40, range(40), [True] * 40)
    assert "rules out" in strengths(always, order=True).note


def test_repeated_verdicts_on_a_prompt_are_not_new_evidence():
    rng = np.random.default_rng(9)
    score = rng.integers(0, 2, 60).astype(float)
    once = win_rate(score, np.arange(60))
    thrice = win_rate(np.repeat(score, 3), np.repeat(np.arange(60), 3))
    assert thrice.interval.high - thrice.interval.low > 0.95 * (once.interval.high - once.interval.low)
    assert (thrice.wins, thrice.prompts) == (3 * int(score.sum()), 60)
    games = as_games([0, 1] * 30, [1, 0] * 30, score, np.arange(60))
    again = as_games(
        [0, 1] * 90,
        [1, 0] * 90,
        np.repeat(score.reshape(30, 2), 3, axis=0).ravel(),
        np.repeat(np.arange(60).reshape(30, 2), 3, axis=0).ravel(),
    )
    widths = [
        np.ptp([s.low[0], s.high[0]]) for s in (strengths(games, n_resamples=800), strengths(again, n_resamples=800))
    ]
    assert widths[1] > 0.9 * widths[0]


def test_position_bias_and_consistency():
    a, b = np.tile([0, 1], 50), np.tile([1, 0], 50)
    prompts = np.repeat(np.arange(50), 2)
    first_always_wins = as_games(a, b, np.ones(100), prompts, np.ones(100, dtype=bool))
    found = position_bias(first_always_wins)
    assert found.interval.estimate == 0.5
    assert (found.consistent, found.swapped) == (0.0, 50)
    assert found.p < 0.001
    fair = as_games(a, b, np.tile([1, 0], 50), prompts, np.ones(100, dtype=bool))
    assert position_bias(fair).interval.estimate == 0
    assert position_bias(fair).consistent == 1.0
    one_way = as_games([0, 0], [1, 1], [1, 0], [0, 1], [True, True])
    assert position_bias(one_way).consistent is None


def test_ties_are_half():
    found = win_rate([1, 0.5, 0.5, 0], [0, 1, 2, 3])
    assert found.interval.estimate == 0.5
    assert (found.wins, found.ties, found.losses) == (1, 2, 1)
    assert found.p == 1
