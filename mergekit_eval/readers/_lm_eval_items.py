"""From decoded sample rows to an items table: keys, repeated passes, filters without a name, list and pair metrics."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec.structs import astuple

from mergekit_eval.readers._base import Problem, problem
from mergekit_eval.readers._lm_eval_rows import Chunk
from mergekit_eval.readers._lm_eval_values import metric_values

NO_FILTER = "?"
COUNTED = 1 << 17
_NONE = pa.array([""])
Cells = dict[str, tuple[Any, ...]]


class OtherMetrics(Exception):
    """A row does not list the metrics that the first row lists."""


class Column:
    """Collects the columns of one samples file chunk by chunk, so that no text stays in memory."""

    def __init__(
        self, keys: list[str], metrics: list[str], hashed: bool, opened: list[str], prompts: list[str], cluster: str
    ) -> None:
        self.place = {key: f"v{i}" for i, key in enumerate(keys)} | {"metrics": "s0"}
        self.metrics, self.hashed, self.opened, self.prompts, self.cluster = metrics, hashed, opened, prompts, cluster
        self.parts: list[dict[str, pa.Array]] = []
        self.values: dict[str, list[np.ndarray | list]] = {metric: [] for metric in metrics}
        self.named: set[str] = set()
        self.said = False

    def add(self, chunk: Chunk, listed: list[str] | None) -> None:
        """Take the columns of one chunk.

        Raises
        ------
        OtherMetrics
            If a row does not list the metrics ``listed``, where these are given.
        """
        rows = chunk.rows
        if not rows:
            return
        fields = dict(zip(rows[0].__struct_fields__, zip(*map(astuple, rows), strict=True), strict=True))
        cells = {key: fields[name] for key, name in self.place.items()}
        self.parts.append(
            {
                "line": pa.array(chunk.lines),
                "doc_id": _texts(cells["doc_id"]),
                "filter": _texts(cells["filter"], NO_FILTER),
                "key": _coded(self._item_keys(cells)),
                "cluster": self._clusters(cells),
            }
        )
        raws = cells["metrics"]
        for entry in {bytes(raw) for raw in (raws[:1] if raws.count(raws[0]) == len(raws) else raws)}:
            names = _names(entry)
            if listed is not None and names != listed:
                raise OtherMetrics
            self.said |= names is not None
            self.named.update(names or ())
        for metric in self.metrics:
            self.values[metric].append(_numbers(cells[metric]))

    def _item_keys(self, cells: Cells) -> Sequence[str]:
        ids = cells["doc_id"]
        if self.hashed:
            hashes = cells["doc_hash"]
            if set(map(type, hashes)) == {str}:
                return hashes
            return [h if isinstance(h, str) else f"id:{i}" for h, i in zip(hashes, ids, strict=True)]
        if self.opened:
            return [doc_hash(doc) for doc in cells["doc"]]
        if self.prompts:
            texts = zip(*(cells[key] for key in self.prompts), strict=True)
            return ["prompt:" + doc_hash([t for t in text if t is not msgspec.UNSET]) for text in texts]
        return [f"id:{i}" for i in ids]

    def _clusters(self, cells: Cells) -> pa.DictionaryArray:
        if not self.cluster:
            return _numbered(np.zeros(len(cells["doc_id"]), np.int32), _NONE)
        path = self.cluster.removeprefix("doc.").split(".")
        return _coded([_cluster(doc, path) for doc in cells["doc"]])


def doc_hash(doc: Any) -> str:
    """Return lm-eval's own hash of a document, so that files of versions that did not write it pair with the others."""
    text = json.dumps(doc, indent=2, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _cluster(doc: Any, path: list[str]) -> str:
    for key in path:
        doc = doc.get(key) if isinstance(doc, dict) else None
    return "" if doc is None else doc_hash(doc)[:16]


def _names(raw: bytes) -> list[str] | None:
    """Return the names of metrics that a row lists, None where it lists none."""
    listed = msgspec.json.decode(raw) if raw else None
    return [str(name) for name in listed] if isinstance(listed, list) else None


def _texts(values: tuple[Any, ...], absent: str = "") -> pa.DictionaryArray:
    """Return a column as texts, each of them once; ``absent`` for what a row lacks."""
    first, count = values[0], len(values)
    if type(first) is str and values.count(first) == count:
        return _numbered(np.zeros(count, np.int32), _strings(values[:1]))
    if (
        set(map(type, values)) == {int}
        and 0 <= first < COUNTED - count
        and values == tuple(range(first, first + count))
    ):
        words = _numerals((first + count).bit_length()).slice(first, count)
        return _numbered(np.arange(count, dtype=np.int32), words)
    return _coded([absent if v is None or v is msgspec.UNSET else str(v) for v in values])


@cache
def _numerals(bits: int) -> pa.Array:
    """Return the texts of 0, 1, 2, ... below 2**bits: nearly every file numbers its documents so."""
    return pa.array(range(1 << bits), pa.int64()).cast(pa.string())


def _coded(texts: Sequence[str]) -> pa.DictionaryArray:
    return _strings(texts).dictionary_encode()


def _numbered(numbers: np.ndarray, words: pa.Array) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(numbers, words)


def _strings(texts: Sequence[str]) -> pa.Array:
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:
        return pa.array([text.encode("utf-8", "backslashreplace").decode() for text in texts], pa.string())


def _numbers(values: tuple) -> np.ndarray | list:
    """Return one float per row where that is possible at once, else the raw values."""
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return list(values)
    return array if array.ndim == 1 else list(values)


def item_columns(columns: Column, registry: Any) -> tuple[pa.RecordBatch | None, list[Problem], dict[str, Any]]:
    """Return the items, what was remarkable, and the facts `collect` needs to name filters without a name."""
    if not columns.parts:
        return None, [problem("incomplete", "no row could be read")], {}
    base = _joined(columns.parts)
    keep, blocks, problems = _passes(base)
    if columns.hashed and len(base["key"].dictionary) == 1 < len(base["doc_id"].dictionary):
        base["key"] = pc.binary_join_element_wise("id:", base["doc_id"].cast(pa.string()), "").dictionary_encode()
        problems.append(problem("note", "every item has the same doc_hash: told apart by doc_id instead"))
    occurrence = _occurrences(base, blocks, keep)
    if repeated := np.count_nonzero(occurrence):
        problems.append(problem("note", f"{repeated} items repeat another item's text; kept, numbered"))
    base |= {"occurrence": pa.array(occurrence), "filter": _with_blocks(base["filter"], blocks)}
    series = []
    for metric in columns.metrics:
        if not columns.said or metric in columns.named:
            found, notes = _series(metric, columns.values[metric], keep, registry)
            problems += notes
            series += [found] if len(found.rows) else []
    facts = {"blocks": int(blocks.max()) + 1 if len(blocks) else 0, "rows": int(keep.sum())}
    return _table(series, base) if series else None, problems, facts


def _joined(parts: list[dict[str, pa.Array]]) -> dict[str, pa.Array]:
    if len(parts) == 1:
        return dict(parts[0])
    return {name: pa.chunked_array([part[name] for part in parts]).combine_chunks() for name in parts[0]}


def _codes(column: pa.DictionaryArray) -> np.ndarray:
    return np.asarray(column.indices).astype(np.int64)


def _passes(base: dict[str, pa.Array]) -> tuple[np.ndarray, np.ndarray, list[Problem]]:
    """Return which rows to keep, the block of each row where filters have no name, and what was found.

    A (filter, doc_id) seen again is a second run appended to the file, or, where rows carry no filter, the next filter.
    """
    ids = base["doc_id"]
    keep = np.ones(len(ids), bool)
    if len(ids.dictionary) == len(ids):
        return keep, np.zeros(len(ids), np.int64), []
    filters = _codes(base["filter"])
    number = _nth(filters * len(ids.dictionary) + _codes(ids))
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


def _nth(codes: np.ndarray) -> np.ndarray:
    """Return for each element how many equal elements stand before it."""
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.r_[starts, len(codes)])
    result = np.empty(len(codes), np.int64)
    result[order] = np.arange(len(codes)) - np.repeat(starts, sizes)
    return result


