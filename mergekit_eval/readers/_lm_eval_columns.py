"""The columns of one samples file, collected chunk by chunk: keys of items, filters, clusters, raw values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from msgspec.structs import astuple
from numpy.typing import NDArray

from mergekit_eval.readers._lm_eval_answers import END
from mergekit_eval.readers._lm_eval_layout import Columns, Known, Layout
from mergekit_eval.readers._lm_eval_passes import NO_FILTER
from mergekit_eval.readers._lm_eval_rows import Chunk
from mergekit_eval.readers._lm_eval_signs import Answers

IDS = ("doc_id", "doc_hash", "filter")
SHOWN = ("resps", "filtered_resps", "arguments", END)  # what an answer is seen in, as bytes
HASH = "prompt_hash"
TEXT = ("doc", "target", *SHOWN, HASH, "target_hash")  # keys of a row that hold no score
COUNTED = 1 << 17
UNKNOWN, DIGITS = -1, 16  # the prompt of a row without its hash; the digits of a hash that count
_NONE = pa.array([""])
_known = Known()
Cells = dict[str, tuple[Any, ...]]


class OtherMetrics(Exception):
    """A row does not list the metrics that the first row lists."""


class Column:
    """Collects the columns of one samples file chunk by chunk, so that no text stays in memory."""

    def __init__(
        self, keys: list[str], metrics: list[str], hashed: bool, opened: list[str], prompts: list[str], cluster: str
    ) -> None:
        self.place = {key: f"v{i}" for i, key in enumerate(keys)}
        self.place |= {key: f"s{i}" for i, key in enumerate(("metrics", *SHOWN))}
        self.answers = Answers()
        self.metrics, self.hashed, self.opened, self.prompts, self.cluster = metrics, hashed, opened, prompts, cluster
        self.parts: list[Layout] = []
        self.values: dict[str, list[np.ndarray | list[Any]]] = {metric: [] for metric in metrics}
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
        self.parts.append(self._layout(chunk.lines, cells))
        resps, filtered, arguments, ends = (cells[key] for key in SHOWN)
        self.answers.add(resps, filtered, arguments, ends, cells["filter"])
        raws = cells["metrics"]
        for entry in dict.fromkeys(map(bytes, raws[:1] if raws.count(raws[0]) == len(raws) else raws)):
            names = _names(entry)
            if listed is not None and names != listed:
                raise OtherMetrics
            self.said |= names is not None
            self.named.update(names or ())
        for metric in self.metrics:
            self.values[metric].append(_numbers(cells[metric]))

    def _layout(self, lines: np.ndarray, cells: Cells) -> Layout:
        if self.cluster or not self.hashed:
            return Layout(self._columns(lines, cells), self.hashed)
        names = cells["doc_id"], cells["filter"], cells["doc_hash"], cells[HASH]
        layout = _known.find(lines, names)
        if layout is None:
            layout = Layout(self._columns(lines, cells), self.hashed)
            _known.keep(lines, names, layout)
        return layout

    def _columns(self, lines: np.ndarray, cells: Cells) -> Columns:
        return {
            "line": pa.array(lines),
            "doc_id": _texts(cells["doc_id"]),
            "filter": _texts(cells["filter"], NO_FILTER),
            "key": coded(self._item_keys(cells)),
            "cluster": self._clusters(cells),
            "prompt": pa.array(prompts(cells[HASH])),
        }

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
            return numbered(np.zeros(len(cells["doc_id"]), np.int32), _NONE)
        path = self.cluster.removeprefix("doc.").split(".")
        return coded([_cluster(doc, path) for doc in cells["doc"]])


def prompts(hashes: Sequence[Any]) -> NDArray[np.int64]:
    """Return a number for the prompt of each row, from lm-eval's hash of it; -1 where the file has none."""
    try:
        numbers = np.frombuffer(bytes.fromhex("".join([text[:DIGITS] for text in hashes])), dtype=">u8")
    except (TypeError, ValueError):
        numbers = np.empty(0, dtype=">u8")
    return (numbers >> 1).astype(np.int64) if len(numbers) == len(hashes) else np.full(len(hashes), UNKNOWN, np.int64)


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
        return numbered(np.zeros(count, np.int32), _strings(values[:1]))
    if (
        set(map(type, values)) == {int}
        and 0 <= first < COUNTED - count
        and values == tuple(range(first, first + count))
    ):
        words = _numerals((first + count).bit_length()).slice(first, count)
        return numbered(np.arange(count, dtype=np.int32), words)
    return coded([absent if v is None or v is msgspec.UNSET else str(v) for v in values])


@cache
def _numerals(bits: int) -> pa.Array:
    """Return the texts of 0, 1, 2, ... below 2**bits: nearly every file numbers its documents so."""
    return pa.array(range(1 << bits), pa.int64()).cast(pa.string())


def coded(texts: Sequence[str]) -> pa.DictionaryArray:
    return _strings(texts).dictionary_encode()


def numbered(numbers: np.ndarray, words: pa.Array) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(numbers, words)


def _strings(texts: Sequence[str]) -> pa.Array:
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:
        return pa.array([text.encode("utf-8", "backslashreplace").decode() for text in texts], pa.string())


def _numbers(values: tuple[Any, ...]) -> np.ndarray | list[Any]:
    """Return one float per row where that is possible at once, else the raw values."""
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return list(values)
    return array if array.ndim == 1 else list(values)
