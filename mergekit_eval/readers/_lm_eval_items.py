"""From decoded sample rows to an items table: keys, repeated passes, filters without a name, list and pair metrics."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mergekit_eval.readers._base import problem
from mergekit_eval.readers._lm_eval_rows import Chunk
from mergekit_eval.readers._lm_eval_values import metric_values

NO_FILTER = "?"
COUNTED = 1 << 17


class OtherMetrics(Exception):
    """A row does not list the metrics that the first row lists."""


class Column:
    """Collects the columns of one samples file chunk by chunk, so that no text stays in memory."""

    def __init__(
        self, keys: list[str], metrics: list[str], hashed: bool, opened: list[str], prompts: list[str], cluster: str
    ) -> None:
        self.place = {key: f"v{i}" for i, key in enumerate(keys)} | {"metrics": "s0"}
        self.every = attrgetter(*self.place.values())
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
        cells = dict(zip(self.place, zip(*map(self.every, rows), strict=True), strict=True))
        self.parts.append(
            {
                "line": pa.array(np.fromiter(chunk.lines, np.int64, len(rows))),
                "doc_id": _texts(cells["doc_id"]),
                "filter": _filters(cells["filter"]),
                "key": self._item_keys(cells),
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

    def _item_keys(self, cells: dict[str, tuple]) -> pa.Array:
        ids = cells["doc_id"]
        if self.hashed:
            hashes = cells["doc_hash"]
            if set(map(type, hashes)) == {str}:
                return _strings(hashes)
            return _strings([h if isinstance(h, str) else f"id:{i}" for h, i in zip(hashes, ids, strict=True)])
        if self.opened:
            return pa.array([doc_hash(doc) for doc in cells["doc"]])
        if self.prompts:
            texts = zip(*(cells[key] for key in self.prompts), strict=True)
            return pa.array(["prompt:" + doc_hash([t for t in text if t is not msgspec.UNSET]) for text in texts])
        return _strings([f"id:{i}" for i in ids])

    def _clusters(self, cells: dict[str, tuple]) -> pa.Array:
        if not self.cluster:
            return pa.DictionaryArray.from_arrays(np.zeros(len(cells["doc_id"]), np.int32), [""])
        path = self.cluster.removeprefix("doc.").split(".")
        return pa.array([_cluster(doc, path) for doc in cells["doc"]]).dictionary_encode()


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


def _texts(values: tuple, absent: str = "") -> pa.Array:
    kinds = set(map(type, values))
    if kinds == {str}:
        return _strings(values)
    if kinds == {int} and max(values) < 2**63 and min(values) >= -(2**63):
        first, last = values[0], values[-1]
        if 0 <= first <= last < COUNTED and values == tuple(range(first, last + 1)):
            return _numerals(last.bit_length()).slice(first, len(values))
        return pa.array(values, pa.int64()).cast(pa.string())
    return _strings([absent if v is None or v is msgspec.UNSET else str(v) for v in values])


@cache
def _numerals(bits: int) -> pa.Array:
    """Return the texts of 0, 1, 2, ... below 2**bits: nearly every file numbers its documents so."""
    return pa.array(range(1 << bits), pa.int64()).cast(pa.string())


def _filters(values: tuple) -> pa.DictionaryArray:
    if type(values[0]) is str and values.count(values[0]) == len(values):
        return pa.DictionaryArray.from_arrays(np.zeros(len(values), np.int32), _strings(values[:1]))
    return _texts(values, NO_FILTER).dictionary_encode()


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


def item_columns(columns: Column, registry: Any) -> tuple[pa.Table | None, list[dict], dict]:
    """Return the items, what was remarkable, and the facts `collect` needs to name filters without a name."""
    if not columns.parts:
        return None, [problem("incomplete", "no row could be read")], {}
    base = _joined(columns.parts)
    problems = []
    if _plain(base):
        zeros = np.zeros(len(base["key"]), np.int64)
        keep, blocks, occurrence = zeros == 0, zeros, zeros.astype(np.int32)
    else:
        keep, blocks, problems = _passes(base)
        if columns.hashed and _says_nothing(base):
            base["key"] = pc.binary_join_element_wise("id:", base["doc_id"], "")
            problems.append(problem("note", "every item has the same doc_hash: told apart by doc_id instead"))
        occurrence, repeated = _occurrences(base["key"], base["filter"], blocks, keep)
        if repeated:
            problems.append(problem("note", f"{repeated} items repeat another item's text; kept, numbered"))
    wanted = [m for m in columns.metrics if not columns.said or m in columns.named]
    tables = []
    for metric in wanted:
        table, notes = _metric(metric, columns.values[metric], base, keep, blocks, occurrence, registry)
        problems += notes
        tables += [table] if table is not None else []
    facts = {"blocks": int(blocks.max()) + 1 if len(blocks) else 0, "rows": int(keep.sum())}
    table = pa.concat_tables(tables).unify_dictionaries().combine_chunks() if tables else None
    return table, problems, facts


def _joined(parts: list[dict[str, pa.Array]]) -> dict[str, pa.Array]:
    if len(parts) == 1:
        return parts[0]
    base = {name: pa.chunked_array([part[name] for part in parts]) for name in parts[0]}
    return {name: column.unify_dictionaries().combine_chunks() for name, column in base.items()}


def _plain(base: dict[str, pa.Array]) -> bool:
    """Whether nothing in the file occurs twice: one filter, every number and every key once. Most files are so."""
    count = len(base["key"])
    single = len(base["filter"].dictionary) == 1
    return single and count == pc.count_distinct(base["doc_id"]).as_py() == pc.count_distinct(base["key"]).as_py()


def _says_nothing(base: dict[str, pa.Array]) -> bool:
    """Whether documents of different numbers all have one hash, as lmms-eval writes it where it keeps no document."""
    return pc.count_distinct(base["key"]).as_py() == 1 < pc.count_distinct(base["doc_id"]).as_py()


def _passes(base: dict[str, pa.Array]) -> tuple[np.ndarray, np.ndarray, list[dict]]:
    """Return which rows to keep, the block of each row where filters have no name, and what was found.

    A (filter, doc_id) seen again is a second run appended to the file, or, where rows carry no filter, the next filter.
    """
    filters = np.asarray(base["filter"].indices)
    ids = np.asarray(base["doc_id"].dictionary_encode().indices).astype(np.int64)
    number = _nth(filters.astype(np.int64) * (ids.max() + 1) + ids)
    unnamed = filters == _index(base["filter"].dictionary, NO_FILTER)
    keep = np.ones(len(ids), bool)
    named_again = number[~unnamed]
    if not named_again.size or not named_again.max():
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


def _occurrences(keys: pa.Array, filters: pa.Array, blocks: np.ndarray, keep: np.ndarray) -> tuple[np.ndarray, int]:
    """Return how many kept rows of the same key, filter and block stand before each row, and how many repeat one."""
    codes = np.asarray(keys.dictionary_encode().indices).astype(np.int64)
    groups = np.asarray(filters.indices).astype(np.int64) * (int(blocks.max()) + 1) + blocks
    nth = np.zeros(len(keep), np.int64)
    nth[keep] = _nth((codes * (int(groups.max()) + 1) + groups)[keep])
    return nth.astype(np.int32), int((nth > 0).sum())


def _metric(
    metric: str,
    parts: Sequence[np.ndarray | list],
    base: dict[str, pa.Array],
    keep: np.ndarray,
    blocks: np.ndarray,
    occurrence: np.ndarray,
    registry: Any,
) -> tuple[pa.Table | None, list[dict]]:
    how = registry.lookup("lm-eval", "", metric).items
    rows, values, problems = metric_values(metric, parts, how)
    if not keep.all():
        kept = keep[rows]
        rows, values = rows[kept], values[kept]
    if not len(rows):
        return None, problems
    if bad := int((~np.isfinite(values)).sum()):
        problems.append(problem("not-finite", f"{metric}: {bad} of {len(values)} items are NaN or infinite; kept"))
    if len(rows) < len(occurrence) or how == "each":
        base = {name: column.take(pa.array(rows)) for name, column in base.items()}
        occurrence, blocks = occurrence[rows], blocks[rows]
    key, cluster, filters = base["key"], base["cluster"], base["filter"]
    if how == "each":
        cluster = key.dictionary_encode()
        key = pc.binary_join_element_wise(key, pa.array([str(i) for i in _nth(rows)]), "#")
    if blocks.any():
        pairs = zip(filters.to_pylist(), blocks, strict=True)
        filters = pa.array([f"{NO_FILTER}{i}" if f == NO_FILTER else f for f, i in pairs]).dictionary_encode()
    table = pa.table(
        {
            "metric": pa.DictionaryArray.from_arrays(np.zeros(len(rows), np.int32), [metric]),
            "filter": filters,
            "item_key": key,
            "occurrence": occurrence,
            "doc_id": base["doc_id"],
            "value": values,
            "cluster": cluster,
            "line": base["line"],
        }
    )
    return table, problems
