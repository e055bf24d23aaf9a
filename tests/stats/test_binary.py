"""Right / wrong pairs: McNemar and score intervals against statsmodels, published tables and plain sums."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize
from scipy import stats as sps
from statsmodels.stats.contingency_tables import mcnemar

from mergekit_eval.stats import (
    agreement,
    mcnemar_exact,
    mcnemar_midp,
    newcombe,
    paired_dirichlet,
    tango,
)


def pairs(both, only_a, only_b, neither):
    cells = (both, only_a, only_b, neither)
    return np.repeat([1.0, 1, 0, 0], cells), np.repeat([1.0, 0, 1, 0], cells)


@given(st.integers(0, 60), st.integers(0, 60))
def test_exact_p_agrees_with_statsmodels(f, g):
    expected = mcnemar([[5, f], [g, 5]], exact=True).pvalue if f + g else 1.0
    assert float(mcnemar_exact(f, g)) == pytest.approx(min(expected, 1.0), abs=1e-10)


@given(st.integers(0, 40), st.integers(0, 40))
def test_midp_is_the_doubled_tail_with_half_the_observed_point(f, g):
    n, k = f + g, min(f, g)
    points = [comb(n, i) / 2**n for i in range(k + 1)]
    assert float(mcnemar_midp(f, g)) == pytest.approx(2 * (sum(points) - points[-1] / 2), abs=1e-12)


def test_p_values_printed_by_fagerland_lydersen_and_laake():
    assert float(mcnemar_exact(1, 7)) == pytest.approx(0.070, abs=5e-4)
    assert float(mcnemar_midp(1, 7)) == pytest.approx(0.039, abs=5e-4)
    assert float(mcnemar_exact(6, 16)) == pytest.approx(0.052479, abs=5e-7)
    assert float(mcnemar_midp(6, 16)) == pytest.approx(0.034690, abs=5e-7)


@pytest.mark.parametrize(
    ("cells", "low", "high"),
    [
        ((36, 12, 2, 0), 0.0569, 0.3404),
        ((18, 12, 2, 18), 0.0562, 0.3290),
        ((53, 0, 0, 1), -0.0729, 0.0729),
        ((59, 6, 16, 80), -0.1186, -0.0046),
    ],
)
def test_newcombe_method_10_gives_published_limits(cells, low, high):
    assert tuple(map(float, newcombe(*cells))) == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize(("f", "g", "n", "low", "high"), [(1, 7, 21, -0.517, -0.026), (6, 16, 161, -0.1240, -0.0054)])
def test_tango_gives_published_limits(f, g, n, low, high):
    assert tuple(map(float, tango(f, g, n))) == pytest.approx((low, high), abs=5e-4 if n == 21 else 6e-5)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 60))
def test_tango_limits_are_where_the_likelihood_score_test_just_rejects(f, g, ties):
    n = f + g + ties

    def score(delta):
        def slope(q):
            return -f / (q + delta) - g / q + 2 * (n - f - g) / (1 - 2 * q - delta)

        least, most = max(0.0, -delta), (1 - delta) / 2
        q = optimize.brentq(slope, least + 1e-12, most - 1e-12) if f and g else None
        return None if q is None else (f - g - n * delta) / np.sqrt(n * (2 * q + delta - delta**2))

    low, high = map(float, tango(f, g, n))
    assert -1 <= low <= (f - g) / n <= high <= 1
    if f and g:
        assert score(low) == pytest.approx(1.959964, abs=1e-4)
        assert score(high) == pytest.approx(-1.959964, abs=1e-4)


@given(st.tuples(*[st.integers(0, 40)] * 4).filter(lambda c: sum(c) > 0))
def test_score_limits_mirror_and_hold_the_difference(cells):
    e, f, g, h = cells
    low, high = map(float, newcombe(e, f, g, h))
    back_low, back_high = map(float, newcombe(e, g, f, h))
    assert (low, high) == pytest.approx((-back_high, -back_low), abs=1e-12)
    assert -1 <= low <= (f - g) / sum(cells) + 1e-12
    assert (f - g) / sum(cells) - 1e-12 <= high <= 1
    assert high > low


def test_huge_discordance_does_not_underflow_to_zero():
    assert 0 < float(mcnemar_midp(5000, 0)) < 1e-300
    assert 0 < float(mcnemar_exact(5000, 0)) < 1e-300


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


def test_agreement_over_items():
    rng = np.random.default_rng(6)
    a = (rng.random(300) < 0.7).astype(float)
    b = np.where(rng.random(300) < 0.7, a, rng.random(300) < 0.4).astype(float)
    found = agreement(a, b)
    assert found.phi == pytest.approx(np.corrcoef(a, b)[0, 1])
    chance = a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean())
    assert found.kappa == pytest.approx(((a == b).mean() - chance) / (1 - chance))
    assert found.low < found.kappa < found.high
    assert found.phi <= found.phi_max <= 1
    assert found.both_wrong == ((a == 0) & (b == 0)).mean()
    assert found.n == 300
    same = agreement(a, a)
    assert (same.phi, same.kappa, same.phi_max) == pytest.approx((1, 1, 1))
    assert agreement(a, np.ones(300)).kappa is None
