"""Planning, and tests against a margin."""

import numpy as np
import pytest
from scipy import optimize
from scipy import stats as sps

from mergekit_eval.stats import can_decide, items_needed, mcnemar_midp, mde, non_inferior, paired_difference


def pairs(both, only_a, only_b, neither):
    cells = (both, only_a, only_b, neither)
    return np.repeat([1.0, 1, 0, 0], cells), np.repeat([1.0, 0, 1, 0], cells)


def score(f, g, n, delta):
    """Tango's statistic: the variance at the share of losses that makes the likelihood largest, found as a root."""

    def slope(q):
        return -f / (q + delta) - g / q + 2 * (n - f - g) / (1 - 2 * q - delta)

    q = optimize.brentq(slope, max(0.0, -delta) + 1e-12, (1 - delta) / 2 - 1e-12)
    return (f - g - n * delta) / np.sqrt(n * (2 * q + delta - delta**2))


@pytest.mark.parametrize(("f", "g", "n"), [(12, 16, 200), (1, 7, 21), (6, 16, 161)])
@pytest.mark.parametrize("margin", [0.01, 0.05, 0.2])
def test_non_inferiority_is_the_likelihood_score_test(f, g, n, margin):
    a, b = pairs(n - f - g, f, g, 0)
    assert non_inferior(a, b, margin).p == pytest.approx(sps.norm.sf(score(f, g, n, -margin)), rel=1e-6)


@pytest.mark.parametrize(("f", "g", "n", "low"), [(1, 7, 21, -0.517), (6, 16, 161, -0.1240)])
def test_at_tangos_published_limit_the_test_just_rejects(f, g, n, low):
    a, b = pairs(n - f - g, f, g, 0)
    assert non_inferior(a, b, -low + 1e-3).p < 0.025 < non_inferior(a, b, -low - 1e-3).p


@pytest.mark.parametrize("clusters", [None, np.arange(90) // 3])
@pytest.mark.parametrize("shift", [0.0, -0.08])
def test_a_graded_margin_is_the_one_sided_test_of_the_shifted_differences(clusters, shift):
    d = np.random.default_rng(0).normal(0.02 + shift, 0.1, 90)
    two_sided = paired_difference(d + 0.05, np.zeros(90), clusters=clusters)
    expected = two_sided.p / 2 if two_sided.diff > 0 else 1 - two_sided.p / 2
    found = non_inferior(d, np.zeros(90), 0.05, clusters=clusters)
    assert found.p == expected
    assert (found.p < 0.05) == (shift == 0)


def test_items_needed_are_where_mcnemar_reaches_its_power():
    """The power, summed exactly over the discordant items and their split, is 80 % to within a point."""
    both = 0.275 + 0.5 * np.sqrt(0.55 * 0.45 * 0.25)  # rates of 0.55 and 0.5, phi 0.5
    only_a, only_b = 0.55 - both, 0.5 - both
    n = items_needed(0.05, np.sqrt(only_a + only_b - 0.05**2))
    power = 0.0
    for discordant in range(n + 1):
        chance = sps.binom.pmf(discordant, n, only_a + only_b)
        if chance > 1e-9:
            wins = np.arange(discordant + 1)
            rejected = mcnemar_midp(wins, discordant - wins) <= 0.05
            power += chance * sps.binom.pmf(wins, discordant, only_a / (only_a + only_b))[rejected].sum()
    assert power == pytest.approx(0.80, abs=0.01)


def test_mde_and_items_needed_by_hand():
    z, w = sps.norm.isf(0.025), sps.norm.ppf(0.8)
    assert mde(0.02) == pytest.approx((z + w) * 0.02, rel=1e-12)
    assert items_needed(0.1, 0.5) == np.ceil((z * np.hypot(0.5, 0.1) + w * 0.5) ** 2 / 0.01)


def test_a_task_decides_what_its_items_reach():
    assert not can_decide(60, 0.4, 0.02).can_decide
    assert can_decide(20_000, 0.4, 0.02).can_decide
    alone, of_fifty = can_decide(3000, 0.4, 0.02), can_decide(3000, 0.4, 0.02, family=50)
    assert alone.items_needed == items_needed(0.02, 0.4)
    assert of_fifty.items_needed == items_needed(0.02, 0.4, level=1 - 0.05 / 50)
    assert of_fifty.mde == mde(0.4 / np.sqrt(3000), level=1 - 0.05 / 50)
    assert can_decide(4, 0.1, 0.9).least_p == pytest.approx(2 * 0.5 ** (4 * (0.01 + 0.81)))
