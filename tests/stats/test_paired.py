"""Two models on the same items."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as sps

from mergekit_eval.stats import (
    StatsError,
    mcnemar_exact,
    mcnemar_midp,
    mde,
    newcombe,
    paired_difference,
    paired_differences,
)
from mergekit_eval.stats.defaults import FLIPS
from mergekit_eval.stats.paired import unpaired_differences

RNG = np.random.default_rng(3)
WORLDS = {
    "right and wrong": (RNG.random((90, 5)) < [0.2, 0.5, 0.5, 0.9, 0.97]).astype(float),
    "all right, all wrong": np.column_stack([np.ones(30), np.zeros(30), np.ones(30), RNG.integers(0, 2, 30)]),
    "one item": np.array([[1.0, 0.0, 1.0]]),
    "one graded model": np.column_stack([RNG.integers(0, 2, (40, 3)), RNG.random(40)]).astype(float),
}


GRADED = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=9)


def plain_statistic(sums, sizes):
    """Corrected studentised mean, written out for one data set."""
    n, units = sizes.sum(), len(sums)
    u = sums - sizes * sums.sum() / n
    spread = (u**2).sum()
    if spread <= 1e-9 * max((sums**2).sum(), 1e-300):
        return np.copysign(np.inf, sums.sum()) if sums.sum() else 0.0
    t = sums.sum() / np.sqrt(spread * units / (units - 1))
    return corrected(t, (u**3).sum() / spread**1.5)


def corrected(t, skewness):
    """Integrate the slope from 0 to t: (1 + at/3)^2 towards the rare values, 1 / (1 - 2at/3) away from them."""
    a = skewness * skewness**2 / (skewness**2 + 0.15**2)
    if abs(a) < 1e-12:
        return t
    bent = ((1 + a * t / 3) ** 3 - 1) / a if a * t > 0 else -1.5 / a * np.log(1 - 2 * a * t / 3)
    return bent + a / 6


def plain_p(sums, sizes):
    values = [abs(plain_statistic(np.array(s) * sums, sizes)) for s in itertools.product((1, -1), repeat=len(sums))]
    return np.mean([v >= values[0] * (1 - 1e-9) for v in values])


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("clustered", [False, True])
def test_each_pair_gets_what_it_gets_alone(name, clustered):
    values = WORLDS[name]
    ids = np.arange(len(values)) // 3 if clustered else None
    pairs = [(1, 0), (0, 2), (2, 1), (values.shape[1] - 1, 0)]
    found = paired_differences(values, pairs, clusters=ids, level=0.9, seed=4)
    for (i, j), batch in zip(pairs, found, strict=True):
        alone = paired_difference(values[:, i], values[:, j], clusters=ids, level=0.9, seed=4)
        assert batch._replace(stderr=0, mde=0) == alone._replace(stderr=0, mde=0)
        for one, other in ((batch.stderr, alone.stderr), (batch.mde, alone.mde)):
            assert one == other if other is None else one == pytest.approx(other, rel=1e-12)
        assert type(batch.wins) is int


def test_right_and_wrong_are_counted_and_tested_by_the_table():
    x, y = WORLDS["right and wrong"][:, 3], WORLDS["right and wrong"][:, 1]
    cells = [sum((a, b) == cell for a, b in zip(x, y, strict=True)) for cell in ((1, 1), (1, 0), (0, 1), (0, 0))]
    found = paired_difference(x, y)
    assert (found.wins, found.losses, found.ties) == (cells[1], cells[2], cells[0] + cells[3])
    assert (found.mean_a, found.mean_b) == pytest.approx((x.mean(), y.mean()), rel=1e-12)
    assert (found.p, found.p_exact) == (mcnemar_midp(*cells[1:3]), mcnemar_exact(*cells[1:3]))
    assert (found.low, found.high) == pytest.approx(tuple(map(float, newcombe(*cells))), rel=1e-12)
    assert found.stderr == pytest.approx(sps.sem(x - y), rel=1e-12)


def test_a_missing_score_is_refused_by_its_place():
    with pytest.raises(StatsError, match=r"values\[1, 0\]"):
        paired_differences([[1.0, 0.0], [np.nan, 1.0]], [(0, 1)])


@pytest.mark.slow
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


def test_three_equal_wins_are_not_significant():
    assert paired_difference([5.0] * 3, [4.0] * 3).p == 0.25
    assert paired_difference([0.5] * 3, [0.4] * 3).p == 1, "three items may hide any loss"


def test_counts_and_sides():
    found = paired_difference([1, 1, 0, 0, 1, 1], [0, 1, 0, 1, 0, 0])
    assert (found.wins, found.losses, found.ties, found.n) == (3, 1, 2, 6)
    assert found.diff == pytest.approx(2 / 6)
    turned = paired_difference([0, 1, 0, 1, 0, 0], [1, 1, 0, 0, 1, 1])
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))
    assert turned.p == found.p


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


@pytest.mark.slow
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


def test_unpaired_is_welch_and_says_it_is_weaker():
    x, y = np.random.default_rng(7).normal(size=(2, 30)) * [[1], [2]]
    found = unpaired_differences(*np.array([[x.mean()], [sps.sem(x)], [30], [y.mean()], [sps.sem(y)], [30]]))
    expected = sps.ttest_ind(x, y, equal_var=False)
    interval = expected.confidence_interval()
    assert found.p == pytest.approx(expected.pvalue, rel=1e-10)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-10)
    assert "weaker" in found.note[0]


def test_unpaired_without_errors_gives_no_test():
    """A missing error and two errors of 0, beside one error of 0 that can be tested."""
    errors = np.array([np.nan, 0.0, 0.1])
    ten = np.full(3, 10.0)
    found = unpaired_differences(np.full(3, 0.5), errors, ten, np.full(3, 0.4), errors * [1, 1, 0], ten)
    assert found.diff == pytest.approx(0.1)
    for numbers in (found.low, found.high, found.p, found.mde):
        assert np.isnan(numbers).tolist() == [True, True, False]
    assert "missing" in found.note[0] and "are 0" in found.note[1]


@pytest.mark.parametrize("error", [-0.1, np.inf])
def test_unpaired_refuses_what_is_no_error(error):
    with pytest.raises(StatsError, match="standard errors of 0 or more"):
        unpaired_differences(*np.array([[0.5], [error], [10.0], [0.4], [0.1], [10.0]]))


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
    plain = abs(total) / np.sqrt((d**2).sum())
    found = paired_difference(d, np.zeros(60))
    reach = min(plain, abs(corrected(t, a)))
    bound = 2 * sps.norm.sf(reach) / (4 * sps.norm.sf(np.sqrt(2)))
    assert found.p == pytest.approx(min(1 / (FLIPS + 1), bound), rel=1e-6)


@pytest.mark.parametrize(("n", "gap"), [(20, 0.05), (50, 0.05), (200, 0.05), (12, 0.4), (5, 1 / 3)])
def test_equal_graded_differences_are_decided_by_what_so_few_items_could_hide(n, gap):
    found = paired_difference(np.full(n, 0.5 + gap / 2), np.full(n, 0.5 - gap / 2))
    hidden = gap / (1 + gap)  # this share of items at -1 would make the mean zero
    assert found.p == pytest.approx(min(1, 2 * (1 - hidden) ** n))
    assert (found.low > 0) == (found.p < 0.05)
    turned = paired_difference(np.full(n, 0.5 - gap / 2), np.full(n, 0.5 + gap / 2))
    assert turned.p == found.p and turned.low == pytest.approx(-found.high)


def test_where_the_tail_is_not_seen_the_row_says_so():
    d = np.r_[np.full(59, -0.1), 1.0] + np.linspace(-1e-3, 1e-3, 60)
    found = paired_difference(d, np.zeros(60))
    assert found.tail_seen is False
    assert "tail not seen" in found.note
    assert paired_difference(np.full(9, 0.5), np.full(9, 0.4)).tail_seen is False, "equal differences show no tail"
    seen = paired_difference(np.linspace(-1, 1.2, 60), np.zeros(60))
    assert (seen.tail_seen, seen.note) == (True, "")
    assert paired_difference([1, 0, 1], [0, 0, 1]).tail_seen is None, "McNemar has no tail to see"
