"""Items held as compact parts, one per file, until somebody looks at them or they are written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mergekit_eval.collect.item_encoding import CODED
from mergekit_eval.collect.link_items import Series
from mergekit_eval.collect.read_file import Record
from mergekit_eval.collect.roots import COLUMN, cut
from mergekit_eval.files import replacing
from mergekit_eval.schema import ITEMS, conform

LABELS = ("run", "model", "role", "task", "metric", "filter", "source_file")
GROUP_ROWS = 1 << 18
ARROW = {"str": pa.string(), "float64": pa.float64(), "int32": pa.int32(), "int64": pa.int64()}
CODED_SCHEMA = pa.schema((c.name, CODED if c.dtype == "str" else ARROW[c.dtype]) for c in ITEMS)
PLAIN_SCHEMA = pa.schema((c.name, ARROW[c.dtype]) for c in ITEMS)
# Text is stored once per row group where it repeats; the schema is left plain, so that every reader sees plain text.
# The keys of a row group need a dictionary of some megabytes; at the default of one they are all written out.
LAYOUT = {
    "compression": "lz4",
    "use_dictionary": [*LABELS, "item_key", "doc_id", "occurrence", "value", "cluster", "signs", "prompt"],
    "dictionary_pagesize_limit": 1 << 24,
    "write_statistics": list(LABELS),
    "store_schema": False,
}


Load = Callable[[list[Record]], list[pa.Table]]


class Part(NamedTuple):
    """The items of one file: how many count, its record, and per series its labels (None: the series is left out)."""

    size: int
    record: Record
    labels: list[tuple[str, ...] | None]


class Items:
    """All items of a collection, as parts; ``load`` gives the compact tables of some records."""

    def __init__(self, parts: list[Part], load: Load) -> None:
        self.parts, self.load = parts, load

    def frame(self) -> pd.DataFrame:
        """Return all items as one frame."""
        tables = list(self._batches())
        if not tables:
            return conform([], "items")
        return conform(pa.concat_tables(table.cast(PLAIN_SCHEMA) for table in tables).to_pandas(), "items")

    def write(self, path: Path, root: Path | None = None) -> None:
        """Write all items as parquet, a row group at a time, so that memory does not grow with their number.

        Files are named relative to ``root``.
        """
        with (
            replacing(path) as temporary,
            pq.ParquetWriter(temporary, CODED_SCHEMA, **LAYOUT) as writer,
        ):
            for table in _ahead(self._batches(root)):
                writer.write_table(table)

    def _batches(self, root: Path | None = None) -> Iterator[pa.Table]:
        waiting: list[Part] = []
        size = 0
        for part in self.parts:
            waiting.append(part)
            size += part.size
            if size >= GROUP_ROWS:
                yield _finished(waiting, self.load, root)
                waiting, size = [], 0
        if waiting:
            yield _finished(waiting, self.load, root)


def _ahead(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield the tables, each made while the one before it is used."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, tables, None)
        while (table := coming.result()) is not None:
            coming = thread.submit(next, tables, None)
            yield table


def join_items(
    records: list[Record],
    series: list[Series],
    rows: list[dict[str, Any]],
    scores: pd.DataFrame,
    load: Load,
) -> Items:
    """Return the items of every series whose score row is still there.

    Parameters
    ----------
    rows : list of dict
        What ``scores["row"]`` counts.
    load : callable
        Returns the compact tables of some records, as few as possible, in their order.
    """
    places = {id(row): place for place, row in enumerate(rows)}
    asked = [places[id(one.row)] for one in series]
    kept = scores.loc[scores["row"].isin(asked), ["row", *LABELS[:-1]]]
    labels = {row[0]: row[1:] for row in kept.itertuples(index=False, name=None)}
    wanted: dict[int, list[Series]] = defaultdict(list)
    found: dict[tuple[int, int], tuple[str, ...]] = {}
    for one, place_of_row in zip(series, asked, strict=True):
        if place_of_row in labels:
            wanted[one.record].append(one)
            found[one.record, one.series] = (*labels[place_of_row], records[one.record].shown)
    parts = []
    for number, mine in sorted(wanted.items()):
        record = records[number]
        told = [found.get((number, i)) for i in range(len(record.series))]
        parts.append(Part(sum(one.size for one in mine), record, told))
    return Items(parts, load)


def _finished(parts: list[Part], load: Load, root: Path | None) -> pa.Table:
    """Return several parts as one table with the columns of `ITEMS`."""
    labels: list[tuple[str, ...]] = []
    numbers: list[int] = []
    starts, sizes = [], []
    for part in parts:
        starts.append(len(numbers))
        sizes.append(sum(entry[4] for entry in part.record.series))
        for told in part.labels:
            numbers.append(-1 if told is None else len(labels))
            labels += [] if told is None else [told]
    table = pa.concat_tables(load([part.record for part in parts])).combine_chunks()
    code = np.array(numbers)[np.asarray(table["series"]) + np.repeat(starts, sizes)]
    if (code < 0).any():
        table, code = table.filter(pa.array(code >= 0)), code[code >= 0]
    columns = []
    for field in CODED_SCHEMA:
        if field.name in LABELS:
            texts = [label[LABELS.index(field.name)] for label in labels]
            if field.name == COLUMN["items"] and root is not None:
                texts = [cut(path, root) for path in texts]
            places, words = pd.factorize(np.array(texts, object))
            columns.append(pa.DictionaryArray.from_arrays(places.astype(np.int32)[code], pa.array(words, pa.string())))
        else:
            columns.append(table[field.name])
    return pa.table(columns, schema=CODED_SCHEMA)
