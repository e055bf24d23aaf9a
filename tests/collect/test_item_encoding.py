"""Items in the form they are kept; texts that would take too much once per item are kept as their digest."""

import hashlib

import numpy as np
import pyarrow as pa
import pytest

from mergekit_eval.collect.item_encoding import LONGEST, compact

LONG = "x" * 2_000_000
DIGEST = f"sha256:{hashlib.sha256(LONG.encode()).hexdigest()}"


def items(**columns):
    count = len(next(iter(columns.values())))
    same = {name: [name] * count for name in ("task_name", "metric", "item_key", "doc_id")}
    return pa.table(same | {"value": [0.5] * count, "occurrence": pa.array([0] * count, pa.int32())} | columns)


def test_ordinary_texts_stay():
    keys = ["k" * 64, "prompt:" + "p" * 990, "x" * 1500]
    assert compact(items(item_key=keys))[0]["item_key"].to_pylist() == keys


@pytest.mark.parametrize("name", ["item_key", "doc_id", "cluster"])
def test_a_text_that_is_far_too_long_becomes_its_digest(name):
    table, series = compact(items(**{name: [LONG, "short", LONG]}))
    assert table[name].to_pylist() == [DIGEST, "short", DIGEST]
    assert series == [["", "task_name", "metric", "none", 3, 0.5]]


@pytest.mark.parametrize("others", [[], ["short"]])
def test_a_long_text_in_a_dictionary_is_never_written_out(others):
    column = pa.DictionaryArray.from_arrays(np.zeros(10_000, np.int32), pa.array([LONG, *others]))
    assert set(compact(items(cluster=column))[0]["cluster"].to_pylist()) == {DIGEST}


def test_a_text_is_kept_once_however_it_comes():
    coded = pa.array(["a", "b", "a"]).dictionary_encode()
    for keys in (["a", "b", "a"], coded):
        column = compact(items(item_key=keys))[0]["item_key"].combine_chunks()
        assert column.dictionary.to_pylist() == ["a", "b"]
        assert column.to_pylist() == ["a", "b", "a"]


def test_texts_of_which_few_are_long_stay_also_in_a_dictionary():
    words = ["k", "x" * (LONGEST + 1)]
    column = pa.DictionaryArray.from_arrays(np.array([0, 0, 1], np.int32), pa.array(words))
    assert compact(items(item_key=column))[0]["item_key"].to_pylist() == ["k", "k", words[1]]


def test_each_series_has_its_count_and_the_mean_of_its_finite_values():
    metric = pa.array(["acc", "f1", "acc", "f1"]).dictionary_encode()
    table, series = compact(items(metric=metric, value=[1.0, 0.25, 0.0, float("nan")]))
    assert table["series"].to_pylist() == [0, 1, 0, 1]
    assert series == [["", "task_name", "acc", "none", 2, 0.5], ["", "task_name", "f1", "none", 2, 0.25]]


def test_where_every_value_is_finite_each_series_has_the_mean_of_its_own_rows():
    metric = pa.array(["acc", "f1", "acc", "f1", "acc"]).dictionary_encode()
    series = compact(items(metric=metric, value=[1.0, 0.25, 0.0, 0.5, 0.5]))[1]
    assert series == [["", "task_name", "acc", "none", 3, 0.5], ["", "task_name", "f1", "none", 2, 0.375]]


def test_a_reader_that_names_no_filter_gives_one_series_per_metric():
    table = items(metric=pa.array(["acc", "f1"]).dictionary_encode(), value=[1.0, 0.25])
    without = table.drop_columns([name for name in ("filter", "model_name") if name in table.column_names])
    assert [entry[:4] for entry in compact(without)[1]] == [
        ["", "task_name", "acc", "none"],
        ["", "task_name", "f1", "none"],
    ]


def test_columns_that_a_reader_does_not_give_are_empty():
    table = compact(items(value=[0.5]))[0]
    assert table.select(["cluster", "occurrence", "line"]).to_pylist() == [{"cluster": "", "occurrence": 0, "line": 0}]
