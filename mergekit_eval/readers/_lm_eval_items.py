"""From the columns of a samples file to an items table: one metric after the other, list and pair metrics included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mergekit_eval.readers._base import Problem, problem
from mergekit_eval.readers._lm_eval_columns import Column, numbered
from mergekit_eval.readers._lm_eval_layout import Layout, joined
from mergekit_eval.readers._lm_eval_passes import nth
from mergekit_eval.readers._lm_eval_signs import Answers
from mergekit_eval.readers._lm_eval_values import metric_values
from mergekit_eval.registry import Registry


def item_columns(columns: Column, registry: Registry) -> tuple[pa.RecordBatch | None, list[Problem], dict[str, Any]]:
    """Return the items, what was remarkable, and the facts `collect` needs to name filters without a name."""
    if not columns.parts:
        return None, [problem("incomplete", "no row could be read")], {}
    layout = joined(columns.parts)
    rows = layout.rows
    problems = list(rows.problems)
    series = []
    for metric in columns.metrics:
        if not columns.said or metric in columns.named:
            found, notes = _series(metric, columns.values[metric], rows.keep, registry)
            problems += notes
            series += [found] if len(found.rows) else []
    facts = {"blocks": rows.blocks, "rows": int(rows.keep.sum())}
    return _table(series, layout, columns.answers) if series else None, problems, facts


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


def _table(series: list[_Series], layout: Layout, answers: Answers) -> pa.RecordBatch:
    """Return the items of all metrics, one metric after the other; texts are written once."""
    sizes = [len(one.rows) for one in series]
    metrics = np.repeat(np.arange(len(series), dtype=np.int32), sizes)
    rows = np.concatenate([one.rows for one in series])
    whole = set(sizes) == {len(layout)} and not any(one.each for one in series)
    taken = layout.repeated(len(series)) if whole else layout.at(rows)
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
            "signs": answers.signs(np.asarray(layout.columns["filter"].indices))[rows],
            "prompt": taken["prompt"],
        }
    )
