"""Items in the form they are kept; texts that would take too much once per item are kept as their digest."""

import hashlib

import numpy as np
import pyarrow as pa
import pytest

from mergekit_eval.collect.item_encoding import compact

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
