"""Limits of scores whose items are not at hand."""

import math

import pandas as pd
import pytest
from scipy import stats as sps

from mergekit_eval.compare.score_limits import file_limits

NAN = math.nan
CASES = {  # value, scale, metric, n, stderr -> low, high, stderr, source
    "hits of n": ((0.75, "unit", "acc", 8, 0.5), "n, wilson"),
    "percent of n": ((75.0, "percent", "acc", 8, NAN), "n, wilson"),
    "no whole number of hits": ((0.77, "unit", "f1", 8, 0.1), "the file's standard error, normal"),
    "a normalised share": ((0.75, "unit", "normalized", 8, 0.1), "the file's standard error, normal"),
    "no share": ((12.0, "natural", "perplexity", 8, 0.1), "the file's standard error, normal"),
    "no n": ((50.0, "percent", "acc", pd.NA, 10.0), "the file's standard error, normal"),
    "an error of zero": ((0.77, "unit", "f1", 8, 0.0), ""),
    "nothing": ((0.77, "unit", "f1", pd.NA, NAN), ""),
}


@pytest.fixture(scope="module")
def scores():
    table = pd.DataFrame([case for case, _ in CASES.values()], columns=["value", "scale", "metric", "n", "stderr"])
    return table.astype({"n": "Int64"})


def test_where_the_limits_are_from(scores):
    assert file_limits(scores, 0.9).source.tolist() == [source for _, source in CASES.values()]


def test_hits_of_n_have_wilsons_limits_and_the_binomial_error(scores):
    found, expected = file_limits(scores, 0.9), sps.binomtest(6, 8).proportion_ci(0.9, method="wilson")
    for at in (0, 1):
        assert (found.low[at], found.high[at]) == pytest.approx((expected.low, expected.high), rel=1e-12)
        assert found.stderr[at] == pytest.approx(math.sqrt(0.75 * 0.25 / 8), rel=1e-12)


def test_others_have_the_files_error_in_the_unit_of_the_score(scores):
    found = file_limits(scores, 0.9)
    for at, value in ((2, 0.77), (3, 0.75), (4, 12.0), (5, 0.5)):
        assert (found.low[at], found.high[at]) == pytest.approx(sps.norm(value, 0.1).interval(0.9), rel=1e-12)
        assert found.stderr[at] == pytest.approx(0.1)


def test_without_either_there_are_none(scores):
    found = file_limits(scores, 0.9)
    assert all(math.isnan(one[at]) for at in (6, 7) for one in found[:3])
