"""Games between models: strengths, win rates and the order shown."""

import numpy as np
import pytest
from statsmodels.discrete.discrete_model import Logit

from mergekit_eval.stats import (
    StatsError,
    as_games,
    position_bias,
    strengths,
    win_rate,
)
from mergekit_eval.stats.preference import _count, _design, fit


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
