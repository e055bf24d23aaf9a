"""A family's joint p-values and bound against draws made by hand."""

import numpy as np
import pytest

from mergekit_eval.stats import StatsError, family_max_t, flip_draws, pair_moments
from mergekit_eval.stats.covariance import as_pairs

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
