"""Items of one file in the form they are kept: one number says which series a row belongs to, every text once."""

from __future__ import annotations

import hashlib
import math
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mergekit_eval.readers._base import ITEM_COLUMNS

LABELS = ("model_name", "task_name", "metric", "filter")
# Texts with more characters than this are kept as their digest, where a column has more on average.
LONGEST = 1000
EMPTY = {"filter": "none"}
CODED = pa.dictionary(pa.int32(), pa.string())
KEPT = {"series": pa.int32()} | {
    name: CODED if kind == pa.string() else kind for name, kind in ITEM_COLUMNS.items() if name not in LABELS
}
SCHEMA = pa.schema(KEPT)

Label = tuple[str, ...]


def compact(items: pa.Table | pa.RecordBatch) -> tuple[pa.Table, list[list[Any]]]:
    """Return the items with a column ``series``, and what each series is.

    Returns
    -------
    table : pyarrow.Table
        Columns `KEPT`.
    series : list
        (model_name, task_name, metric, filter, count, mean of the finite values), in the order of the numbers.
    """
    columns = {name: _whole(column) for name, column in zip(items.schema.names, items.columns, strict=True)}
    codes, labels = _codes(columns, items.num_rows)
    values = np.asarray(columns["value"], np.float64)
    finite = np.isfinite(values)
    counts = np.bincount(codes, minlength=len(labels))
    if finite.all():
        sums, good = np.bincount(codes, values, len(labels)), counts
    else:
        sums = np.bincount(codes, np.where(finite, values, 0.0), len(labels))
        good = np.bincount(codes, finite, len(labels))
    means = [float(s / g) if g else math.nan for s, g in zip(sums, good, strict=True)]
    series = [[*label, int(n), mean] for label, n, mean in zip(labels, counts, means, strict=True)]
    columns["series"] = pa.array(codes.astype(np.int32))
    return pa.table([_column(columns, name, items.num_rows) for name in KEPT], schema=SCHEMA), series


def _codes(columns: dict[str, pa.Array], count: int) -> tuple[np.ndarray, list[Label]]:
    """Return the series of each row, and the labels of each series."""
    flat = np.zeros(count, np.int64)
    words: list[list[str]] = []
    for name in LABELS:
        empty = EMPTY.get(name, "")
        if name not in columns:
            words.append([empty])
            continue
        coded = _coded(columns[name])
        known = coded.dictionary.to_pylist()
        words.append([empty if word is None else word for word in known] or [empty])
        if len(known) > 1:
            numbers = coded.indices.fill_null(0) if coded.null_count else coded.indices
            flat = flat * len(known) + np.asarray(numbers)
    size = math.prod(map(len, words))
    every = list(product(*words)) if size < 10_000 else []
    if 0 < len(every) <= count and np.bincount(flat, minlength=len(every)).all():
        return flat, every
    codes, unique = pd.factorize(flat)
    return codes, [every[code] for code in unique] if every else _named(unique, words)


def _named(unique: np.ndarray, words: list[list[str]]) -> list[Label]:
    places = np.unravel_index(unique, tuple(map(len, words)))
    return [tuple(known[i] for known, i in zip(words, place, strict=True)) for place in zip(*places, strict=True)]


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _coded(column: pa.Array) -> pa.DictionaryArray:
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def _column(columns: dict[str, pa.Array], name: str, count: int) -> pa.Array:
    kind = KEPT[name]
    if name not in columns:
        zeros = np.zeros(count, np.int32)
        return pa.DictionaryArray.from_arrays(zeros, [""]) if kind == CODED else pa.array(zeros).cast(kind)
    column = columns[name]
    if kind == CODED:
        return _short(_coded(column))
    return column if column.type == kind else column.cast(kind)


def _short(column: pa.DictionaryArray) -> pa.DictionaryArray:
    """Return a column of text without texts that are too long to be written out once per item."""
    if column.dictionary.nbytes <= LONGEST:
        return column
    sizes = np.asarray(pc.binary_length(column.dictionary))
    if sizes.max(initial=0) <= LONGEST or sizes[column.indices.drop_null()].sum() <= LONGEST * (len(column) + LONGEST):
        return column
    texts = [_digest(text) if len(text) > LONGEST else text for text in column.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(column.indices, pa.array(texts, pa.string()))


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
