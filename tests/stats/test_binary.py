"""Right / wrong pairs: McNemar, score intervals and agreement against statsmodels, published tables and plain sums."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, matthews_corrcoef
from statsmodels.stats.contingency_tables import mcnemar

from mergekit_eval.stats import (
    StatsError,
    agreement,
    mcnemar_exact,
    mcnemar_midp,
    newcombe,
)


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


A, B = np.array([1, 1, 1, 1, 1, 0, 0, 0.0]), np.array([1, 1, 1, 0, 0, 1, 0, 0.0])


def test_eight_items_by_hand():
    # both right 3, only a 2, only b 1, neither 2: rates 5/8 and 4/8
    found = agreement(A, B)
    assert found.kappa == pytest.approx((5 / 8 - 1 / 2) / (1 - 1 / 2))
    assert found.phi == pytest.approx((3 / 8 - 5 / 16) / np.sqrt(5 / 8 * 3 / 8 / 4))
    assert found.phi_max == pytest.approx(np.sqrt(0.5 * 0.375 / (0.625 * 0.5)))
    assert (found.both_wrong, found.expected_both_wrong, found.n) == (2 / 8, 3 / 8 * 4 / 8, 8)
    assert found.low < found.kappa < found.high


@pytest.mark.parametrize("seed", range(5))
def test_kappa_and_phi_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    a = (rng.random(200) < 0.6).astype(float)
    b = np.where(rng.random(200) < 0.5, a, rng.random(200) < 0.4).astype(float)
    found = agreement(a, b)
    assert found.kappa == pytest.approx(cohen_kappa_score(a, b), rel=1e-12)
    assert found.phi == pytest.approx(matthews_corrcoef(a, b), rel=1e-12)
    assert abs(found.phi) <= found.phi_max


def test_models_that_no_item_separates_agree_fully_and_the_limit_says_how_few_items():
    small, large = (agreement(np.tile([1.0, 0.0], k), np.tile([1.0, 0.0], k)) for k in (5, 500))
    assert small.kappa == small.phi == small.high == 1.0
    # Up to 1 - 0.025 ** (1 / n) of the items may separate them unseen; chance agreement is 1/2.
    assert small.low == pytest.approx((0.025 ** (1 / 10) - 0.5) / 0.5)
    assert small.low < large.low < 1


def test_a_model_right_on_all_items_has_no_agreement_beyond_chance():
    found = agreement(np.ones(8), B)
    assert (found.kappa, found.phi, found.low) == (None, None, None) and "right on all items" in found.note
    assert (found.both_wrong, found.expected_both_wrong) == (0.0, 0.0)


def test_graded_scores_are_refused():
    with pytest.raises(StatsError, match="scores of 0 or 1"):
        agreement(A, B / 2)
