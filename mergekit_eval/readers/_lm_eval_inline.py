"""Items inside a results file: ``samples`` as the Python API returns them, ``details`` of forks of the old harness."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pyarrow as pa

from mergekit_eval.readers._base import Problem, ScoreRow, item_table, problem, truth
from mergekit_eval.readers._lm_eval_columns import HASH, IDS, SHOWN, TEXT, Column, doc_hash
from mergekit_eval.readers._lm_eval_groups import Document, mapping
from mergekit_eval.readers._lm_eval_items import item_columns
from mergekit_eval.readers._lm_eval_passes import NO_FILTER
from mergekit_eval.readers._lm_eval_rows import Chunk, RowForm
from mergekit_eval.registry import Registry


def from_samples(
    document: Document, scores: list[ScoreRow], registry: Registry
) -> tuple[pa.Table | None, list[Problem]]:
    """Return the items of the block ``samples`` (task -> rows), and what was odd about them.

    ``line`` counts the rows of all tasks together, see `rows_inside`.
    """
    tables, problems = [], []
    every = list(enumerate(rows_inside(document)))
    for task, rows in mapping(document, "samples").items():
        mine, every = (every[: len(rows)], every[len(rows) :]) if isinstance(rows, list) else ([], every)
        good = [(line, row) for line, row in mine if isinstance(row, dict) and "doc_id" in row]
        if len(good) < len(mine) or not good:
            problems.append(problem("broken", f"samples.{task}: {len(mine) - len(good)} rows are none, of {len(mine)}"))
        if not good:
            continue
        table, notes, _ = item_columns(_columns(*zip(*good, strict=True)), registry)
        problems += notes
        if table is not None:
            tables.append(_named(table, str(task), scores))
    return (pa.Table.from_batches(tables) if tables else None), problems


def rows_inside(document: Document) -> list[Any]:
    """Return the rows of the block ``samples``, task after task."""
    return [row for rows in mapping(document, "samples").values() if isinstance(rows, list) for row in rows]


def _columns(lines: tuple[int, ...], rows: tuple[Document, ...]) -> Column:
    metrics = list(dict.fromkeys(key for row in rows for key in row if key not in (*TEXT, *IDS, "metrics")))
    hashed = "doc_hash" in rows[0]
    keys = [*IDS, HASH, *([] if hashed else ["doc"]), *metrics]
    made = Column(keys, metrics, hashed, [] if hashed else ["doc"], [], "")
    form = RowForm(keys, ["metrics", *SHOWN], strict=False)
    made.add(Chunk(np.array(lines, np.int64), [form.from_dict(row) for row in rows], []), None)
    return made


def _named(table: pa.RecordBatch, task: str, scores: list[ScoreRow]) -> pa.RecordBatch:
    """Return the items with their task, and with the names of filters that rows of 0.4.3-0.4.6 do not carry."""
    filters: dict[str, list[str]] = defaultdict(list)
    for row in scores:
        if row["task_name"] == task:
            filters[row["metric"]].append(row["filter"])
    labels = []
    for metric, label in zip(table["metric"].to_pylist(), table["filter"].to_pylist(), strict=True):
        number = int(label[1:] or 0) if label.startswith(NO_FILTER) else -1
        labels.append(filters[metric][number] if 0 <= number < len(filters[metric]) else label)
    place = table.schema.get_field_index("filter")
    table = table.set_column(place, "filter", pa.array(labels).dictionary_encode())
    return table.append_column("task_name", pa.array([task] * table.num_rows).dictionary_encode())


def is_details(key: str, value: Any) -> bool:
    """Whether a key of a metric block holds the items, as forks of the old harness write them."""
    return key == "details" and isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)


def from_details(blocks: list[tuple[str, ScoreRow, Document]]) -> pa.Table | None:
    """Return the items of (task, score row, metric block with ``details``)."""
    columns: dict[str, list[Any]] = {
        name: [] for name in ("task_name", "metric", "filter", "item_key", "doc_id", "value", "line")
    }
    for task, row, block in blocks:
        for place, item in enumerate(block["details"]):
            if (value := truth(item.get(row["metric"]))) is None:
                continue
            asked = {key: item[key] for key in ("question", "doc", "query") if key in item}
            key = doc_hash(asked) if asked else f"id:{place}"
            cells = (task, row["metric"], row["filter"], key, str(place), value, place)
            for name, cell in zip(columns, cells, strict=True):
                columns[name].append(cell)
    return item_table(columns) if columns["value"] else None
