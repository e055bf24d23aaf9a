"""Items of one file in the form they are kept: one number says which series a row belongs to, no text twice."""

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
KEPT = pa.schema([("series", pa.int32()), *((name, kind) for name, kind in ITEM_COLUMNS.items() if name not in LABELS)])


def compact(items: pa.Table) -> tuple[pa.Table, list[list[Any]]]:
    """Return the items with a column ``series``, and what each series is.

    Returns
    -------
    table : pyarrow.Table
        Columns `KEPT`.
    series : list
        (model_name, task_name, metric, filter, count, mean of the finite values), in the order of the numbers.
    """
    codes, labels = _codes(items)
    values = np.asarray(items["value"].combine_chunks(), np.float64)
    finite = np.isfinite(values)
    counts = np.bincount(codes, minlength=len(labels))
    sums = np.bincount(codes, np.where(finite, values, 0.0), len(labels))
    good = np.bincount(codes, finite, len(labels))
    means = [float(s / g) if g else math.nan for s, g in zip(sums, good, strict=True)]
    series = [[*label, int(n), mean] for label, n, mean in zip(labels, counts, means, strict=True)]
    return pa.table([_column(items, field, codes) for field in KEPT], schema=KEPT), series


def _codes(items: pa.Table) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """Return the series of each row, and the labels of each series."""
    flat = np.zeros(items.num_rows, np.int64)
    found: list[list[str]] = []
    for name in LABELS:
        words, numbers = _labels(items, name)
        found.append(words)
        if len(words) > 1:
            flat = flat * len(words) + numbers
    size = math.prod(map(len, found))
    every = list(product(*found)) if size < 10_000 else []
    if 0 < len(every) <= items.num_rows and np.bincount(flat, minlength=len(every)).all():
        return flat, every
    codes, unique = pd.factorize(flat)
    return codes, [every[code] for code in unique] if every else _named(unique, found)


def _labels(items: pa.Table, name: str) -> tuple[list[str], np.ndarray]:
    empty = EMPTY.get(name, "")
    if name not in items.column_names:
        return [empty], np.zeros(0, np.int64)
    column = items[name].combine_chunks()
    column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    words = [empty if word is None else word for word in column.dictionary.to_pylist()] or [empty]
    indices = column.indices if not column.indices.null_count else column.indices.fill_null(0)
    return words, np.asarray(indices).astype(np.int64)


def _named(unique: np.ndarray, found: list[list[str]]) -> list[tuple[str, ...]]:
    places = np.unravel_index(unique, tuple(len(words) for words in found))
    return [tuple(words[i] for words, i in zip(found, place, strict=True)) for place in zip(*places, strict=True)]


def _column(items: pa.Table, field: pa.Field, codes: np.ndarray) -> pa.Array | pa.ChunkedArray:
    if field.name == "series":
        return pa.array(codes.astype(np.int32))
    if field.name in items.column_names:
        column = items[field.name].combine_chunks()
        column = _short(column) if pa.types.is_string(field.type) else column
        if pa.types.is_dictionary(column.type) and len(column.dictionary) == 1 and not column.null_count:
            return pa.repeat(column.dictionary[0], items.num_rows)
        return column if column.type == field.type else column.cast(field.type)
    if pa.types.is_string(field.type):
        return pa.repeat(pa.scalar("", field.type), items.num_rows)
    return pa.array(np.zeros(items.num_rows), field.type)


def _short(column: pa.Array) -> pa.Array:
    """Return a column of text without texts that are too long to be kept once per item."""
    if pa.types.is_dictionary(column.type):
        longest = pc.max(pc.binary_length(column.dictionary)).as_py() or 0
        words = _digests(column.dictionary) if longest > LONGEST else column.dictionary
        return pa.DictionaryArray.from_arrays(column.indices, words)
    return _digests(column) if column.nbytes > LONGEST * (len(column) + LONGEST) else column


def _digests(column: pa.Array) -> pa.Array:
    texts = (_digest(text) if text and len(text) > LONGEST else text for text in column.to_pylist())
    return pa.array(texts, column.type)


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
