"""Ratios: Fieller's limits solve their own equation, and weak denominators are refused."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval.stats import StatsError, ratio_from_draws, ratio_of_averages, retention

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


def test_retention_is_the_share_of_what_lies_above_chance():
    a, b = np.repeat([1.0, 0.0], [55, 45]), np.repeat([1.0, 0.0], [85, 15])
    found = retention(a, b, chance=0.25)
    assert (found.numerator, found.denominator) == pytest.approx((0.3, 0.6)) and found.n == 100
    assert found.ratio == pytest.approx(0.5)
    table = np.cov(a, b) / 100
    again = ratio_of_averages(0.3, 0.6, table, df=99)
    assert (found.low, found.high) == pytest.approx((again.low, again.high), rel=1e-9)


def test_clusters_of_one_value_count_as_one_item_each():
    rng = np.random.default_rng(5)
    a, b = (rng.random((2, 40)) < [[0.6], [0.8]]).astype(float)
    one = retention(a, b)
    doubled = retention(np.repeat(a, 3), np.repeat(b, 3), clusters=np.repeat(np.arange(40), 3))
    assert (doubled.ratio, doubled.low, doubled.high) == pytest.approx((one.ratio, one.low, one.high), rel=1e-9)


def test_twins_keep_all_and_the_limits_say_how_few_items():
    x = np.repeat([1.0, 0.0], [30, 10])
    found = retention(x, x)
    width = (1 - 0.025 ** (1 / 40)) / 0.75
    assert (found.ratio, found.low, found.high) == pytest.approx((1, 1 - width, 1 + width))
    assert "nothing varies" in found.note


def test_one_cluster_gives_no_ratio():
    assert retention([1.0, 0, 1], [1.0, 1, 0], clusters=[0, 0, 0]).ratio is None


def test_draws_give_percentiles_of_their_ratios():
    top = np.arange(1.0, 101)
    found = ratio_from_draws(top, np.full(100, 2.0), (50.0, 2.0), level=0.9)
    assert (found.ratio, found.low, found.high) == (25.0, 2.5, 47.5)  # the 5th and the 95th of 0.5, 1.0, ... 50.0


def test_draws_whose_denominator_is_often_not_above_zero_give_none():
    below = np.r_[np.full(3, -1.0), np.full(97, 2.0)]
    assert ratio_from_draws(np.ones(100), below, (1.0, 2.0), level=0.9).ratio is None  # 3 % against half of 5 %
    assert ratio_from_draws(np.ones(100), below[1:].repeat(2)[:100] + 3, (1.0, 2.0)).ratio == 0.5


def test_what_is_no_covariance_is_refused():
    with pytest.raises(StatsError, match="2 x 2 covariance"):
        ratio_of_averages(1.0, 1.0, [[-1.0, 0], [0, 1]])
    with pytest.raises(StatsError, match="chance"):
        retention([1.0, 0], [1.0, 1], chance=np.nan)
