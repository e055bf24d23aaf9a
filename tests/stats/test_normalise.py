import numpy as np
import pytest

from mergekit_eval.stats import StatsError, bootstrap_draws, normalise, normalised_means


def test_chance_becomes_zero_and_a_perfect_score_one():
    assert normalise([0.25, 0.625, 1.0], 0.25) == pytest.approx([0, 0.5, 1])
    assert normalise([4.0, 10.0], 0.0, top=10.0) == pytest.approx([0.4, 1])


def test_below_chance_is_cut_to_zero_unless_asked_otherwise_and_missing_stays_missing():
    assert normalise([0.1, np.nan], 0.25) == pytest.approx([0, np.nan], nan_ok=True)
    assert normalise([0.1], 0.25, clip=False) == pytest.approx([-0.2])


@pytest.mark.parametrize("chance", [1.0, 1.5, np.nan])
def test_a_chance_that_is_not_below_the_top_is_refused(chance):
    with pytest.raises(StatsError, match="finite numbers below the top score"):
        normalise([0.5], chance)


@pytest.fixture(scope="module")
def draws():
    """Three models on two tasks; the last one misses the second task, the second one lies below chance there."""
    one = np.repeat([[1, 1, 1], [0, 1, 0]], [30, 10], axis=0).astype(float)
    other = np.repeat([[1, 0, np.nan], [0, 1, np.nan]], [36, 4], axis=0)
    return bootstrap_draws([one, other], n_resamples=400, seed=1)


def test_each_task_is_normalised_by_its_own_chance_before_averaging(draws):
    first, second, third = normalised_means(draws, [0.5, 0.25])
    assert first.estimate == pytest.approx(((0.75 - 0.5) / 0.5 + (0.9 - 0.25) / 0.75) / 2)
    assert second.estimate == pytest.approx((1 + 0) / 2)  # 0.1 is below 0.25: cut
    assert first.low < first.estimate < first.high
    assert third is None


def test_weights_count_and_without_the_cut_a_task_may_be_negative(draws):
    _, second, _ = normalised_means(draws, [0.5, 0.25], weights=[3, 1], clip=False)
    assert second.estimate == pytest.approx((3 * 1 + (0.1 - 0.25) / 0.75) / 4)


def test_one_chance_for_each_task_is_needed(draws):
    with pytest.raises(StatsError, match="length of chance"):
        normalised_means(draws, [0.5])
