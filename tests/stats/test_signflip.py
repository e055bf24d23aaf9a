"""The sign-flip test, its statistic and its far tail."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval.stats.signflip import FlipNull, flip_null, flip_test, hall, signed_sums


def test_without_the_correction_the_statistic_is_the_studentised_mean():
    x = np.random.default_rng(0).normal(size=30)
    u = x - x.mean()
    assert float(hall(x.sum(), (u**2).sum(), 0.0, 30)) == pytest.approx(sps.ttest_1samp(x, 0).statistic, rel=1e-12)


def test_random_flips_of_the_plain_sum_agree_with_scipys_permutation_test():
    d = np.random.default_rng(1).normal(0.25, 1, 60)
    sums, listed = signed_sums(d[:, None], 3)
    ours = (np.abs(sums) >= abs(d.sum()) * (1 - 1e-9)).mean()
    theirs = sps.permutation_test(
        (d, np.zeros(60)), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=9999, rng=4
    )
    assert not listed
    error = np.sqrt(2 * theirs.pvalue * (1 - theirs.pvalue) / 9999)
    assert ours == pytest.approx(theirs.pvalue, abs=3 * error)


def test_all_flips_of_the_plain_sum_agree_with_scipy_exactly():
    d = np.random.default_rng(2).normal(0.4, 1, 10)
    sums, listed = signed_sums(d[:, None], 0)
    theirs = sps.permutation_test((d, np.zeros(10)), lambda x, y: np.mean(x - y), permutation_type="samples")
    assert listed
    assert (np.abs(sums) >= abs(d.sum()) * (1 - 1e-9)).mean() == pytest.approx(theirs.pvalue, abs=1e-12)


def test_interval_is_the_inversion_of_the_test():
    rng = np.random.default_rng(2)
    for d, ids in ((rng.exponential(size=25) - 0.6, None), (rng.normal(0.3, 1, 60), np.arange(60) // 4)):
        found = flip_test(flip_null(d, ids, 7), 0.95, 7)
        null = flip_null(d, ids, 7)
        inside, outside = 1e-3 * (found.high - found.low) * np.array([1, -1])
        assert null.p(found.low + inside) > 0.05 >= null.p(found.low + outside)
        assert null.p(found.high - inside) > 0.05 >= null.p(found.high - outside)
        assert (found.p <= 0.05) == (not found.low <= 0 <= found.high)


def test_shifting_the_null_is_shifting_the_data():
    d = np.random.default_rng(3).exponential(size=12)
    ids = np.array([0, 0, 1, 2, 2, 2, 3, 4, 4, 5, 6, 6])
    assert flip_null(d, ids, 0).statistic(0.4) == pytest.approx(flip_null(d - 0.4, ids, 0).statistic(0.0), rel=1e-9)
    assert isinstance(flip_null(d, ids, 0), FlipNull)


@pytest.mark.parametrize("scale", [5e-159, 1e-320, 1e150, 1e-70, 1e70])
def test_flips_of_tiny_and_huge_scores_are_those_of_ordinary_ones(scale: float) -> None:
    rng = np.random.default_rng(3)
    for ids in (None, np.repeat(np.arange(10), 2)):
        d = rng.integers(0, 50, 20).astype(float)  # whole multiples, so that the smallest numbers hold them exactly
        ours, plain = flip_test(flip_null(d * scale, ids, 7), 0.95, 7), flip_test(flip_null(d, ids, 7), 0.95, 7)
        assert ours.p == plain.p
        assert (ours.low, ours.high) == pytest.approx((plain.low * scale, plain.high * scale), rel=1e-9)
    assert np.isfinite(flip_test(flip_null(np.array([0.0, scale]), None, 0), 0.95, 0).p)
