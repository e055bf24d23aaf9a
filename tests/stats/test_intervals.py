"""Intervals for one model: second implementations, published values, and data that cannot answer."""

import itertools

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as sps
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.proportion import proportion_confint

from mergekit_eval.stats import mean, proportion
from mergekit_eval.stats.intervals import Interval, cr1, score_limits
from mergekit_eval.stats.signflip import cluster_sums, flip_null, flip_test


@pytest.mark.parametrize(("hits", "n"), [(0, 20), (1, 29), (15, 148), (81, 263), (20, 20), (499, 1000)])
def test_proportion_agrees_with_statsmodels_and_scipy(hits, n):
    found = proportion(hits, n)
    assert (found.low, found.high) == pytest.approx(proportion_confint(hits, n, method="wilson"), abs=1e-12)
    scipys = sps.binomtest(hits, n).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((scipys.low, scipys.high), abs=1e-12)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_values_newcombe_printed(hits, n, low, high):
    found = proportion(hits, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_mean_of_right_and_wrong_is_wilson():
    assert mean([1, 1, 0, 1]) == proportion(3, 4)


def test_graded_scores_have_the_usual_error_and_the_limits_of_the_sign_flips():
    x = np.random.default_rng(0).normal(3, 2, 31)
    found, flips = mean(x), flip_test(flip_null(x, None, 0), 0.95, 0)
    assert found.stderr == pytest.approx(sps.sem(x), abs=1e-12)
    assert (found.low, found.high) == (flips.low, flips.high)


def test_cr1_agrees_with_statsmodels():
    rng = np.random.default_rng(1)
    ids = np.sort(rng.integers(0, 17, 120))
    ids = np.unique(ids, return_inverse=True)[1]
    x = rng.normal(size=120) + rng.normal(size=ids.max() + 1)[ids]
    groups, n = ids.max() + 1, 120
    plain = OLS(x, np.ones(n)).fit(cov_type="cluster", cov_kwds={"groups": ids, "use_correction": False})
    assert cr1(x, ids) == pytest.approx(float(plain.bse[0]) * np.sqrt(groups / (groups - 1)), rel=1e-10)
    assert mean(x, clusters=ids).stderr == cr1(x, ids)


def test_clusters_of_one_are_no_clusters():
    x = np.random.default_rng(2).random(40)
    assert mean(x, clusters=np.arange(40)[::-1]) == mean(x)


def test_graded_scores_near_the_ceiling_stay_on_the_scale_and_reach_down():
    x = np.r_[np.ones(38), 0.2, 0.6]
    found, t = mean(x), sps.t.isf(0.025, 39)
    assert x.mean() + t * sps.sem(x) > 1 >= found.high
    score = score_limits(x.mean(), x.mean() * (1 - x.mean()) / sps.sem(x) ** 2, t)
    assert found.low <= score[0] < x.mean() - t * sps.sem(x)


@pytest.mark.parametrize(
    ("values", "clusters", "word"),
    [
        ([0.3], None, "one independent unit"),
        ([0.4] * 5, None, "no spread"),
        ([0.2, 0.9], [7, 7], "one independent unit"),
    ],
)
def test_what_cannot_be_estimated_falls_back_on_the_range_or_on_none(values, clusters, word):
    found = mean(values, clusters=clusters)
    assert word in found.note
    assert 0 <= found.low < found.estimate < found.high <= 1
    beyond = mean(np.array(values) * 50, clusters=clusters)
    assert (beyond.low, beyond.high) == (None, None)
    assert word in beyond.note


def test_range_limit_is_clopper_pearson_when_all_units_agree():
    found = mean([1.0] * 6, clusters=[0, 0, 1, 1, 2, 2])
    assert found.low == pytest.approx(sps.beta.ppf(0.025, 3, 1), abs=1e-12)
    assert found.high == 1


def test_few_units_without_a_scale_give_no_interval():
    found = mean([3.0, 8.0, 5.0])
    assert found.low is None
    assert "too few" in found.note


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 5))
def test_mean_is_always_finite_and_ordered_on_the_unit_scale(values, seed):
    found = mean(values, seed=seed)
    assert 0 <= found.low <= found.estimate + 1e-12
    assert found.estimate - 1e-12 <= found.high <= 1
    assert found.stderr is None or np.isfinite(found.stderr)


def test_two_clusters_by_hand():
    x, ids = np.array([1.0, 2, 3, 6]), np.array([0, 0, 1, 1])
    assert cluster_sums(x, ids).tolist() == [3, 9]
    # mean 3; residuals sum to -3 and 3; sqrt(2 / 1 x 18) / 4
    assert cr1(x, ids) == 1.5


def test_items_that_are_their_own_clusters_have_the_usual_error():
    x = np.random.default_rng(0).random(20)
    assert cr1(x, np.arange(20)) == pytest.approx(sps.sem(x), rel=1e-12)


def test_it_is_the_sandwich_of_a_regression_on_a_constant():
    rng = np.random.default_rng(1)
    x, ids = rng.random(60), rng.integers(0, 9, 60)
    groups, n = len(set(ids)), x.size
    fit = sm.OLS(x, np.ones(n)).fit(cov_type="cluster", cov_kwds={"groups": ids})
    # statsmodels multiplies by (n - 1) / (n - 1) too, which is one for a single coefficient
    assert groups == 9 and cr1(x, ids) == pytest.approx(fit.bse[0], rel=1e-9)


def whole_clusters(sizes: np.ndarray, right: list[int]) -> Interval:
    ids = np.repeat(np.arange(len(sizes)), sizes)
    return mean(np.isin(ids, right).astype(float), clusters=ids)


@given(st.lists(st.integers(1, 12), min_size=3, max_size=25).filter(lambda sizes: sum(sizes) > len(sizes)), st.data())
def test_limits_rise_with_every_further_cluster_that_is_right(sizes, data):
    order = data.draw(st.permutations(range(len(sizes))))
    found = [whole_clusters(np.array(sizes), order[:k]) for k in range(len(sizes) + 1)]
    for before, after in itertools.pairwise(found):
        assert before.low <= after.low + 1e-9
        assert before.high <= after.high + 1e-9
        assert after.low <= after.estimate <= after.high


def test_few_right_clusters_have_the_limits_of_equal_clusters():
    """1, 2, 3 of 30 clusters: the upper limits were .246, .419, .377 when sign flips made them."""
    for right in (1, 2, 3):
        found = whole_clusters(np.full(30, 4), list(range(right)))
        share, size = right / 30, 29 * (sps.norm.isf(0.025) / sps.t.isf(0.025, 29)) ** 2
        low = sps.beta.ppf(0.025, share * size, (1 - share) * size + 1)
        high = sps.beta.ppf(0.975, share * size + 1, (1 - share) * size)
        assert (found.low, found.high) == pytest.approx((low, high), rel=1e-9)


def test_clusters_without_anything_in_common_count_as_items():
    """One right answer in each of 40 clusters of 2: less alike than chance, so the number of items is that of all."""
    ids = np.repeat(np.arange(40), 2)
    x = np.tile([0.0, 1.0], 40)
    x[1] = 0
    found, size = mean(x, clusters=ids), 80 * (sps.norm.isf(0.025) / sps.t.isf(0.025, 39)) ** 2
    share = 39 / 80
    assert found.low == pytest.approx(sps.beta.ppf(0.025, share * size, (1 - share) * size + 1), rel=1e-9)
    assert "40 clusters" in found.method