def _occurrences(base: dict[str, pa.Array], blocks: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Return how many kept rows of the same key, filter and block stand before each row."""
    keys = base["key"]
    nth = np.zeros(len(keep), np.int32)
    if len(keys.dictionary) < len(keys):
        groups = _codes(base["filter"]) * (int(blocks.max()) + 1) + blocks
        nth[keep] = _nth((_codes(keys) * (int(groups.max()) + 1) + groups)[keep])
    return nth


def _with_blocks(filters: pa.DictionaryArray, blocks: np.ndarray) -> pa.DictionaryArray:
    """Return the filters, those without a name numbered by their block where there are several."""
    if not blocks.any():
        return filters
    pairs = zip(filters.to_pylist(), blocks, strict=True)
    return pa.array([f"{NO_FILTER}{i}" if f == NO_FILTER else f for f, i in pairs]).dictionary_encode()


class _Series(NamedTuple):
    """The items of one metric: the row of each, its value, and whether a row may hold several."""

    metric: str
    rows: np.ndarray
    values: np.ndarray
    each: bool


def _series(
    metric: str, parts: Sequence[np.ndarray | list[Any]], keep: np.ndarray, registry: Any
) -> tuple[_Series, list[Problem]]:
    how = registry.lookup("lm-eval", "", metric).items
    rows, values, problems = metric_values(metric, parts, how)
    if not keep.all():
        kept = keep[rows]
        rows, values = rows[kept], values[kept]
    if bad := int((~np.isfinite(values)).sum()):
        problems.append(problem("not-finite", f"{metric}: {bad} of {len(values)} items are NaN or infinite; kept"))
    return _Series(metric, rows, values, how == "each"), problems


def _table(series: list[_Series], base: dict[str, pa.Array]) -> pa.RecordBatch:
    """Return the items of all metrics, one metric after the other; texts are written once."""
    sizes = [len(one.rows) for one in series]
    rows = np.concatenate([one.rows for one in series])
    metrics = np.repeat(np.arange(len(series), dtype=np.int32), sizes)
    taken = {name: _taken(column, rows) for name, column in base.items()}
    key, cluster = taken["key"], taken["cluster"]
    if any(one.each for one in series):
        each = pa.array(np.repeat([one.each for one in series], sizes))
        number = np.concatenate([_nth(one.rows) for one in series])
        text = key.cast(pa.string())
        cluster = pc.if_else(each, text, cluster.cast(pa.string())).dictionary_encode()
        numbered = pc.binary_join_element_wise(text, pa.array(number).cast(pa.string()), "#")
        key = pc.if_else(each, numbered, text).dictionary_encode()
    return pa.record_batch(
        {
            "metric": _numbered(metrics, pa.array([one.metric for one in series])),
            "filter": taken["filter"],
            "item_key": key,
            "occurrence": taken["occurrence"],
            "doc_id": taken["doc_id"],
            "value": np.concatenate([one.values for one in series]),
            "cluster": cluster,
            "line": taken["line"],
        }
    )


def _taken(column: pa.Array, rows: np.ndarray) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        return _numbered(np.asarray(column.indices)[rows], column.dictionary)
    return pa.array(np.asarray(column)[rows])
