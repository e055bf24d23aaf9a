"""Step-down max-T and the joint critical value, counted by hand."""

import numpy as np
import pytest

from mergekit_eval.stats import StatsError, max_quantile, max_t
from mergekit_eval.stats.maxt import max_t_blocks

NULL = np.array([[4.0, 0.0], [0.0, 2.0], [1.0, 1.0], [0.0, 0.0]])


def test_the_largest_is_held_against_the_largest_and_the_next_against_the_rest():
    # 3: the largest of a draw reaches it once in four; 1: the second column alone reaches it twice.
    assert max_t([3.0, 1.0], NULL) == pytest.approx([(1 + 1) / 5, (2 + 1) / 5])
    assert max_t([1.0, 3.0], NULL[:, ::-1]) == pytest.approx([3 / 5, 2 / 5])


def test_a_smaller_statistic_never_gets_a_smaller_p():
    # The second alone: 5 is never reached, p 1/5; but the first has 2/5, and the second is smaller.
    null = np.array([[9.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    assert max_t([6.0, 5.0], null) == pytest.approx([2 / 5, 2 / 5])


def test_blocks_of_draws_give_what_all_draws_give():
    rng = np.random.default_rng(0)
    null, observed = np.abs(rng.normal(size=(40, 5))), np.abs(rng.normal(size=5))
    assert max_t_blocks(observed, np.split(null, [7, 20])) == pytest.approx(max_t(observed, null), abs=0)


def test_the_joint_critical_value_is_a_quantile_of_the_largest_deviations():
    deviations = [[1.0, -5.0], [2.0, 1.0], [0.0, -3.0], [4.0, 0.0]]  # largest: 5, 2, 3, 4
    assert max_quantile(deviations, 0.75) == 4.0
    assert max_quantile(deviations, 0.76) == 5.0


def test_another_number_of_columns_is_refused():
    with pytest.raises(StatsError, match=r"shape of null = \(4, 2\)"):
        max_t([1.0, 2.0, 3.0], NULL)
