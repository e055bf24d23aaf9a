import numpy as np
import pandas as pd
import pytest

from mergekit_eval.show.values import is_number, printed


@pytest.mark.parametrize("value", [None, float("nan"), np.float64("nan"), pd.NA, pd.NaT])
def test_a_missing_value_is_a_dash(value):
    assert printed(value) == printed(value, 3) == "—"


@pytest.mark.parametrize(
    ("value", "short", "three"),
    [
        (0.12345, "0.1235", "0.123"),
        (1234.56, "1,235", "1,234.560"),
        (-2.0, "-2", "-2.000"),
        (0.0, "0", "0.000"),
        (0.0000123, "1.2e-05", "1.2e-05"),
        (2.5e7, "2.5e+07", "2.5e+07"),
        (float("inf"), "∞", "∞"),
        (float("-inf"), "-∞", "-∞"),
        (1234, "1,234", "1,234"),
        (np.int64(1234), "1,234", "1,234"),
    ],
)
def test_numbers(value, short, three):
    assert (printed(value), printed(value, 3)) == (short, three)


def test_flags_names_and_texts():
    assert [printed(value) for value in (True, False, ("a", "b"), [], "x\ny", "")] == [
        "yes",
        "no",
        "a, b",
        "",
        "x\ny",
        "",
    ]


def test_a_flag_is_no_number():
    assert [is_number(value) for value in (1, 0.5, np.float64(1), True, None, "1")] == [True, True, True] + [False] * 3
