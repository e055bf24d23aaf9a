"""Joint draws: what they are draws of, and that nothing but the seed changes their digits."""

import numpy as np
import pytest

from mergekit_eval.stats import StatsError, bootstrap_draws, flip_draws, pair_moments
from mergekit_eval.stats import resample as module
from mergekit_eval.stats.resample import as_pairs, fill_counts, fill_signs


@pytest.fixture
def tasks():
    rng = np.random.default_rng(0)
    easy = rng.random((150, 1))
    binary = (0.6 * easy + 0.4 * rng.random((150, 4)) < 0.5).astype(float)
    return [binary, rng.random((60, 4))]


@pytest.mark.parametrize("draw", [bootstrap_draws, flip_draws])
def test_same_digits_whatever_the_workers_and_the_block_size(draw, tasks, monkeypatch):
    clusters = [np.arange(150) // 4, None]
    expected = draw(tasks, clusters=clusters, n_resamples=700, seed=3)
    assert np.array_equal(draw(tasks, clusters=clusters, n_resamples=700, seed=3, workers=3), expected)
    monkeypatch.setattr(module, "_JOB_CELLS", 10_000)
    assert np.array_equal(draw(tasks, clusters=clusters, n_resamples=700, seed=3, workers=2), expected)
    assert not np.array_equal(draw(tasks, clusters=clusters, n_resamples=700, seed=4), expected)


def test_a_seed_may_be_a_sequence_or_a_generator(tasks):
    by_sequence = [bootstrap_draws(tasks, n_resamples=20, seed=np.random.SeedSequence(5)) for _ in range(2)]
    by_generator = [bootstrap_draws(tasks, n_resamples=20, seed=np.random.default_rng(5)) for _ in range(2)]
    assert np.array_equal(*by_sequence)
    assert np.array_equal(*by_generator)


def test_counts_redraw_as_many_units_as_there_are():
    counts, signs = np.empty((300, 7)), np.empty((300, 13))
    fill_counts(counts, np.random.default_rng(1))
    fill_signs(signs, np.random.default_rng(1))
    assert (counts.sum(axis=1) == 7).all()
    # Binomial(7, 1/7): variance 6/7; that of 2,100 squares is 1.3, which makes an error of 0.025.
    assert counts.var() == pytest.approx(6 / 7, abs=3 * 0.025)
    assert set(np.unique(signs)) == {-1.0, 1.0}
    assert abs(signs.mean()) < 3 / np.sqrt(signs.size)


def test_draws_keep_the_covariance_of_models_that_share_items(tasks):
    draws = bootstrap_draws(tasks, n_resamples=20_000, seed=6)
    for t, x in enumerate(tasks):
        expected = np.cov(x.T, ddof=0) / len(x)
        spread = np.sqrt(np.diag(expected))
        assert (np.abs(draws[t].mean(axis=0) - x.mean(axis=0)) < 4 * spread / np.sqrt(20_000)).all()
        # A covariance of n normal draws has an error of at most root 2 / n of the two standard deviations.
        error = np.sqrt(2 / 20_000) * np.outer(spread, spread)
        assert (np.abs(np.cov(draws[t].T) - expected) < 4 * error).all()


def test_clusters_are_redrawn_whole():
    x = np.repeat([[0.0], [1.0]], [30, 10], axis=0)
    draws = bootstrap_draws([x], clusters=[np.repeat([0, 1], [30, 10])], n_resamples=500, seed=7)
    assert set(np.round(np.unique(draws), 12)) == {0.0, 0.25, 1.0}


def test_moments_agree_with_the_plain_paired_formula(tasks):
    ids = np.arange(150) // 5
    moments = pair_moments(tasks, as_pairs([(0, 1)], 4), [ids, None])
    d = tasks[1][:, 0] - tasks[1][:, 1]
    assert moments.null_stderr[1, 0] == pytest.approx(np.sqrt((d**2).sum()) / 60, rel=1e-9)
    d = tasks[0][:, 0] - tasks[0][:, 1]
    assert moments.null_stderr[0, 0] == pytest.approx(np.sqrt((np.bincount(ids, d) ** 2).sum()) / 150, rel=1e-9)


RNG = np.random.default_rng(3)


SCORES = RNG.integers(0, 257, (30, 3)) / 256  # other fractions are rounded to 2^-30


IDS = np.repeat(np.arange(6), 5)


@pytest.mark.parametrize("bad", [[[0, 0]], [[0, 3]], [[-1, 0]], [[0, 1, 2]], [], [[0.0, 1.0]]])
def test_what_are_no_two_different_models_is_refused(bad):
    with pytest.raises(StatsError, match="rows of two different model numbers from 0 to 2"):
        as_pairs(bad, 3)


def test_moments_are_those_of_the_paired_differences():
    pairs = as_pairs([(0, 1), (0, 2), (1, 2)], 3)
    found = pair_moments([SCORES], pairs)
    for k, (i, j) in enumerate(pairs):
        d = SCORES[:, i] - SCORES[:, j]
        assert found.diff[0, k] == pytest.approx(d.mean(), abs=1e-12)
        assert found.null_stderr[0, k] == pytest.approx(np.sqrt((d**2).sum()) / d.size, rel=1e-9)


def test_with_clusters_whole_clusters_have_one_sign():
    found = pair_moments([SCORES], as_pairs([[2, 0]], 3), [IDS])
    d = SCORES[:, 2] - SCORES[:, 0]
    sums = d.reshape(6, 5).sum(axis=1)
    assert found.null_stderr[0, 0] == pytest.approx(np.sqrt((sums**2).sum()) / 30, rel=1e-9)


def test_equal_models_have_no_error():
    twins = np.column_stack([SCORES[:, 0], SCORES[:, 0]])
    found = pair_moments([twins], as_pairs([(0, 1)], 2))
    assert (found.diff[0, 0], found.null_stderr[0, 0]) == (0, 0)


def test_a_model_that_misses_a_task_is_missing_there_only():
    partly = SCORES.copy()
    partly[:, 1] = np.nan
    found = pair_moments([SCORES, partly], as_pairs([(0, 1), (0, 2), (1, 2)], 3))
    assert found.present.tolist() == [[True, True, True], [False, True, False]]
    assert np.isnan(found.diff[1]).tolist() == [True, False, True]


def test_a_missing_model_stays_missing(tasks):
    tasks[1][:, 2] = np.nan
    draws = bootstrap_draws(tasks, n_resamples=10, seed=0)
    assert np.isnan(draws[1, :, 2]).all()
    assert np.isfinite(draws[0]).all() and np.isfinite(draws[1][:, [0, 1, 3]]).all()
