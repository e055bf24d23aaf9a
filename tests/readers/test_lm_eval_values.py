"""Values of items by the rule of their metric; the wrong rule is refused and never averaged."""

import math

import msgspec
import numpy as np
import pytest

from mergekit_eval.readers._lm_eval_values import metric_values


def test_numbers_are_values_and_log_likelihoods_change_their_sign():
    parts = [np.array([1.0, 0.0]), np.array([0.5])]
    for how, expected in (("mean", [1, 0, 0.5]), ("nll", [-1, 0, -0.5])):
        rows, values, problems = metric_values("m", parts, how)
        assert (rows.tolist(), values.tolist(), problems) == ([0, 1, 2], expected, [])


def test_what_is_no_single_number_is_left_out_and_named():
    rows, values, (found,) = metric_values("bleu", [[True, ["a", "b"], msgspec.UNSET, None, "x"]], "mean")
    assert rows.tolist() == [0, 3] and values[0] == 1.0 and math.isnan(values[1])
    assert found["kind"] == "bad-value" and "1 list, 1 str, e.g. ['a', 'b']" in found["message"]
    assert metric_values("bleu", [[["a", "b"]]], "none")[2][0]["kind"] == "note"


def test_every_element_of_a_list_counts_under_its_row():
    rows, values, (found,) = metric_values("acc", [[[1, 0], [True]], [["?"]]], "each")
    assert rows.tolist() == [0, 0, 1, 2]
    assert values.tolist()[:3] == [1, 0, 1] and math.isnan(values[3])
    assert "1 values are no numbers" in found["message"]


@pytest.mark.parametrize(("how", "unit"), [("nll_ratio", 1.0), ("bits_ratio", math.log(2))])
def test_the_mean_of_the_values_of_pairs_is_the_ratio_of_their_sums(how, unit):
    pairs = [[-2.0, 1], [-3.0, 4], [-7.0, 3]]
    rows, values, (found,) = metric_values("ppl", [[*pairs, [1], msgspec.UNSET]], how)
    assert rows.tolist() == [0, 1, 2]
    assert values.mean() == pytest.approx((2 + 3 + 7) / (1 + 4 + 3) / unit)
    # The first item: r + (x - r w) / mean w with r = 12 / 8, x = 2, w = 1, mean w = 8 / 3.
    assert values[0] == pytest.approx((1.5 + (2 - 1.5) / (8 / 3)) / unit)
    assert "1 items are no pairs" in found["message"]
