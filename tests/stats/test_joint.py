"""One family of comparisons, against draws made by hand."""

import numpy as np
import pytest

from mergekit_eval.stats import StatsError, family_max_t, flip_draws, pair_moments
from mergekit_eval.stats.joint import step_down
from mergekit_eval.stats.resample import as_pairs

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
        theirs.append(np.abs(flip[t][:, i] - flip[t][:, j]) / spread)
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


def test_no_p_is_zero():
    x = [np.column_stack([np.ones(60), np.zeros(60)])]
    pairs = np.array([(0, 1)])
    found = family_max_t(flip_draws(x, n_resamples=99, seed=0), pair_moments(x, pairs), pairs, [[True]])
    assert found.p == 0.01


def plain_step_down(observed, null):
    order = sorted(range(len(observed)), key=lambda k: -observed[k])
    adjusted, last = {}, 0.0
    for place, k in enumerate(order):
        hits = sum(max(row[j] for j in order[place:]) >= observed[k] for row in null)
        last = max(last, (hits + 1) / (len(null) + 1))
        adjusted[k] = last
    return [adjusted[k] for k in range(len(observed))]


def test_the_step_down_goes_over_the_joint_draws_whatever_their_blocks():
    rng = np.random.default_rng(1)
    observed, null = rng.random(6) * 3, np.abs(rng.normal(size=(99, 6)))
    p, largest = step_down(observed, iter(np.split(null, [7, 20])))
    assert p == pytest.approx(plain_step_down(observed, null))
    assert largest.tolist() == null.max(axis=1).tolist()


NULL = np.array([[4.0, 0.0], [0.0, 2.0], [1.0, 1.0], [0.0, 0.0]])


def test_the_largest_is_held_against_the_largest_and_the_next_against_the_rest():
    # 3: the largest of a draw reaches it once in four; 1: the second column alone reaches it twice.
    assert step_down(np.array([3.0, 1.0]), iter([NULL]))[0] == pytest.approx([(1 + 1) / 5, (2 + 1) / 5])
    assert step_down(np.array([1.0, 3.0]), iter([NULL[:, ::-1]]))[0] == pytest.approx([3 / 5, 2 / 5])


def test_a_smaller_statistic_never_gets_a_smaller_p():
    # The second alone: 5 is never reached, p 1/5; but the first has 2/5, and the second is smaller.
    null = np.array([[9.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    assert step_down(np.array([6.0, 5.0]), iter([null]))[0] == pytest.approx([2 / 5, 2 / 5])
