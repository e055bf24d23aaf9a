"""Correlations over models, and the guards around them."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as sps

from mergekit_eval.stats import (
    correlate,
    correlate_all,
)

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=12), RNG.normal(size=12)


@pytest.mark.parametrize(
    ("method", "theirs"), [("pearson", sps.pearsonr), ("spearman", sps.spearmanr), ("kendall", sps.kendalltau)]
)
def test_coefficient_agrees_with_scipy_also_with_ties(method, theirs):
    for x, y in ((X, Y), (np.round(X), np.round(Y))):
        assert correlate(x, y, method=method).r == pytest.approx(theirs(x, y).statistic, abs=1e-12)


def test_pearson_interval_agrees_with_scipy():
    expected = sps.pearsonr(X, Y).confidence_interval()
    found = correlate(X, Y)
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=1e-10)


def test_table_of_the_handbook_for_r_of_point_eight():
    rows = {4: (-0.70, 1.00), 5: (-0.28, 0.99), 6: (-0.03, 0.98), 8: (0.22, 0.96), 10: (0.34, 0.95), 20: (0.55, 0.92)}
    from mergekit_eval.stats.correlation import limits

    for n, expected in rows.items():
        assert limits(0.8, n, "pearson", 0.95)[:2] == pytest.approx(expected, abs=0.006)


def test_bonett_wright_and_fieller_variances():
    from mergekit_eval.stats.correlation import limits

    low, _, _ = limits(0.5, 23, "spearman", 0.95)
    assert np.arctanh(0.5) - np.arctanh(low) == pytest.approx(sps.norm.ppf(0.975) * np.sqrt(1.125 / 20))
    low, _, _ = limits(0.5, 23, "kendall", 0.95)
    assert np.arctanh(0.5) - np.arctanh(low) == pytest.approx(sps.norm.ppf(0.975) * np.sqrt(1.125 * 0.437 / 19))


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_p_of_few_models_counts_all_orders(method):
    x, y = X[:6], np.round(Y[:6], 0)

    def reach(order):
        z = y[list(order)]
        if method == "pearson":
            u, v = x - x.mean(), z - z.mean()
            return abs((u @ v) / np.sqrt(u**2 @ v**2))
        return abs((sps.spearmanr if method == "spearman" else sps.kendalltau)(x, z).statistic)

    values = [reach(order) for order in itertools.permutations(range(6))]
    assert correlate(x, y, method=method).p == pytest.approx(np.mean([v >= values[0] - 1e-9 for v in values]))


def test_random_orders_agree_with_scipys_and_repeat():
    found = correlate(X, Y, method="spearman", seed=1)
    theirs = sps.permutation_test(
        (X,), lambda x: sps.spearmanr(x, Y).statistic, permutation_type="pairings", n_resamples=1999, rng=2
    ).pvalue
    error = np.sqrt(theirs * (1 - theirs) * (1 / 1999 + 1 / 9999))
    assert found.p == pytest.approx(theirs, abs=3 * error)
    assert found == correlate(X, Y, method="spearman", seed=1)
    assert correlate(np.arange(30), np.arange(30) ** 2, seed=1).p == 1e-4


def test_kendall_of_many_models_takes_the_normal_law():
    x, y = np.random.default_rng(1).normal(size=(2, 80))
    assert correlate(x, y, method="kendall").p == pytest.approx(sps.kendalltau(x, y).pvalue)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_below_five_models_nothing_is_reported(n):
    found = correlate(X[:n], Y[:n])
    assert (found.r, found.low, found.high, found.p, found.n) == (None, None, None, None, n)
    assert "below 5" in found.note


def test_constant_scores_and_perfect_lines():
    assert "y is the same" in correlate(X, np.ones(12)).note
    line = correlate(X, 2 * X + 1)
    assert line.r == pytest.approx(1)
    assert line.low is None
    assert "line" in line.note
    order = correlate(X, np.exp(X), method="kendall")
    assert order.r == 1
    assert 0 < order.low < 1 == order.high
    assert "swap" in order.note


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=5, max_size=9))
def test_correlation_is_honest_for_any_small_table(rows):
    x, y = np.array(rows, dtype=float).T
    for method in ("pearson", "spearman", "kendall"):
        found = correlate(x, y, method=method)
        assert found.r is None or -1 <= found.r <= 1
        assert found.p is None or 0 < found.p <= 1
        assert found.low is None or found.low <= found.r + 1e-12 <= found.high + 2e-12


def test_all_columns_at_once_give_kendall_the_same_p():
    values = np.round(np.random.default_rng(6).normal(size=(14, 8)), 1)
    found = {(i, j): c for i, j, c in correlate_all(values, method="kendall", seed=2)}
    for (i, j), pair in found.items():
        assert pair == correlate(values[:, i], values[:, j], method="kendall", seed=2)


def test_a_column_with_gaps_is_permuted_among_its_own_models():
    """Few models, so that all orders are listed, and counted here over the pairs of models that both columns have."""
    values = np.array([[1.0, 3], [2, 1], [3, 2], [4, 6], [5, 4], [6, 5], [7, np.nan], [8, np.nan], [np.nan, 0]])
    (_, _, found), (first, second) = next(correlate_all(values, method="kendall")), values.T

    def reach(column):
        signs = [
            np.sign(first[i] - first[j]) * np.sign(column[i] - column[j])
            for i, j in itertools.combinations(range(9), 2)
        ]
        return abs(np.nansum(signs))

    mine = np.flatnonzero(np.isfinite(second))
    orders = np.tile(second, (5040, 1))
    orders[:, mine] = list(itertools.permutations(second[mine]))
    hits = [reach(column) >= reach(second) - 1e-9 for column in orders]
    assert (found.n, found.p) == (6, pytest.approx(np.mean(hits)))


@pytest.mark.slow
def test_missing_scores_keep_the_counts():
    rng = np.random.default_rng(4)
    values = rng.normal(size=(13, 30))
    values[rng.random(values.shape) < 0.15] = np.nan
    found = list(correlate_all(values, method="kendall", seed=1))
    for i, j, one in found:
        both = np.isfinite(values[:, i]) & np.isfinite(values[:, j])
        assert one.n == both.sum()
        assert one.r == pytest.approx(sps.kendalltau(values[both, i], values[both, j]).statistic)
