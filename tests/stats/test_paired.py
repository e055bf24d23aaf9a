"""Two models on the same items."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as sps

from mergekit_eval.stats import mde, one_sided, paired_difference, unpaired_difference
from mergekit_eval.stats.defaults import FLIPS
from mergekit_eval.stats.signflip import FlipNull, flip_null, flip_test, hall, signed_sums

GRADED = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=9)


def plain_statistic(sums, sizes):
    """Hall's corrected studentised mean, written out for one data set."""
    n, units = sizes.sum(), len(sums)
    u = sums - sizes * sums.sum() / n
    spread = (u**2).sum()
    if spread <= 1e-9 * max((sums**2).sum(), 1e-300):
        return np.copysign(np.inf, sums.sum()) if sums.sum() else 0.0
    t = sums.sum() / np.sqrt(spread * units / (units - 1))
    g = np.sqrt(units) * (u**3).sum() / spread**1.5
    return t + g * t**2 / (3 * np.sqrt(units)) + g**2 * t**3 / (27 * units) + g / (6 * np.sqrt(units))


def plain_p(sums, sizes):
    values = [abs(plain_statistic(np.array(s) * sums, sizes)) for s in itertools.product((1, -1), repeat=len(sums))]
    return np.mean([v >= values[0] * (1 - 1e-9) for v in values])


@given(GRADED)
def test_p_of_few_items_counts_all_flips(pairs):
    a, b = np.array(pairs, dtype=float).T / 4
    found = paired_difference(a, b)
    if set(a) | set(b) <= {0, 1}:
        return
    expected = plain_p(a - b, np.ones(len(a))) if len(a) > 1 else 1.0
    assert found.p == pytest.approx(expected, abs=1e-12)
    assert found.p_exact == found.p


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 3)), min_size=2, max_size=12))
def test_clusters_flip_as_wholes(rows):
    d, ids = np.array(rows).T
    a = np.where(d == 0, 0.25, d / 4)
    ids = np.unique(ids, return_inverse=True)[1]
    if ids.max() == 0 or ids.max() + 1 == len(ids):
        return
    found = paired_difference(a, np.zeros(len(a)), clusters=ids)
    sums, sizes = np.bincount(ids, a), np.bincount(ids).astype(float)
    alike = np.ptp(sums / sizes) < 1e-12 and a.min() >= 0 and a.max() <= 1
    hidden = 2 * (1 + abs(a.mean())) ** -len(sums) if alike else 0.0
    assert found.p == pytest.approx(max(plain_p(sums, sizes), min(hidden, 1)), abs=1e-12)


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
    assert ours == pytest.approx(theirs.pvalue, abs=0.012)


def test_all_flips_of_the_plain_sum_agree_with_scipy_exactly():
    d = np.random.default_rng(2).normal(0.4, 1, 10)
    sums, listed = signed_sums(d[:, None], 0)
    theirs = sps.permutation_test((d, np.zeros(10)), lambda x, y: np.mean(x - y), permutation_type="samples")
    assert listed
    assert (np.abs(sums) >= abs(d.sum()) * (1 - 1e-9)).mean() == pytest.approx(theirs.pvalue, abs=1e-12)


def test_three_equal_wins_are_not_significant():
    assert paired_difference([5.0] * 3, [4.0] * 3).p == 0.25
    assert paired_difference([0.5] * 3, [0.4] * 3).p == 1, "three items may hide any loss"


def test_interval_is_the_inversion_of_the_test():
    rng = np.random.default_rng(2)
    for d, ids in ((rng.exponential(size=25) - 0.6, None), (rng.normal(0.3, 1, 60), np.arange(60) // 4)):
        found = flip_test(d, ids, 0.95, 7)
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


def test_counts_and_sides():
    found = paired_difference([1, 1, 0, 0, 1, 1], [0, 1, 0, 1, 0, 0])
    assert (found.wins, found.losses, found.ties, found.n) == (3, 1, 2, 6)
    assert found.diff == pytest.approx(2 / 6)
    turned = paired_difference([0, 1, 0, 1, 0, 0], [1, 1, 0, 0, 1, 1])
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))
    assert turned.p == found.p
    assert found.p_greater() == pytest.approx(found.p / 2)
    assert turned.p_greater() == pytest.approx(1 - found.p / 2)
    assert one_sided(0.04, -1.0) == pytest.approx(0.98)


