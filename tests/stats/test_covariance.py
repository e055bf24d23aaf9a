"""All pairs at once, against each pair on its own."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval.stats import StatsError, pair_moments
from mergekit_eval.stats.clustered import cr1
from mergekit_eval.stats.covariance import as_pairs

RNG = np.random.default_rng(3)
SCORES = RNG.integers(0, 257, (30, 3)) / 256  # other fractions are rounded to 2^-30
IDS = np.repeat(np.arange(6), 5)


def test_every_pair_once():
    assert as_pairs(None, 3).tolist() == [[0, 1], [0, 2], [1, 2]]


@pytest.mark.parametrize("bad", [[[0, 0]], [[0, 3]], [[-1, 0]], [[0, 1, 2]], [], [[0.0, 1.0]]])
def test_what_are_no_two_different_models_is_refused(bad):
    with pytest.raises(StatsError, match="rows of two different model numbers from 0 to 2"):
        as_pairs(bad, 3)


def test_moments_are_those_of_the_paired_differences():
    pairs = as_pairs(None, 3)
    found = pair_moments([SCORES], pairs)
    for k, (i, j) in enumerate(pairs):
        d = SCORES[:, i] - SCORES[:, j]
        assert found.diff[0, k] == pytest.approx(d.mean(), abs=1e-12)
        assert found.stderr[0, k] == pytest.approx(sps.sem(d), rel=1e-9)
        assert found.null_stderr[0, k] == pytest.approx(np.sqrt((d**2).sum()) / d.size, rel=1e-9)


def test_with_clusters_the_error_is_the_cluster_robust_one():
    found = pair_moments([SCORES], as_pairs([[2, 0]], 3), [IDS])
    d = SCORES[:, 2] - SCORES[:, 0]
    sums = d.reshape(6, 5).sum(axis=1)
    assert found.stderr[0, 0] == pytest.approx(cr1(d, IDS), rel=1e-9)
    assert found.null_stderr[0, 0] == pytest.approx(np.sqrt((sums**2).sum()) / 30, rel=1e-9)


def test_one_cluster_has_no_error_and_equal_models_have_none_either():
    assert pair_moments([SCORES], as_pairs([[0, 1]], 3), [np.zeros(30, int)]).stderr[0, 0] == np.inf
    twins = np.column_stack([SCORES[:, 0], SCORES[:, 0]])
    found = pair_moments([twins], as_pairs(None, 2))
    assert (found.diff[0, 0], found.stderr[0, 0]) == (0, 0)


def test_a_model_that_misses_a_task_is_missing_there_only():
    partly = SCORES.copy()
    partly[:, 1] = np.nan
    found = pair_moments([SCORES, partly], as_pairs(None, 3))
    assert found.present.tolist() == [[True, True, True], [False, True, False]]
    assert np.isnan(found.diff[1]).tolist() == [True, False, True]
