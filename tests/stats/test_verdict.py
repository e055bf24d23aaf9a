import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from mergekit_eval.stats import StatsError, better_than_every, one_sided_all


def test_the_weakest_claim_of_a_merge_counts_and_merges_are_a_family():
    # largest p of each merge: 0.03, 0.2, 0.004; by Holm 2 x 0.03, 0.2 and 3 x 0.004
    assert better_than_every([[0.01, 0.03], [0.2, 0.001], [0.004]]) == pytest.approx([0.06, 0.2, 0.012])


def test_over_many_merges_it_is_holm_of_the_largest():
    rng = np.random.default_rng(2)
    given = [rng.random(k) ** 4 for k in (1, 2, 3, 4, 2)]
    expected = multipletests([p.max() for p in given], method="holm")[1]
    assert better_than_every(given) == pytest.approx(expected, rel=1e-12)


def test_one_sided_p_halve_and_turn_by_the_sign_of_the_difference():
    found = one_sided_all([0.1, 0.1, 1.0, 0.1], [0.2, -0.2, 0.0, np.nan])
    assert found[:3] == pytest.approx([0.05, 0.95, 0.5]) and np.isnan(found[3])


def test_what_makes_no_sense_is_refused():
    with pytest.raises(StatsError, match="at least one merge"):
        better_than_every([])
    with pytest.raises(StatsError, match="p-values between 0 and 1"):
        one_sided_all([1.2], [0.1])
    with pytest.raises(StatsError, match="one difference for each"):
        one_sided_all([0.2, 0.1], [0.1])