def test_mde_stands_beside_every_difference():
    rng = np.random.default_rng(4)
    a, b = (rng.random((2, 400)) < 0.6).astype(float)
    found = paired_difference(a, b)
    assert found.stderr == pytest.approx(sps.sem(a - b), rel=1e-12)
    assert found.mde == pytest.approx((sps.norm.ppf(0.975) + sps.norm.ppf(0.8)) * found.stderr, rel=1e-12)
    assert mde(found.stderr) == found.mde


@pytest.mark.parametrize("clusters", [None, [0, 0, 1, 1, 2, 2]])
def test_no_item_separates_the_models(clusters):
    found = paired_difference([1, 0, 1, 1, 0, 1], [1, 0, 1, 1, 0, 1], clusters=clusters)
    assert found.p == 1
    assert found.low < 0 < found.high
    assert found.mde > 0
    assert found.note


def test_one_item_one_cluster_and_equal_differences():
    assert 0 < paired_difference([1], [0]).p <= 1
    one = paired_difference([0.5], [0.1])
    assert (one.p, one.stderr) == (1, None)
    assert one.low < 0.4 < one.high
    lump = paired_difference([0.5, 0.9, 0.7], [0.1, 0.2, 0.9], clusters=["story"] * 3)
    assert lump.p == 1
    assert lump.low < lump.diff < lump.high
    far = paired_difference([50.0, 50.0], [10.0, 10.0])
    assert (far.low, far.high, far.mde) == (None, None, None)
    assert "equal" in far.note


def test_two_clusters_cannot_bound_a_difference_without_a_scale():
    found = paired_difference([5.0, 6.0, 9.0, 8.0], [1.0, 2.0, 3.0, 1.0], clusters=[0, 0, 1, 1])
    assert (found.low, found.high) == (None, None)
    assert "too few" in found.note


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(0, 3)), min_size=1, max_size=25))
def test_nothing_is_ever_nan_or_zero(rows):
    a, b, ids = np.array(rows).T
    for clusters in (None, ids):
        found = paired_difference(a, b, clusters=clusters)
        assert 0 < found.p <= 1
        assert -1 <= found.low <= found.diff + 1e-9
        assert found.diff - 1e-9 <= found.high <= 1
        assert all(v is None or isinstance(v, str) or np.isfinite(v) for v in found)


def test_same_seed_same_digits():
    a, b = np.random.default_rng(5).random((2, 80))
    assert paired_difference(a, b, seed=1) == paired_difference(a, b, seed=1)
    assert paired_difference(a, b, seed=1).p != paired_difference(a, b, seed=2).p


def test_tango_on_request():
    a, b = (np.random.default_rng(6).random((2, 50)) < 0.5).astype(float)
    assert paired_difference(a, b, interval="tango").low != paired_difference(a, b).low


def test_unpaired_is_welch_and_says_it_is_weaker():
    x, y = np.random.default_rng(7).normal(size=(2, 30)) * [[1], [2]]
    found = unpaired_difference(x.mean(), sps.sem(x), 30, y.mean(), sps.sem(y), 30)
    expected = sps.ttest_ind(x, y, equal_var=False)
    interval = expected.confidence_interval()
    assert found.p == pytest.approx(expected.pvalue, rel=1e-10)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-10)
    assert "weaker" in found.note
    assert (found.wins, found.p_exact) == (None, None)


@pytest.mark.parametrize(("errors", "word"), [((None, 0.1), "missing"), ((0.0, 0.0), "0")])
def test_unpaired_without_errors_gives_no_test(errors, word):
    found = unpaired_difference(0.5, errors[0], 10, 0.4, errors[1], 10)
    assert found.diff == pytest.approx(0.1)
    assert (found.low, found.p, found.mde, found.p_greater()) == (None, None, None, None)
    assert word in found.note


