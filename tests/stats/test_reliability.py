import numpy as np
import pytest

from mergekit_eval.stats import StatsError, disattenuate, reliability

FIVE = np.arange(5.0)  # variance 2.5


def test_the_share_of_variance_that_is_no_noise():
    assert reliability(FIVE, np.full(5, 0.5)) == pytest.approx(1 - 0.25 / 2.5)
    assert reliability(FIVE, [0, 0, 0, 0, 2.5]) == pytest.approx(1 - 6.25 / 5 / 2.5)
    assert reliability(FIVE, np.full(5, 2.0)) == pytest.approx(1 - 4 / 2.5)  # more noise than spread: negative
    assert reliability(np.ones(5), np.full(5, 0.1)) is None


def test_a_correlation_grows_by_the_root_of_both_reliabilities():
    y = np.array([0.0, 2, 1, 4, 3])  # r = 0.8 with 0 to 4
    found = disattenuate(FIVE, y, np.full(5, 0.5), np.full(5, 0.5))
    assert found.r == pytest.approx(0.8 / 0.9)
    shared = disattenuate(FIVE, y, np.full(5, 0.5), np.full(5, 0.5), shared=np.full(5, 0.1))
    assert shared.r == pytest.approx((0.8 - 0.1 / 2.5) / 0.9)


def test_below_one_half_nothing_is_corrected():
    found = disattenuate(FIVE, FIVE[::-1], np.full(5, 1.2), np.full(5, 0.1))
    assert found.r is None and "below 0.5 nothing can be corrected" in found.note


def test_negative_errors_are_refused():
    with pytest.raises(StatsError, match=r"stderrs = -0\.1"):
        reliability(FIVE, np.full(5, -0.1))
