"""Correlations with common causes and noise taken out."""

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS

from mergekit_eval.stats import (
    StatsError,
    correlate,
    disattenuate,
    gain_against_parent,
    partial_correlation,
    reliability,
)

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=12), RNG.normal(size=12)


def test_partial_correlation_is_the_regression_coefficients_t():
    size = RNG.normal(size=20)
    x, y = size + RNG.normal(size=20), size + RNG.normal(size=20)
    found = partial_correlation(x, y, controls=size)
    fit = OLS(y, np.column_stack([np.ones(20), size, x])).fit()
    assert found.p == pytest.approx(float(fit.pvalues[2]), rel=1e-9)
    t = float(fit.tvalues[2])
    assert found.r == pytest.approx(t / np.sqrt(t**2 + 17), rel=1e-9)


def test_families_are_levels_and_cost_models():
    families = list("aaaabbbbcccc")
    found = partial_correlation(X, Y, families=families)
    centred = [v - np.repeat([v[i : i + 4].mean() for i in (0, 4, 8)], 4) for v in (X, Y)]
    assert found.r == pytest.approx(np.corrcoef(*centred)[0, 1])
    assert "2 controlled" in found.method
    assert partial_correlation(X[:6], Y[:6], families=list("abcdef")).r is None
    assert partial_correlation(X, Y, controls=X).r is None
    ranked = partial_correlation(X, Y, controls=np.arange(12), method="spearman")
    assert -1 < ranked.low < ranked.r < ranked.high < 1


def test_split_halves_take_the_built_in_correlation_out():
    rng, naive, guarded = np.random.default_rng(4), [], []
    for seed in range(40):
        parent, merge = ((rng.random((60, 10)) < 0.6).astype(float) for _ in range(2))
        found = gain_against_parent(merge, parent, halves=10, seed=seed)
        naive.append(found.naive.r)
        guarded.append(found.guarded.r)
    # Two equal variances: -1 / root 2, less the bias of r over 10 merges, 0.02.
    # A correlation of 0 over 10 merges has an error of 1 / 3, one of -0.7 half of that.
    assert np.mean(naive) == pytest.approx(-0.69, abs=3 * 0.5 / 3 / np.sqrt(40))
    assert np.mean(guarded) == pytest.approx(0, abs=3 / 3 / np.sqrt(40))
    assert gain_against_parent(merge, parent, seed=1) == gain_against_parent(merge, parent, seed=1)


def test_split_halves_still_see_a_real_relation():
    rng = np.random.default_rng(5)
    rate = np.linspace(0.3, 0.9, 12)
    parent = (rng.random((800, 12)) < rate).astype(float)
    merge = (rng.random((800, 12)) < 0.6 + 0.2 * (rate - 0.6)).astype(float)
    found = gain_against_parent(merge, parent, seed=0).guarded
    assert found.r < -0.9
    assert found.p < 0.01
    assert gain_against_parent(merge[:, :3], parent[:, :3]).guarded.r is None


FIVE = np.arange(5.0)  # variance 2.5


def test_the_share_of_variance_that_is_no_noise():
    assert reliability(FIVE, np.full(5, 0.5)) == pytest.approx(1 - 0.25 / 2.5)
    assert reliability(FIVE, [0, 0, 0, 0, 2.5]) == pytest.approx(1 - 6.25 / 5 / 2.5)
    assert reliability(FIVE, np.full(5, 2.0)) == pytest.approx(1 - 4 / 2.5)  # more noise than spread: negative
    assert reliability(np.ones(5), np.full(5, 0.1)) is None


def test_a_correlation_grows_by_the_root_of_both_reliabilities():
    y = np.array([0.0, 2, 1, 4, 3])  # r = 0.8 with 0 to 4
    found = disattenuate(FIVE, y, np.full(5, 0.5), np.full(5, 0.5))
    plain = correlate(FIVE, y)
    assert found.r == pytest.approx(0.8 / 0.9)
    assert (found.low, found.high) == pytest.approx((plain.low / 0.9, plain.high / 0.9))
    assert found.p == plain.p
    assert disattenuate(FIVE, [0.0, 1, 2, 4, 3], np.full(5, 1.0), np.full(5, 1.0)).r == pytest.approx(
        0.9 / 0.6
    )  # uncut


def test_below_one_half_nothing_is_corrected():
    found = disattenuate(FIVE, FIVE[::-1], np.full(5, 1.2), np.full(5, 0.1))
    assert found.r is None and "below 0.5 nothing can be corrected" in found.note
    assert (found.low, found.high, found.p) == (None, None, None)
    assert disattenuate(FIVE[:4], FIVE[:4], np.full(4, 0.1), np.full(4, 0.1)).r is None


def test_negative_errors_are_refused():
    with pytest.raises(StatsError, match=r"stderrs = -0\.1"):
        reliability(FIVE, np.full(5, -0.1))
