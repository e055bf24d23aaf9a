"""What a scale and a direction mean: shares of one, and higher is better."""

import math

import numpy as np
import pandas as pd
import pytest

from mergekit_eval import orientation
from mergekit_eval.schema import conform

CASES = {  # value, scale, higher is better -> score, oriented
    "a share": ((0.75, "unit", True), (0.75, 0.75)),
    "an error rate": ((0.25, "unit", False), (0.25, 0.75)),
    "a percentage": ((75.0, "percent", True), (0.75, 0.75)),
    "an error rate in percent": ((25.0, "percent", False), (0.25, 0.75)),
    "a rating": ((12.0, "natural", True), (12.0, 12.0)),
    "a perplexity": ((12.0, "natural", False), (12.0, -12.0)),
    "an unknown direction": ((50.0, "percent", None), (0.5, math.nan)),
}


@pytest.fixture(scope="module")
def scores():
    names = ["value", "scale", "higher_is_better"]
    return conform([dict(zip(names, case, strict=True)) for case, _ in CASES.values()], "scores")


def test_collected_scores_are_scaled_and_turned(scores):
    expected = np.array([made for _, made in CASES.values()])
    np.testing.assert_allclose(scores[["score", "oriented"]].to_numpy(), expected)


def test_a_frame_of_an_earlier_version_gets_the_columns(scores):
    old = scores.drop(columns=["score", "oriented"])
    pd.testing.assert_frame_equal(conform(old, "scores"), scores)


def test_a_stale_column_is_made_anew(scores):
    other = conform(scores.assign(higher_is_better=False), "scores")
    assert other["oriented"].tolist() == [0.25, 0.75, 0.25, 0.75, -12.0, -12.0, 0.5]


@pytest.mark.parametrize("kind", ["frame", "row"])
def test_a_row_is_turned_like_a_frame(scores, kind):
    rows = list(scores.astype(object).itertuples())
    found = (
        orientation.oriented(scores["score"], scores)
        if kind == "frame"
        else [float(orientation.oriented(row.score, row)) for row in rows]
    )
    np.testing.assert_allclose(found, scores["oriented"])


def test_an_unknown_direction_stays_as_it_is_where_asked(scores):
    np.testing.assert_allclose(
        orientation.directed(scores["score"], scores), [0.75, 0.75, 0.75, 0.75, 12.0, -12.0, 0.5]
    )


def test_limits_change_places_where_lower_is_better(scores):
    low, high = orientation.oriented_ends(scores["score"] - 0.125, scores["score"] + 0.125, scores)
    np.testing.assert_allclose(low, scores["oriented"] - 0.125)
    np.testing.assert_allclose(high, scores["oriented"] + 0.125)


def test_what_was_turned_can_be_turned_back(scores):
    turned = orientation.directed(scores["score"], scores)
    np.testing.assert_allclose(orientation.plain_score(turned, scores), scores["score"])
    gains = orientation.directed(scores["score"] + 0.0625, scores) - turned
    np.testing.assert_allclose(orientation.plain_difference(gains, scores), np.full(len(scores), 0.0625))


def test_the_sign_is_that_of_a_gain_when_the_score_grows(scores):
    np.testing.assert_array_equal(orientation.sign(scores), [1, -1, 1, -1, 1, -1, math.nan])
    assert orientation.known(scores).tolist() == [True] * 6 + [False]


def test_only_a_percentage_has_another_scale():
    assert [orientation.unit_of(scale) for scale in ("unit", "percent", "natural")] == ["unit", "unit", "natural"]
    assert orientation.unit_of(pd.Series(["percent", "natural"])).tolist() == ["unit", "natural"]
