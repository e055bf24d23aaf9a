"""From the columns of a samples file to an items table: one metric after the other, list and pair metrics included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mergekit_eval.readers._base import Problem, problem
from mergekit_eval.readers._lm_eval_columns import Column, numbered
from mergekit_eval.readers._lm_eval_passes import nth, occurrences, passes, with_blocks
from mergekit_eval.readers._lm_eval_values import metric_values
from mergekit_eval.registry import Registry


def item_columns(columns: Column, registry: Registry) -> tuple[pa.RecordBatch | None, list[Problem], dict[str, Any]]:
    """Return the items, what was remarkable, and the facts `collect` needs to name filters without a name."""
    if not columns.parts:
        return None, [problem("incomplete", "no row could be read")], {}
    base = _joined(columns.parts)
    base |= {name: pa.array(column) for name, column in columns.answers.columns().items()}
    keep, blocks, problems = passes(base)
    if columns.hashed and len(base["key"].dictionary) == 1 < len(base["doc_id"].dictionary):
        base["key"] = pc.binary_join_element_wise("id:", base["doc_id"].cast(pa.string()), "").dictionary_encode()
        problems.append(problem("note", "every item has the same doc_hash: told apart by doc_id instead"))
    occurrence = occurrences(base, blocks, keep)
    if repeated := np.count_nonzero(occurrence):
        problems.append(problem("note", f"{repeated} items repeat another item's text; kept, numbered"))
    base |= {"occurrence": pa.array(occurrence), "filter": with_blocks(base["filter"], blocks)}
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


class _Series(NamedTuple):
    """The items of one metric: the row of each, its value, and whether a row may hold several."""

    metric: str
    rows: np.ndarray
    values: np.ndarray
    each: bool


def _series(
    metric: str, parts: Sequence[np.ndarray | list[Any]], keep: np.ndarray, registry: Registry
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
        number = np.concatenate([nth(one.rows) for one in series])
        text = key.cast(pa.string())
        cluster = pc.if_else(each, text, cluster.cast(pa.string())).dictionary_encode()
        of_each = pc.binary_join_element_wise(text, pa.array(number).cast(pa.string()), "#")
        key = pc.if_else(each, of_each, text).dictionary_encode()
    return pa.record_batch(
        {
            "metric": numbered(metrics, pa.array([one.metric for one in series])),
            "filter": taken["filter"],
            "item_key": key,
            "occurrence": taken["occurrence"],
            "doc_id": taken["doc_id"],
            "value": np.concatenate([one.values for one in series]),
            "cluster": cluster,
            "line": taken["line"],
            "signs": taken["signs"],
            "prompt": taken["prompt"],
        }
    )


def _taken(column: pa.Array, rows: np.ndarray) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        return numbered(np.asarray(column.indices)[rows], column.dictionary)
    return pa.array(np.asarray(column)[rows])
