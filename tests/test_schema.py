import math

import pandas as pd
import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.schema import TABLES, conform, names


@pytest.mark.parametrize("table", TABLES)
def test_every_declared_column_is_made_with_its_dtype(table):
    frame = conform([], table)
    assert list(frame) == names(table)
    assert [str(frame[c.name].dtype) for c in TABLES[table]] == [c.dtype for c in TABLES[table]]


def test_absent_values_are_missing_never_zero():
    row = conform([{"model": "m"}], "scores").iloc[0]
    assert math.isnan(row.value)
    assert row.n is pd.NA
    assert row.higher_is_better is pd.NA
    assert row.task == ""


def test_an_undeclared_column_is_an_error():
    with pytest.raises(DataError, match=r"scores: undeclared columns \['colour'\]"):
        conform([{"colour": 1}], "scores")


def test_a_value_of_the_wrong_kind_is_named():
    with pytest.raises(DataError, match=r"scores\.value: cannot hold float64"):
        conform([{"value": "high"}], "scores")
