"""Adjusted p-values, joint tests and the verdict rule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from mergekit_eval.stats import (
    StatsError,
    benjamini_hochberg,
    benjamini_yekutieli,
    holm,
    max_quantile,
    max_t,
    one_sided_all,
)
from mergekit_eval.stats.multiplicity import max_t_blocks

P = st.lists(st.floats(1e-12, 1), min_size=1, max_size=30)


@given(P)
@pytest.mark.parametrize(
    ("ours", "name"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh"), (benjamini_yekutieli, "fdr_by")]
)
def test_adjustment_agrees_with_statsmodels(ours, name, p):
    assert ours(p) == pytest.approx(multipletests(p, method=name)[1], abs=1e-10)


def plain_step_down(observed, null):
    order = sorted(range(len(observed)), key=lambda k: -observed[k])
    adjusted, last = {}, 0.0
    for place, k in enumerate(order):
        hits = sum(max(row[j] for j in order[place:]) >= observed[k] for row in null)
        last = max(last, (hits + 1) / (len(null) + 1))
        adjusted[k] = last
    return [adjusted[k] for k in range(len(observed))]


def test_max_t_steps_down_over_the_joint_draws():
    rng = np.random.default_rng(1)
    observed, null = rng.random(6) * 3, np.abs(rng.normal(size=(99, 6)))
    assert max_t(observed, null) == pytest.approx(plain_step_down(observed, null))


def test_max_t_is_sharper_than_holm_for_comparisons_that_move_together():
    common = np.abs(np.random.default_rng(2).normal(size=(4999, 1)))
    null, observed = np.repeat(common, 20, axis=1), np.full(20, 2.5)
    single = (1 + (common[:, 0] >= 2.5).sum()) / 5000
    assert max_t(observed, null)[0] == pytest.approx(single)
    assert holm(np.full(20, single))[0] == pytest.approx(20 * single)


def test_max_quantile_is_the_quantile_of_the_largest():
    draws = np.random.default_rng(3).normal(size=(400, 5))
    assert max_quantile(draws, 0.9) == np.sort(np.abs(draws).max(axis=1))[359]


def test_one_sided_for_arrays_keeps_gaps():
    found = one_sided_all([0.04, 0.04, np.nan], [1.0, -1.0, np.nan])
    assert found[:2] == pytest.approx([0.02, 0.98])
    assert np.isnan(found[2])


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


def test_one_sided_p_halve_and_turn_by_the_sign_of_the_difference():
    found = one_sided_all([0.1, 0.1, 1.0, 0.1], [0.2, -0.2, 0.0, np.nan])
    assert found[:3] == pytest.approx([0.05, 0.95, 0.5]) and np.isnan(found[3])
