import math
from types import SimpleNamespace

import pandas as pd
import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.schema import TABLES, conform, names, subset


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
    with pytest.raises(DataError, match=r"tables\.scores\.columns = 'colour'; allowed: 'run'"):
        conform([{"colour": 1}], "scores")


def test_a_value_of_the_wrong_kind_is_named():
    with pytest.raises(DataError, match=r"scores\.value: cannot hold number"):
        conform([{"value": "high"}], "scores")


def test_a_subset_has_the_scores_and_items_of_chosen_values():
    items = pd.DataFrame({"task": list("abb"), "x": [1, 2, 3]})
    both = SimpleNamespace(scores=pd.DataFrame({"task": list("aab")}), items=items)
    chosen = subset(both, "task", lambda task: task == "b")
    assert chosen.scores["task"].tolist() == ["b"]
    assert chosen.items["x"].tolist() == [2, 3]
    assert subset(both, "task", lambda task: task == "c").items.empty


def test_what_is_no_text_becomes_text_and_counts_that_are_never_missing_have_a_value():
    row = conform([{"task": 3, "value": None}], "scores").iloc[0]
    assert row.task == "3"
    item = conform([{"model": "m"}], "items").iloc[0]
    assert (item.occurrence, item.line) == (0, -1)
