"""Games between models: strengths, win rates and the order shown."""

from statistics import NormalDist

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


def simulated_games(strength, lead, count, seed):
    rng, models = np.random.default_rng(seed), len(strength)
    a = rng.integers(0, models, count)
    b = (a + rng.integers(1, models, count)) % models
    first = rng.random(count) < 0.5
    odds = strength[a] - strength[b] + lead * np.where(first, 1, -1)
    return as_games(a, b, (rng.random(count) < 1 / (1 + np.exp(-odds))) * 1.0, np.arange(count) // 4, first)


@pytest.mark.parametrize("order", [False, True])
def test_bradley_terry_agrees_with_a_logit_fit(order):
    games = simulated_games(np.array([0.5, 0.0, -0.5]), 0.4, 900, 6)
    found = strengths(games, order=order, n_resamples=50)
    design = np.zeros((900, 3))
    design[np.arange(900), games.a], design[np.arange(900), games.b] = 1, -1
    columns = np.column_stack([design[:, 1:], games.first]) if order else design[:, 1:]
    fitted = Logit(games.score, columns).fit(disp=0, tol=1e-12).params
    expected = np.r_[0, fitted[:2]]
    assert found.log_strength == pytest.approx(expected - expected.mean(), abs=1e-7)
    assert found.first == (pytest.approx(fitted[2], abs=1e-7) if order else None)
    assert (found.low < found.log_strength).all() and (found.log_strength < found.high).all()
    assert found.leads.sum() == pytest.approx(1) and found.leads[0] > 0.9


def test_a_tie_is_half_a_win_for_both():
    scores, prompts = np.array([1, 1, 1, 0]), np.arange(4)
    tied = as_games([0] * 5, [1] * 5, np.r_[scores, 0.5], np.r_[prompts, 4])
    halved = as_games([0] * 10, [1] * 10, np.r_[scores, scores, 1, 0], np.r_[prompts, prompts, 4, 4])
    found, double = (strengths(games, n_resamples=20).log_strength for games in (tied, halved))
    assert found == pytest.approx(double, abs=1e-9)
    assert found[0] - found[1] == pytest.approx(np.log(3.5 / 1.5), abs=1e-9)


def test_models_that_cannot_be_told_apart_share_the_first_place():
    games = as_games([0, 1] * 10, [1, 0] * 10, [0.5] * 20, range(20))
    assert strengths(games, n_resamples=30).leads == pytest.approx([0.5, 0.5])


def test_a_model_that_never_loses_has_no_finite_strength():
    found = strengths(as_games([0, 0, 1], [1, 2, 2], [1, 1, 0.5], [0, 1, 2]))
    assert found.log_strength is None
    assert "no finite strengths" in found.note


def test_order_without_orders_and_an_order_that_decides_everything():
    with pytest.raises(StatsError, match="games of unknown order = 2"):
        strengths(as_games([0, 1], [1, 0], [1, 1], [0, 1]), order=True)
    always = as_games([0, 1] * 20, [1, 0] * 20, [1] * 40, range(40), [True] * 40)
    assert "rules out" in strengths(always, order=True).note


def test_an_order_that_decides_some_pairs_has_no_finite_parameters_either():
    """0 always beats 1, beats 2 if it is shown first, and 2 beats 1 if 1 is shown second; the rest is even."""
    rows = [(0, 1, 1, True), (0, 1, 1, False), (0, 2, 1, True), (1, 2, 0, False)] * 6
    rows += [(0, 2, k % 2, False) for k in range(6)] + [(1, 2, k % 2, True) for k in range(6)]
    a, b, score, first = (list(column) for column in zip(*rows, strict=True))
    games = as_games(a, b, score, range(len(rows)), first)
    assert "rules out" in strengths(games, order=True).note
    assert strengths(games, n_resamples=20).first is None


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
    assert widths[1] == pytest.approx(widths[0], rel=2e-3)  # the ridge weighs a third


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


# Games whose test and whose limits decided differently, each alone: the sign test's mid-p is 0.0525 and Wilson's lower
# limit 0.5004; the exact flips' p is 0.070 and the limit ends a hair above 0.5; p is 0.031 and the lower limit 0.487.
NEAR = {
    "15 of 21 won": ([1] * 15 + [0] * 6, range(21)),
    "ties": ([1] * 6 + [0.5] * 7 + [0], range(14)),
    "games in pairs": ([1] * 7 + [0, 1, 0, 1, 1, 0] + [1] * 5 + [0], [at // 2 for at in range(19)]),
}


@pytest.mark.parametrize("case", NEAR)
def test_p_of_a_win_rate_and_its_limits_decide_alike(case):
    for games in NEAR[case], ([1 - won for won in NEAR[case][0]], NEAR[case][1]):
        found = win_rate(*games)
        assert found.p > 0.05
        assert found.interval.low <= 0.5 <= found.interval.high


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_p_and_limits_of_many_sets_of_games_decide_alike(level):
    rng = np.random.default_rng(3)
    decided = 0
    for games in range(14):
        scores = (0, 1) if games % 2 else (0, 0.5, 1)
        found = win_rate(rng.choice(scores, 12, p=(0.2, 0.8) if games % 2 else (0.15, 0.2, 0.65)),
                         np.arange(12) // (1 + games % 3), level=level)  # fmt: skip
        excluded = not found.interval.low <= 0.5 <= found.interval.high
        assert (found.p <= 1 - level) == excluded
        decided += excluded
    assert 2 < decided < 14


def test_p_of_a_win_rate_by_hand():
    # Wilson's limits hold every rate r with |w - n r| <= z sqrt(n r (1 - r)); 14 of 18 won: z = 5 / sqrt(4.5), p 0.018.
    # The sign test: P(15 or more of 18) + P(14) / 2 = (816 + 153 + 18 + 1 + 3060 / 2) / 2^18 on one side, twice 0.0096.
    assert win_rate([1] * 14 + [0] * 4, range(18)).p == pytest.approx(2 * (988 + 1530) / 2**18, rel=1e-5)
    assert 2 * NormalDist().cdf(-5 / 4.5**0.5) == pytest.approx(0.0184, abs=1e-4)
