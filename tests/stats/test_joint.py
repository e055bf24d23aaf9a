"""All pairs at once, and one family of them, against draws made by hand."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval.stats import (
    StatsError,
    bootstrap_draws,
    compare_all,
    family_max_t,
    flip_draws,
    pair_moments,
    weighted_draws,
)
from mergekit_eval.stats.resample import as_pairs


@pytest.fixture
def tasks():
    rng = np.random.default_rng(0)
    easy = rng.random((150, 1))
    binary = (0.6 * easy + 0.4 * rng.random((150, 4)) < 0.5).astype(float)
    return [binary, rng.random((60, 4))]


RNG = np.random.default_rng(5)
TASKS = [(RNG.random((n, 4)) < [0.5, 0.5, 0.6, 0.8]).astype(float) for n in (60, 90)]
PAIRS = as_pairs([(0, 1), (2, 1), (3, 0)], 4)


def parts():
    return flip_draws(TASKS, n_resamples=999, seed=1), pair_moments(TASKS, PAIRS)


def plain(flip, moments, members):
    """All |T| of the members, observed and under every draw."""
    ours, theirs = [], []
    for t, p in zip(*np.nonzero(members), strict=True):
        i, j = PAIRS[p]
        spread = np.sqrt(((TASKS[t][:, i] - TASKS[t][:, j]) ** 2).sum()) / len(TASKS[t])
        ours.append(abs(TASKS[t][:, i].mean() - TASKS[t][:, j].mean()) / spread)
        theirs.append(np.abs(flip.means[t][:, i] - flip.means[t][:, j]) / spread)
    return np.array(ours), np.array(theirs)


def test_a_missing_model_stays_missing(tasks):
    tasks[1][:, 2] = np.nan
    draws = bootstrap_draws(tasks, n_resamples=10, seed=0)
    assert draws.present.tolist() == [[True] * 4, [True, True, False, True]]
    assert np.isnan(draws.means[1, :, 2]).all()
    assert np.isfinite(draws.means[0]).all()
    assert np.isnan(weighted_draws(draws)[:, 2]).all()
    result = compare_all(tasks, n_resamples=50, seed=0)
    gone = (result.pairs == 2).any(axis=1)
    for table in (result.tasks.p[1], result.tasks.p_family[1], result.macro.p, result.macro.low):
        assert np.array_equal(np.isnan(table), gone)
    assert np.array_equal(result.macro.present, ~gone)


def test_intervals_agree_with_scipys_bootstrap(tasks):
    result = compare_all(tasks, n_resamples=9999, seed=8)
    for k, (i, j) in enumerate(result.pairs[:3]):
        for t, x in enumerate(tasks):
            d = x[:, i] - x[:, j]
            theirs = sps.bootstrap((d,), np.mean, n_resamples=9999, method="percentile", rng=9).confidence_interval
            spread = d.std() / np.sqrt(len(d))
            assert (result.tasks.low[t, k], result.tasks.high[t, k]) == pytest.approx(
                tuple(theirs), abs=0.12 * spread + 1e-9
            )
            assert result.tasks.diff[t, k] == pytest.approx(d.mean())


def test_flip_p_agrees_with_the_binomial_sum(tasks):
    result = compare_all(tasks, n_resamples=9999, seed=10)
    x = tasks[0]
    for k, (i, j) in enumerate(result.pairs):
        f, g = int((x[:, i] > x[:, j]).sum()), int((x[:, i] < x[:, j]).sum())
        exact = min(1.0, 2 * sps.binom.cdf(min(f, g), f + g, 0.5)) if f + g else 1.0
        assert result.tasks.p[0, k] == pytest.approx(exact, abs=0.025)


def test_macro_is_the_weighted_sum_of_paired_differences(tasks):
    result = compare_all(tasks, weights=[3, 1], n_resamples=4000, seed=11)
    expected = 0.75 * result.tasks.diff[0] + 0.25 * result.tasks.diff[1]
    stderr = np.sqrt((0.75 * result.tasks.stderr[0]) ** 2 + (0.25 * result.tasks.stderr[1]) ** 2)
    assert result.macro.diff == pytest.approx(expected)
    assert result.macro.stderr == pytest.approx(stderr)
    assert (result.macro.high - result.macro.low) / stderr == pytest.approx(2 * 1.96, rel=0.06)
    normal = 2 * sps.norm.sf(np.abs(expected) / stderr)
    assert result.macro.p == pytest.approx(normal, abs=0.04)
    assert (result.macro.p_family >= result.macro.p - 0.02).all()


def test_identical_models_are_never_different():
    x = np.random.default_rng(12).integers(0, 2, size=(40, 1)).astype(float)
    result = compare_all([np.hstack([x, x])], n_resamples=99, seed=0)
    assert result.tasks.p[0, 0] == result.tasks.p_family[0, 0] == result.macro.p[0] == result.macro.p_family[0] == 1


def test_no_p_is_zero():
    x = np.column_stack([np.ones(60), np.zeros(60)])
    result = compare_all([x], n_resamples=99, seed=0)
    assert result.tasks.p[0, 0] == result.tasks.p_family[0, 0] == result.macro.p_family[0] == 0.01


@pytest.mark.parametrize("family", [np.ones((2, 3), dtype=bool), np.eye(2, 3, dtype=bool)])
def test_p_and_bound_are_those_of_the_largest_statistic(family):
    flip, moments = parts()
    found = family_max_t(flip, moments, PAIRS, family, level=0.9)
    ours, theirs = plain(flip, moments, family)
    top = int(ours.argmax())
    hits = (theirs.max(axis=0) >= ours[top] * (1 - 1e-6)).sum()
    assert found.p[family][top] == pytest.approx((hits + 1) / 1000)
    assert found.critical == pytest.approx(np.sort(theirs.max(axis=0))[899], rel=1e-6)
    assert np.isnan(found.p[~family]).all()
    assert found.level_each > 0.9


def test_a_larger_family_needs_more():
    flip, moments = parts()
    one, all_ = (np.zeros((2, 3), dtype=bool) for _ in range(2))
    one[0, 0], all_[:] = True, True
    assert family_max_t(flip, moments, PAIRS, one).critical < family_max_t(flip, moments, PAIRS, all_).critical


def test_what_no_item_separates_stays_out_of_the_way():
    same = [np.ones((20, 4))]
    found = family_max_t(flip_draws(same, n_resamples=99), pair_moments(same, PAIRS), PAIRS, np.ones((1, 3)))
    assert (found.p == 1).all()
    assert found.critical is None


def test_a_family_of_another_shape_is_refused():
    flip, moments = parts()
    with pytest.raises(StatsError, match="members"):
        family_max_t(flip, moments, PAIRS, np.ones(6))
