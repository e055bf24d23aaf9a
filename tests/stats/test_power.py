"""Planning, and tests against a margin."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval.stats import (
    can_decide,
    equivalent,
    items_needed,
    mcnemar_midp,
    non_inferior,
    paired_spread,
    tango,
)


def pairs(both, only_a, only_b, neither):
    cells = (both, only_a, only_b, neither)
    return np.repeat([1.0, 1, 0, 0], cells), np.repeat([1.0, 0, 1, 0], cells)


def test_non_inferiority_is_tangos_lower_limit_above_the_margin():
    a, b = pairs(150, 12, 16, 22)
    low = float(tango(12, 16, 200, 0.90)[0])
    assert non_inferior(a, b, -low + 1e-6).holds
    assert not non_inferior(a, b, -low - 1e-6).holds
    assert non_inferior(a, b, -low).p == pytest.approx(0.05, abs=1e-6)


def test_equivalence_is_both_sides():
    a, b = pairs(150, 14, 15, 21)
    found = equivalent(a, b, 0.06)
    assert found.p == pytest.approx(max(non_inferior(a, b, 0.06).p, non_inferior(b, a, 0.06).p))
    assert (found.claim, found.margin) == ("the same", 0.06)
    assert not equivalent(a, b, 0.01).holds


def test_a_null_difference_is_not_equivalence():
    a, b = pairs(6, 3, 3, 6)
    assert float(mcnemar_midp(3, 3)) == 1
    assert not equivalent(a, b, 0.05).holds


@pytest.mark.parametrize("clusters", [None, np.arange(90) // 3])
def test_graded_margins_use_flips_at_the_margin(clusters):
    d = np.random.default_rng(0).normal(0.02, 0.1, 90)
    found = non_inferior(d, np.zeros(90), 0.05, clusters=clusters)
    assert found.holds
    assert not non_inferior(d - 0.08, np.zeros(90), 0.05, clusters=clusters).holds
    if clusters is None:
        assert found.p == pytest.approx(sps.ttest_1samp(d, -0.05, alternative="greater").pvalue, abs=0.002)


def test_items_needed_is_where_mcnemar_reaches_its_power():
    spread = paired_spread(0.55, 0.5, 0.5)
    n = items_needed(0.05, spread)
    rng = np.random.default_rng(1)
    both = 0.275 + 0.5 * np.sqrt(0.55 * 0.45 * 0.25)
    cells = rng.multinomial(n, [both, 0.55 - both, 0.5 - both, both - 0.05], size=20_000)
    power = (mcnemar_midp(cells[:, 1], cells[:, 2]) <= 0.05).mean()
    assert power == pytest.approx(0.80, abs=0.012)
    assert items_needed(0.05, spread, cluster_size=5, icc=0.25) == pytest.approx(2 * n, abs=2)


def test_spread_of_paired_answers():
    d = np.random.default_rng(2).multivariate_normal([0, 0], [[1, 0.3], [0.3, 1]], 10)
    assert d.shape == (10, 2)
    assert paired_spread(0.5, 0.5, 0.0) == pytest.approx(np.sqrt(0.5))
    assert paired_spread(0.7, 0.7, 1.0) == pytest.approx(0, abs=1e-8)


def test_a_small_task_says_what_it_would_take():
    small = can_decide(60, 0.4, 0.02)
    assert not small.can_decide
    assert str(small.items_needed) in small.note
    large = can_decide(20_000, 0.4, 0.02)
    assert large.can_decide
    assert large.power > 0.99
    assert large.note == ""
    assert can_decide(4, 0.1, 0.9).least_p > 0.05
    assert can_decide(3000, 0.4, 0.02).items_needed < can_decide(3000, 0.4, 0.02, family=50).items_needed
