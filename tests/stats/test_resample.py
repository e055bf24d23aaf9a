"""Joint draws: what they are draws of, and that nothing but the seed changes their digits."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval.stats import bootstrap_draws, compare_all, flip_draws, pair_moments, weighted_draws
from mergekit_eval.stats import resample as module
from mergekit_eval.stats.covariance import as_pairs
from mergekit_eval.stats.resample import fill_counts, fill_signs


@pytest.fixture
def tasks():
    rng = np.random.default_rng(0)
    easy = rng.random((150, 1))
    binary = (0.6 * easy + 0.4 * rng.random((150, 4)) < 0.5).astype(float)
    return [binary, rng.random((60, 4))]


@pytest.mark.parametrize("draw", [bootstrap_draws, flip_draws])
def test_same_digits_whatever_the_workers_and_the_block_size(draw, tasks, monkeypatch):
    clusters = [np.arange(150) // 4, None]
    expected = draw(tasks, clusters=clusters, n_resamples=700, seed=3).means
    assert np.array_equal(draw(tasks, clusters=clusters, n_resamples=700, seed=3, workers=3).means, expected)
    monkeypatch.setattr(module, "_JOB_CELLS", 10_000)
    assert np.array_equal(draw(tasks, clusters=clusters, n_resamples=700, seed=3, workers=2).means, expected)
    assert not np.array_equal(draw(tasks, clusters=clusters, n_resamples=700, seed=4).means, expected)


def test_a_seed_may_be_a_sequence_or_a_generator(tasks):
    by_sequence = [bootstrap_draws(tasks, n_resamples=20, seed=np.random.SeedSequence(5)).means for _ in range(2)]
    by_generator = [bootstrap_draws(tasks, n_resamples=20, seed=np.random.default_rng(5)).means for _ in range(2)]
    assert np.array_equal(*by_sequence)
    assert np.array_equal(*by_generator)


def test_counts_redraw_as_many_units_as_there_are():
    counts, signs = np.empty((300, 7)), np.empty((300, 13))
    fill_counts(counts, np.random.default_rng(1))
    fill_signs(signs, np.random.default_rng(1))
    assert (counts.sum(axis=1) == 7).all()
    assert counts.mean() == 1
    assert counts.var() == pytest.approx(6 / 7, abs=0.1)
    assert set(np.unique(signs)) == {-1.0, 1.0}
    assert abs(signs.mean()) < 0.05


def test_draws_keep_the_covariance_of_models_that_share_items(tasks):
    draws = bootstrap_draws(tasks, n_resamples=20_000, seed=6)
    for t, x in enumerate(tasks):
        assert draws.means[t].mean(axis=0) == pytest.approx(x.mean(axis=0), abs=0.002)
        assert np.cov(draws.means[t].T) == pytest.approx(np.cov(x.T, ddof=0) / len(x), rel=0.1, abs=5e-5)
    assert draws.observed[0] == pytest.approx(tasks[0].mean(axis=0))


def test_clusters_are_redrawn_whole():
    x = np.repeat([[0.0], [1.0]], [30, 10], axis=0)
    draws = bootstrap_draws([x], clusters=[np.repeat([0, 1], [30, 10])], n_resamples=500, seed=7)
    assert set(np.round(np.unique(draws.means), 12)) == {0.0, 0.25, 1.0}


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


def test_moments_agree_with_the_plain_paired_formula(tasks):
    ids = np.arange(150) // 5
    moments = pair_moments(tasks, as_pairs(None, 4), [ids, None])
    d = tasks[1][:, 0] - tasks[1][:, 1]
    assert moments.stderr[1, 0] == pytest.approx(sps.sem(d), rel=1e-9)
    d = tasks[0][:, 0] - tasks[0][:, 1]
    sums = np.bincount(ids, d - d.mean())
    assert moments.stderr[0, 0] == pytest.approx(np.sqrt(30 / 29 * (sums**2).sum()) / 150, rel=1e-9)
    assert moments.null_stderr[0, 0] == pytest.approx(np.sqrt((np.bincount(ids, d) ** 2).sum()) / 150, rel=1e-9)


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
