"""Which rows of a samples file count: repeated runs, filters without a name, equal items."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from mergekit_eval.readers._base import Problem, problem

NO_FILTER = "?"


def _codes(column: pa.DictionaryArray) -> np.ndarray:
    return np.asarray(column.indices).astype(np.int64)


def passes(base: dict[str, pa.Array]) -> tuple[np.ndarray, np.ndarray, list[Problem]]:
    """Return which rows to keep, the block of each row where filters have no name, and what was found.

    A (filter, doc_id) seen again is a second run appended to the file, or, where rows carry no filter, the next filter.
    """
    ids = base["doc_id"]
    keep = np.ones(len(ids), bool)
    if len(ids.dictionary) == len(ids):
        return keep, np.zeros(len(ids), np.int64), []
    filters = _codes(base["filter"])
    number = nth(filters * len(ids.dictionary) + _codes(ids))
    unnamed = filters == _index(base["filter"].dictionary, NO_FILTER)
    named_again = number[~unnamed]
    if not named_again.any():
        return keep, np.where(unnamed, number, 0), []
    last = int(named_again.max())
    sizes = [int(((number == i) & ~unnamed).sum()) for i in range(last + 1)]
    chosen = max(i for i, size in enumerate(sizes) if size == max(sizes))
    keep = unnamed | (number == chosen)
    text = f"{last + 1} runs in one file ({sizes} rows); kept is number {chosen + 1}, the last complete one"
    return keep, np.where(unnamed, number, 0), [problem("repeated", text, "give every run its own folder")]


def _index(dictionary: pa.Array, value: str) -> int:
    return dictionary.to_pylist().index(value) if value in dictionary.to_pylist() else -1


def nth(codes: np.ndarray) -> np.ndarray:
    """Return for each element how many equal elements stand before it."""
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.r_[starts, len(codes)])
    result = np.empty(len(codes), np.int64)
    result[order] = np.arange(len(codes)) - np.repeat(starts, sizes)
    return result


def occurrences(base: dict[str, pa.Array], blocks: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Return how many kept rows of the same key, filter and block stand before each row."""
    keys = base["key"]
    number = np.zeros(len(keep), np.int32)
    if len(keys.dictionary) < len(keys):
        groups = _codes(base["filter"]) * (int(blocks.max()) + 1) + blocks
        number[keep] = nth((_codes(keys) * (int(groups.max()) + 1) + groups)[keep])
    return number


def with_blocks(filters: pa.DictionaryArray, blocks: np.ndarray) -> pa.DictionaryArray:
    """Return the filters, those without a name numbered by their block where there are several."""
    if not blocks.any():
        return filters
    pairs = zip(filters.to_pylist(), blocks, strict=True)
    return pa.array([f"{NO_FILTER}{i}" if f == NO_FILTER else f for f, i in pairs]).dictionary_encode()
