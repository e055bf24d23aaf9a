"""Correlations with common causes and noise taken out."""

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS

from mergekit_eval.stats import (
    correlate,
    disattenuate,
    gain_against_parent,
    leave_family_out,
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


def test_one_family_can_carry_the_figure():
    x = np.r_[RNG.normal(size=6), RNG.normal(size=6) + 20]
    y = np.r_[RNG.normal(size=6), RNG.normal(size=6) + 20]
    found = leave_family_out(x, y, ["old"] * 6 + ["new"] * 6)
    assert found.full.r > 0.95
    assert found.lowest < 0.9
    assert found.without["new"] == correlate(x[:6], y[:6])
    assert leave_family_out(x, y, ["one"] * 12).lowest is None


def test_reliability_and_spearmans_correction():
    rng = np.random.default_rng(3)
    true = rng.normal(size=4000)
    x, y = true + 0.5 * rng.normal(size=4000), true + 0.7 * rng.normal(size=4000)
    errors = [np.full(4000, 0.5), np.full(4000, 0.7)]
    assert reliability(x, errors[0]) == pytest.approx(1 / 1.25, abs=0.02)
    found = disattenuate(x[:50], y[:50], errors[0][:50], errors[1][:50])
    plain = correlate(x[:50], y[:50])
    root = np.sqrt(reliability(x[:50], errors[0][:50]) * reliability(y[:50], errors[1][:50]))
    assert found.r == pytest.approx(plain.r / root)
    assert found.high == pytest.approx(plain.high / root)


def test_disattenuation_is_uncut_refused_and_knows_shared_items():
    x = np.arange(8.0)
    y = x + 0.1 * RNG.normal(size=8)
    assert disattenuate(x, y, np.ones(8), np.ones(8)).r > 1
    refused = disattenuate(x, y, np.full(8, 2.0), np.ones(8))
    assert refused.r is None
    assert "reliability" in refused.note
    less = disattenuate(x, y, np.ones(8), np.ones(8), shared=np.full(8, 0.8))
    assert less.r < disattenuate(x, y, np.ones(8), np.ones(8)).r
    assert reliability(np.ones(4), np.ones(4)) is None
    assert disattenuate(x[:4], y[:4], np.ones(4), np.ones(4)).r is None


def test_split_halves_take_the_built_in_correlation_out():
    rng, naive, guarded = np.random.default_rng(4), [], []
    for seed in range(40):
        parent, merge = ((rng.random((60, 10)) < 0.6).astype(float) for _ in range(2))
        found = gain_against_parent(merge, parent, halves=10, seed=seed)
        naive.append(found.naive.r)
        guarded.append(found.guarded.r)
    assert np.mean(naive) < -0.55
    assert abs(np.mean(guarded)) < 0.12
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
