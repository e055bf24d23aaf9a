"""The sign-flip test, its statistic and its far tail."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval.stats.signflip import FlipNull, flip_null, flip_test, rare_values, signed_sums, studentised


def test_without_the_correction_the_statistic_is_the_studentised_mean():
    x = np.random.default_rng(0).normal(size=30)
    u = x - x.mean()
    assert float(studentised(x.sum(), (u**2).sum(), 0.0, 30)) == pytest.approx(
        sps.ttest_1samp(x, 0).statistic, rel=1e-12
    )


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


@pytest.mark.parametrize("scale", [5e-159, 1e-320, 1e150, 1e-70, 1e70, 1e55, 1e-55])
def test_flips_of_tiny_and_huge_scores_are_those_of_ordinary_ones(scale: float) -> None:
    rng = np.random.default_rng(3)
    for ids in (None, np.repeat(np.arange(10), 2)):
        d = rng.integers(0, 50, 20).astype(float)  # whole multiples, so that the smallest numbers hold them exactly
        ours, plain = flip_test(flip_null(d * scale, ids, 7), 0.95, 7), flip_test(flip_null(d, ids, 7), 0.95, 7)
        assert ours.p == plain.p
        assert (ours.low, ours.high) == pytest.approx((plain.low * scale, plain.high * scale), rel=1e-9)
    assert np.isfinite(flip_test(flip_null(np.array([0.0, scale]), None, 0), 0.95, 0).p)


@pytest.mark.parametrize("a", [-1.0, -0.45, -0.1, 1e-9, 0.2, 0.7, 1.0])
def test_the_correction_increases_with_t_and_is_turned_with_the_data(a: float) -> None:
    t = np.linspace(-80, 80, 4001)
    forward, turned = (studentised(sign * t * np.sqrt(2), 1.0, sign * a, 2) for sign in (1, -1))
    assert (np.diff(forward) > 0).all()
    assert turned == pytest.approx(-forward, rel=1e-12)


@pytest.mark.parametrize("a", [-0.3, 0.3])
def test_the_correction_starts_as_the_edgeworth_expansion_asks(a: float) -> None:
    """Near t = 0: value a/6, slope 1, second derivative 2a/3, each with the part of a that small skewness is given."""
    step, part = 1e-3, a * a / (a * a + 0.15**2)
    low, middle, high = (float(studentised(t * np.sqrt(2), 1.0, a, 2)) for t in (-step, 0.0, step))
    assert middle == pytest.approx(part * a / 6, rel=1e-9)
    assert (high - low) / (2 * step) == pytest.approx(1, abs=1e-5)
    assert (high - 2 * middle + low) / step**2 == pytest.approx(part * 2 * a / 3, rel=0.02)


@pytest.mark.parametrize("losses", [59, 200, 1000])
def test_evidence_grows_beside_one_rare_win(losses: int) -> None:
    """Losses of 0.1 beside one win of 1, the case where Hall's cubic gives p = .43 at 59 losses."""
    found = flip_test(flip_null(np.r_[np.full(losses, -0.1), 1.0], None, 0), 0.95, 0)
    twice_binomial_tail = 2 * sps.binom.cdf(1, losses + 1, 1 / 11)  # 1 in 11 wins would make the mean zero
    assert found.p < 3 * max(twice_binomial_tail, 1e-4)
    assert not found.tail_seen


@pytest.mark.parametrize(("rare", "seen"), [(1, False), (3, False), (4, False), (6, True), (20, True)])
def test_the_number_of_rare_values_is_counted_whatever_their_size(rare: int, seen: bool) -> None:
    for size in (0.3, 50.0):
        d = np.r_[np.full(400 - rare, -0.01), np.full(rare, size)]
        share = rare / 400  # skewness of a single unit: (1 - 2 q) / sqrt(q (1 - q))
        assert rare_values(d, np.ones(400)) == pytest.approx(400 * share * (1 - share) / (1 - 2 * share) ** 2, rel=1e-9)
        assert flip_test(flip_null(d, None, 0), 0.95, 0).tail_seen is seen
    assert rare_values(np.array([-1.0, 1.0, -1.0, 1.0]), np.ones(4)) == np.inf


@pytest.mark.slow
@pytest.mark.parametrize("ids", [None, np.arange(60) // 4])
def test_zero_is_outside_the_limits_exactly_where_p_decides(ids: np.ndarray | None) -> None:
    """Also with few units that are not zero, where p lists all flips and the limits draw some."""
    decided = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        d = np.zeros(60)
        d[:8] = rng.exponential(size=8) * rng.choice([-1, 1], 8, p=[0.15, 0.85])
        found = flip_test(flip_null(d, ids, seed), 0.95, seed)
        decided.append(found.p <= 0.05)
        assert decided[-1] is not (found.low <= 0 <= found.high)
    assert 5 < sum(decided) < 55 or ids is not None
