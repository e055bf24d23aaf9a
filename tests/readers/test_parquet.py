"""Parquet files are read row by row, and those that hold far more than their bytes are not."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mergekit_eval.readers._limits import OverLimit
from mergekit_eval.readers._parquet import column_names, parquet_rows

ROWS = [
    {"text": "a", "number": 1, "doc": {"query": "q", "ids": [1, 2]}, "words": ["x", "y"], "more": [("k", "v")]},
    {"text": None, "number": 2, "doc": None, "words": [], "more": None},
    {"text": "a", "number": 3, "doc": {"query": "r", "ids": None}, "words": None, "more": []},
]
SCHEMA = pa.schema(
    {
        "text": pa.string(),
        "number": pa.int64(),
        "doc": pa.struct({"query": pa.string(), "ids": pa.list_(pa.int64())}),
        "words": pa.list_(pa.string()),
        "more": pa.map_(pa.string(), pa.string()),
    }
)


@pytest.fixture
def made(tmp_path):
    def write(table, **how):
        path = tmp_path / "x.parquet"
        pq.write_table(table, path, compression="zstd", **how)
        return path

    return write


def same(text, rows):
    return pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), pa.array([text]))


@pytest.mark.parametrize("stored", [True, False])
def test_rows_are_those_that_were_written(made, stored):
    path = made(pa.Table.from_pylist(ROWS, SCHEMA), store_schema=stored)
    assert column_names(path) == ["text", "number", "doc", "words", "more"]
    assert list(parquet_rows(path)) == list(enumerate(ROWS))
    assert list(parquet_rows(path, ("number", "absent"))) == [(i, {"number": i + 1}) for i in range(3)]


def test_categories_and_large_texts_are_plain_values(made):
    categories = pa.array(["u", "v", "u"]).dictionary_encode()
    table = pa.table({"c": categories, "large": pa.array(["a", "b", "c"], pa.large_string())})
    rows = [row for _, row in parquet_rows(made(table))]
    assert rows == [{"c": "u", "large": "a"}, {"c": "v", "large": "b"}, {"c": "u", "large": "c"}]


def test_rows_with_long_texts_come_a_few_at_a_time_and_whole(made, monkeypatch):
    monkeypatch.setenv("MERGEKIT_EVAL_FILE_MB", "2")
    texts = [f"{i:02d}" * 50_000 for i in range(50)]
    assert [row["t"] for _, row in parquet_rows(made(pa.table({"t": texts})))] == texts


@pytest.mark.parametrize("nested", [False, True])
def test_one_long_text_in_a_dictionary_is_counted_as_often_as_it_stands_there(made, monkeypatch, nested):
    monkeypatch.setenv("MERGEKIT_EVAL_FILE_MB", "64")
    text = same("x" * 2_000_000, 1000)
    column = pa.StructArray.from_arrays([text], ["query"]) if nested else text
    path = made(pa.table({"doc": column}), store_schema=False)
    assert path.stat().st_size < 20_000
    with pytest.raises(OverLimit, match=r"1,9\d\d MB in all"):  # 1000 times two million characters
        list(parquet_rows(path))


def test_many_rows_in_few_bytes_are_not_read(made, monkeypatch):
    monkeypatch.setenv("MERGEKIT_EVAL_FILE_MB", "64")
    path = made(pa.table({"a": same("x", 1_000_000), "b": pa.array(np.zeros(1_000_000))}))
    assert path.stat().st_size < 100_000
    with pytest.raises(OverLimit, match="1,000,000 rows and 2,000,000 cells"):
        next(parquet_rows(path))


def test_a_row_with_a_long_list_is_not_read(made, monkeypatch):
    monkeypatch.setenv("MERGEKIT_EVAL_FILE_MB", "64")
    inner = pa.ListArray.from_arrays(pa.array([0, 2_000_000], pa.int32()), pa.array(np.zeros(2_000_000)))
    with pytest.raises(OverLimit, match="1 rows and 2,000,000 cells"):
        next(parquet_rows(made(pa.table({"a": inner}))))
