"""Claims on many models against several references: they follow from the limits, and are false at most at alpha."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval.stats import StatsError, joint_claims


def draws(models, references, shared=0.5, count=4000, seed=0):
    """Return draws of differences of independent models; those of one reference share its error."""
    rng = np.random.default_rng(seed)
    own, theirs = rng.standard_normal((count, models, 1)), rng.standard_normal((count, 1, references))
    return np.sqrt(1 - shared) * own - np.sqrt(shared) * theirs


def claims(estimate, error=1.0, df=np.inf, **how):
    value = np.atleast_2d(np.asarray(estimate, dtype=float))
    shape = value.shape
    return joint_claims(value, np.full(shape, error), np.full(shape, df), draws(*shape), **how)


def test_one_model_with_one_reference_is_a_two_sided_test():
    made = joint_claims([[2.0, np.nan]], [[1.0, np.nan]], [[np.inf, np.nan]], draws(1, 2))
    assert made.critical.every == pytest.approx(sps.norm.isf(0.025), abs=0.12)
    assert made.above.tolist() == [[True, False]] or made.critical.every > 2
    assert np.isnan(made.low[0, 1])


def test_claims_follow_from_the_limits():
    rng = np.random.default_rng(4)
    for _ in range(20):
        made = claims(rng.normal(0, 3, size=(5, 4)))
        assert ((made.low >= 0) == made.above)[made.low != 0].all()
        assert (made.low[made.above] >= 0).all() and (made.high[made.below] <= 0).all()
        assert (made.low[~made.above & ~made.below] <= 0).all() and (made.high[~made.above & ~made.below] >= 0).all()
        assert not (made.above & made.below).any()
        assert made.best_low == pytest.approx(made.low[:, :-1].min(axis=1))
        assert made.best_high == pytest.approx(made.high[:, :-1].min(axis=1))


def test_turning_every_sign_turns_every_claim():
    value, null = np.random.default_rng(5).normal(0, 3, size=(4, 3)), draws(4, 3)
    null = np.concatenate([null, -null])  # as likely either way, so that the bounds agree to the last draw
    shape = value.shape
    ahead, back = (joint_claims(sign * value, np.ones(shape), np.full(shape, np.inf), null) for sign in (1, -1))
    assert ahead.critical == pytest.approx(back.critical)
    assert (ahead.above == back.below).all() and (ahead.below == back.above).all()
    assert ahead.low == pytest.approx(-back.high)


def test_few_degrees_of_freedom_widen_the_limits():
    wide, narrow = claims([[1.0, 1.0, 1.0]], df=4.0), claims([[1.0, 1.0, 1.0]])
    assert (wide.high - wide.low > 1.2 * (narrow.high - narrow.low)).all()


def test_what_does_not_move_is_never_claimed():
    shape = (2, 2)
    null = draws(*shape)
    null[:, 1] = 0.0
    made = joint_claims(np.full(shape, 9.0), np.ones(shape), np.full(shape, np.inf), null)
    assert made.above.tolist() == [[True, True], [False, False]]


def test_a_clear_step_helps_the_rest():
    """What is decided leaves the family, so a nearly clear case is decided beside clear ones, not beside open ones."""
    clear, open_ = np.full((12, 2), 9.0), np.zeros((12, 2))
    between = claims(np.vstack([[[2.95, 9.0]], clear[1:]])), claims(np.vstack([[[2.95, 9.0]], open_[1:]]))
    assert between[0].above[0, 0]
    assert between[0].critical == between[1].critical


@pytest.mark.slow
@pytest.mark.parametrize("truth", ["equal", "one parent at risk", "better than every parent, equal to the base"])
def test_any_false_statement_has_chance_alpha_at_most(truth):
    """Twelve models, three parents and a base; 600 studies, so 5 % + 3 Monte-Carlo errors."""
    rng, models = np.random.default_rng(11), 12
    ones = np.ones((models, 4))
    value = np.zeros((models, 4))
    if truth == "one parent at risk":
        value[:, 1:] = 8.0
    if truth == "better than every parent, equal to the base":
        value[:, :3] = 8.0
    null, wrong = draws(models, 4, count=2000), 0
    for _ in range(600):
        own, theirs = rng.standard_normal((models, 1)), rng.standard_normal((1, 4))
        made = joint_claims(value + np.sqrt(0.5) * (own - theirs), ones, np.inf * ones, null)
        false = (made.above & (value <= 0)) | (made.below & (value >= 0))
        outside = (made.low > value + 1e-12) | (made.high < value - 1e-12)
        wrong += bool((false | outside).any())
    assert wrong / 600 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(StatsError, match="two or more columns"):
        joint_claims([[1.0]], [[1.0]], [[1.0]], np.zeros((10, 1, 1)))
    with pytest.raises(StatsError, match="shape of draws"):
        joint_claims([[1.0, 2.0]], [[1.0, 1.0]], [[1.0, 1.0]], np.zeros((10, 1, 3)))
