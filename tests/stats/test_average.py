"""Many tasks into one number, ratios of averages, and the cut at chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as sps

from mergekit_eval.stats import (
    StatsError,
    aggregate,
    bootstrap_draws,
    normalise,
    ratio_of_averages,
    weighted_draws,
)


def test_macro_squares_its_weights():
    found = aggregate([0.2, 0.4], [0.03, 0.04], [20, 20])
    assert found.estimate == pytest.approx(0.3)
    assert found.stderr == pytest.approx(0.025)
    df = (0.03**2 + 0.04**2) ** 2 / ((0.03**4 + 0.04**4) / 19)
    assert found.high - 0.3 == pytest.approx(sps.t.isf(0.025, df) * 0.025, rel=1e-12)


def test_one_task_is_the_t_interval():
    d = np.random.default_rng(0).normal(0.3, 1, 25)
    found = aggregate([d.mean()], [sps.sem(d)], [25])
    interval = sps.ttest_1samp(d, 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-9)


def test_two_tasks_have_welchs_degrees_of_freedom():
    x, y = np.random.default_rng(1).normal(size=(2, 12)) * [[1], [3]]
    found = aggregate([x.mean(), -y.mean()], [sps.sem(x), sps.sem(y)], [12, 12])
    difference = sps.ttest_ind(x, y, equal_var=False).confidence_interval()
    assert (2 * found.low, 2 * found.high) == pytest.approx((difference.low, difference.high), rel=1e-9)


def test_micro_is_the_pooled_mean():
    parts = [np.array([1.0, 0, 1]), np.array([0.0, 0, 0, 1, 1, 1, 1])]
    found = aggregate([p.mean() for p in parts], [sps.sem(p) for p in parts], [3, 7], weights=[3, 7])
    assert found.estimate == pytest.approx(np.concatenate(parts).mean())


def test_flat_tasks_are_counted_in_the_note():
    assert aggregate([0.1, 0.0], [0.02, 0.0], [9, 9]).note.startswith("1 of 2 tasks have no spread")
    nothing = aggregate([0.0, 0.0], [0.0, 0.0], [9, 9])
    assert (nothing.low, nothing.high) == (None, None) and "no interval" in nothing.note


def test_weights_of_the_tasks_in_every_draw():
    rng = np.random.default_rng(4)
    draws = bootstrap_draws([rng.random((6, 2)), rng.random((9, 2))], n_resamples=20, seed=1)
    assert weighted_draws(draws, [3, 1]) == pytest.approx(0.75 * draws[0] + 0.25 * draws[1], rel=1e-6)
    assert weighted_draws(draws) == pytest.approx(draws.mean(axis=0), rel=1e-6)


def test_chance_becomes_zero_a_perfect_score_one_and_below_chance_is_cut():
    assert normalise([0.25, 0.625, 1.0, 0.1], 0.25).tolist() == [0, 0.5, 1, 0]
    assert normalise([0.1, np.nan], 0.25) == pytest.approx([0, np.nan], nan_ok=True)


@pytest.mark.parametrize("chance", [1.0, 1.5, np.nan])
def test_a_chance_that_is_not_below_the_top_is_refused(chance):
    with pytest.raises(StatsError, match="finite numbers below the top score"):
        normalise([0.5], chance)


COVARIANCE = np.array([[0.0004, 0.0001], [0.0001, 0.0005]])


@pytest.mark.parametrize(("df", "quantile"), [(None, sps.norm.isf(0.025)), (7, sps.t.isf(0.025, 7))])
def test_at_both_limits_the_difference_is_just_significant(df, quantile):
    found = ratio_of_averages(0.3, 0.4, COVARIANCE, df=df)
    assert found.ratio == pytest.approx(0.75) and found.low < 0.75 < found.high
    for limit in (found.low, found.high):  # a - limit x b is normal with mean zero there
        gap, weights = 0.3 - limit * 0.4, np.array([1, -limit])
        assert abs(gap) / np.sqrt(weights @ COVARIANCE @ weights) == pytest.approx(quantile, rel=1e-9)


def test_a_denominator_that_cannot_be_told_from_zero_gives_no_ratio():
    weak = ratio_of_averages(0.3, 0.04, COVARIANCE)  # 0.04 is 1.8 errors
    assert (weak.ratio, weak.low, weak.high) == (None, None, None) and "cannot be told from zero" in weak.note
    assert ratio_of_averages(0.3, -0.4, COVARIANCE).ratio is None


def test_of_paired_items_it_is_fiellers_set():
    rng = np.random.default_rng(6)
    b = (rng.random(300) < 0.7).astype(float)
    a = np.where(rng.random(300) < 0.8, b, rng.random(300) < 0.5)
    found = ratio_of_averages(a.mean() - 0.25, b.mean() - 0.25, np.cov(a, b) / 300, df=299)
    for limit in (found.low, found.high):
        z = (a - 0.25) - limit * (b - 0.25)
        assert abs(z.mean()) == pytest.approx(sps.t.isf(0.025, 299) * sps.sem(z), rel=1e-9)
    assert found.low < found.ratio < found.high


def test_twins_have_a_ratio_of_one_and_no_interval():
    found = ratio_of_averages(0.5, 0.5, np.full((2, 2), 0.01))
    assert (found.ratio, found.low, found.high) == (1, None, None) and "nothing varies" in found.note


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=2, max_size=40), st.floats(0, 0.5))
def test_a_ratio_is_finite_or_refused(rows, chance):
    a, b = np.array(rows, dtype=float).T
    found = ratio_of_averages(a.mean() - chance, b.mean() - chance, np.cov(a, b) / len(a), df=len(a) - 1)
    assert all(v is None or np.isfinite(v) for v in found[:3])
    assert found.note if None in found[:3] else found.low <= found.ratio <= found.high


def test_what_is_no_covariance_is_refused():
    with pytest.raises(StatsError, match="2 x 2 covariance"):
        ratio_of_averages(1.0, 1.0, [[-1.0, 0], [0, 1]])
