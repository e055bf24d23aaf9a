"""Tests and their words against scipy and statsmodels."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats as sps
from statsmodels.stats.multitest import multipletests

from mergekit_eval.compare import testing
from mergekit_eval.compare.testing import averaged, corrected, gain_share, outcome, quantile, tail, worded


@pytest.mark.parametrize("df", [1, 7.5, np.inf])
def test_tails_and_quantiles_are_students_or_the_normal_ones(df):
    law = sps.norm if np.isinf(df) else sps.t(df)
    assert tail(1.3, df) == pytest.approx(law.sf(1.3), rel=1e-12)
    assert quantile(0.9, df) == pytest.approx(law.ppf(0.95), rel=1e-12)


def test_a_gain_with_an_error_has_limits_p_and_the_smallest_gain_seen():
    row = testing.tested(0.06, 0.02, 9, 0.95)
    assert (row["gain_low"], row["gain_high"]) == pytest.approx(sps.t.interval(0.95, 9, 0.06, 0.02))
    assert row["p"] == pytest.approx(2 * sps.t(9).sf(3))
    assert row["mde"] == pytest.approx((sps.norm.ppf(0.975) + sps.norm.ppf(0.8)) * 0.02)


@pytest.mark.parametrize(("stderr", "df"), [(0.0, 5), (np.nan, 5), (np.inf, 5), (0.1, 0)])
def test_a_gain_without_an_error_has_neither_limits_nor_p(stderr, df):
    assert testing.tested(0.06, stderr, df, 0.95).keys() == {"gain", "stderr", "note"}


def test_an_average_has_satterthwaites_degrees_of_freedom():
    parts = [(0.1, 0.03, 4), (0.2, 0.04, 9), (0.6, 0.01, np.inf)]
    variance = 0.03**2 + 0.04**2 + 0.01**2
    df = variance**2 / (0.03**4 / 4 + 0.04**4 / 9)
    assert averaged(parts) == pytest.approx((0.3, np.sqrt(variance) / 3, df))
    assert averaged([(0.1, 0.03, np.inf)])[2] == np.inf


def test_holm_is_taken_within_each_family_and_missing_stays_missing():
    table = pd.DataFrame({"level": list("aabba"), "p": [0.01, 0.04, 0.03, 0.02, None]})
    expected = [*multipletests([0.01, 0.04], method="holm")[1], *multipletests([0.03, 0.02], method="holm")[1], np.nan]
    assert corrected(table, families=["level"]).tolist() == pytest.approx(expected, nan_ok=True)
    together = multipletests([0.01, 0.04, 0.03, 0.02], method="holm")[1]
    assert corrected(table).tolist() == pytest.approx([*together, np.nan], nan_ok=True)


def test_an_outcome_needs_a_small_p_and_a_sign():
    gain, p = pd.Series([0.1, -0.1, 0.0, 0.1, 0.1]), pd.Series([0.05, 0.01, 0.01, 0.06, np.nan])
    assert outcome(gain, p, 0.05).tolist() == ["better", "worse", "undecided", "undecided", ""]


def test_text_columns_hold_text_only():
    table = pd.DataFrame({"note": [None, "n"], "word": [np.nan, "w"], "x": [1.0, np.nan]})
    found = worded(table, word="unknown")
    assert found[["note", "word"]].to_numpy().tolist() == [["", "unknown"], ["n", "w"]]
    assert found["x"].isna().tolist() == [False, True]
    assert table["note"].isna().any()


def test_a_gain_of_twenty_points_over_forty_is_half_as_much_again():
    table = pd.DataFrame({"gain": [0.2, -0.1, 0.1, 0.1, 0.1], "reference_value": [0.4, 0.4, 0.01, 0.009, 0.0]})
    assert gain_share(table).tolist()[:3] == pytest.approx([0.5, -0.25, 10])
    assert gain_share(table)[3:].isna().all()  # a share of less than a point is a number divided by noise


def test_the_surest_claim_of_a_row_decides_and_each_claim_is_corrected_for_itself():
    table = pd.DataFrame(
        {"level": list("aaab"), "up": [0.01, 0.9, None, 0.04], "down": [0.99, 0.02, None, 0.03], "gain": [1, -1, 0, 1]}
    )
    p, words = testing.claims(table, {"up": "more", "down": "less"}, ["level"], 0.05)
    assert p.tolist() == pytest.approx([0.02, 0.04, np.nan, 0.03], nan_ok=True)
    assert words.tolist() == ["more", "less", "", "less"]
    assert testing.claims(table, {"up": "more"}, ["level"], 0.05)[1].tolist() == ["more", "undecided", "", "more"]


def test_a_decision_stands_beside_the_p_that_made_it():
    table = pd.DataFrame({"effect": [0.1, -0.1]})
    found = testing.decide(table, pd.Series([0.01, 0.2]), 0.05, "effect")
    assert found[["p_adjusted", "decided"]].to_numpy().tolist() == [[0.01, "better"], [0.2, "undecided"]]