def test_what_no_drawn_flip_reaches_is_bounded_not_floored():
    d = np.random.default_rng(8).normal(1.0, 1.0, 120)
    found = paired_difference(d, np.zeros(120))
    x = d.sum() / np.sqrt((d**2).sum())
    assert found.p == pytest.approx(2 * sps.norm.sf(x) / (4 * sps.norm.sf(np.sqrt(2))), rel=1e-9)
    assert found.p < 1e-8
    weak = paired_difference(d - 0.85, np.zeros(120))
    assert weak.p * (FLIPS + 1) == pytest.approx(round(weak.p * (FLIPS + 1)), abs=1e-6)


def test_the_bound_holds_for_all_flips_of_small_samples():
    for values in (np.ones(12), np.arange(1.0, 13), np.array([5.0, *[1.0] * 11])):
        signs = 1 - 2.0 * ((np.arange(2**12)[:, None] >> np.arange(12)) & 1)
        sums = np.sort(np.abs(signs @ values)) / np.sqrt((values**2).sum())
        share = (sums[None, :] >= sums[:, None] - 1e-12).mean(axis=1)
        assert (share <= 2 * sps.norm.sf(sums - 1e-12) / (4 * sps.norm.sf(np.sqrt(2))) + 1e-12).all()


def test_far_out_the_corrected_statistic_counts_where_it_is_the_smaller():
    d = 1 - np.random.default_rng(5).exponential(0.55, 60)
    total, squares = d.sum(), ((d - d.mean()) ** 2).sum()
    cubes = ((d - d.mean()) ** 3).sum()
    t, a = total / np.sqrt(squares) * np.sqrt(59 / 60), cubes / squares**1.5
    corrected = abs(t * (1 + a * t / 3 + (a * t) ** 2 / 27) + a / 6)
    plain = abs(total) / np.sqrt((d**2).sum())
    found = paired_difference(d, np.zeros(60))
    reach = min(plain, corrected)
    bound = 2 * sps.norm.sf(reach) / (4 * sps.norm.sf(np.sqrt(2)))
    assert found.p == pytest.approx(min(1 / (FLIPS + 1), bound), rel=1e-6)


@pytest.mark.parametrize("scale", [5e-159, 1e-320, 1e150, 1e-70, 1e70])
def test_flips_of_tiny_and_huge_scores_are_those_of_ordinary_ones(scale: float) -> None:
    rng = np.random.default_rng(3)
    for ids in (None, np.repeat(np.arange(10), 2)):
        d = rng.integers(0, 50, 20).astype(float)  # whole multiples, so that the smallest numbers hold them exactly
        ours, plain = flip_test(d * scale, ids, 0.95, 7), flip_test(d, ids, 0.95, 7)
        assert ours.p == plain.p
        assert (ours.low, ours.high) == pytest.approx((plain.low * scale, plain.high * scale), rel=1e-3)
    assert np.isfinite(flip_test(np.array([0.0, scale]), None, 0.95, 0).p)


@pytest.mark.parametrize(("n", "gap"), [(20, 0.05), (50, 0.05), (200, 0.05), (12, 0.4), (5, 1 / 3)])
def test_equal_graded_differences_are_decided_by_what_so_few_items_could_hide(n, gap):
    found = paired_difference(np.full(n, 0.5 + gap / 2), np.full(n, 0.5 - gap / 2))
    hidden = gap / (1 + gap)  # this share of items at -1 would make the mean zero
    assert found.p == pytest.approx(min(1, 2 * (1 - hidden) ** n))
    assert (found.low > 0) == (found.p < 0.05)
    turned = paired_difference(np.full(n, 0.5 - gap / 2), np.full(n, 0.5 + gap / 2))
    assert turned.p == found.p and turned.low == pytest.approx(-found.high)
