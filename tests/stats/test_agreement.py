import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, matthews_corrcoef

from mergekit_eval.stats import StatsError, agreement

A, B = np.array([1, 1, 1, 1, 1, 0, 0, 0.0]), np.array([1, 1, 1, 0, 0, 1, 0, 0.0])


def test_eight_items_by_hand():
    # both right 3, only a 2, only b 1, neither 2: rates 5/8 and 4/8
    found = agreement(A, B)
    assert found.kappa == pytest.approx((5 / 8 - 1 / 2) / (1 - 1 / 2))
    assert found.phi == pytest.approx((3 / 8 - 5 / 16) / np.sqrt(5 / 8 * 3 / 8 / 4))
    assert found.phi_max == pytest.approx(np.sqrt(0.5 * 0.375 / (0.625 * 0.5)))
    assert (found.both_wrong, found.expected_both_wrong, found.n) == (2 / 8, 3 / 8 * 4 / 8, 8)
    assert found.low < found.kappa < found.high


@pytest.mark.parametrize("seed", range(5))
def test_kappa_and_phi_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    a = (rng.random(200) < 0.6).astype(float)
    b = np.where(rng.random(200) < 0.5, a, rng.random(200) < 0.4).astype(float)
    found = agreement(a, b)
    assert found.kappa == pytest.approx(cohen_kappa_score(a, b), rel=1e-12)
    assert found.phi == pytest.approx(matthews_corrcoef(a, b), rel=1e-12)
    assert abs(found.phi) <= found.phi_max


def test_models_that_no_item_separates_agree_fully_and_the_limit_says_how_few_items():
    small, large = (agreement(np.tile([1.0, 0.0], k), np.tile([1.0, 0.0], k)) for k in (5, 500))
    assert small.kappa == small.phi == small.high == 1.0
    # Up to 1 - 0.025 ** (1 / n) of the items may separate them unseen; chance agreement is 1/2.
    assert small.low == pytest.approx((0.025 ** (1 / 10) - 0.5) / 0.5)
    assert small.low < large.low < 1


def test_a_model_right_on_all_items_has_no_agreement_beyond_chance():
    found = agreement(np.ones(8), B)
    assert (found.kappa, found.phi, found.low) == (None, None, None) and "right on all items" in found.note
    assert (found.both_wrong, found.expected_both_wrong) == (0.0, 0.0)


def test_graded_scores_are_refused():
    with pytest.raises(StatsError, match="scores of 0 or 1"):
        agreement(A, B / 2)
