"""The oracle ceiling: the score of a model that is right wherever any parent is, and what a merge reaches of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.compare.engine import OVERALL, TASK
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.items import usable
from mergekit_eval.compare.merge_context import MergeContext, View
from mergekit_eval.compare.questions import unknown_sharing
from mergekit_eval.compare.shared_units import Asked, units_of
from mergekit_eval.compare.task_matrix import covariance
from mergekit_eval.rows import merge_rows


def ceiling_table(context: MergeContext) -> pd.DataFrame:
    """Return what share of the items that any parent has right the merge has right too.

    Returns
    -------
    DataFrame
        Table `ceiling`: ``recovered`` is that share with its interval (Wilson; clustered where items share a passage
        or tasks a question), ``union`` the number of such items, ``ceiling`` = union / n the score of a merge that
        always picked a right parent, to be seen beside ``merge_value`` and ``best_parent_value`` on the same items.
    """
    rows = []
    for merge in merge_rows(context.merges):
        able = [(view, places, why) for view in context.of(merge.merge) for places, why in [usable(view)] if places]
        used = [(view, places) for view, places, _ in able]
        about = {"merge": merge.merge, "parents": ", ".join(merge.parents)}
        for view, places, why in able:
            row = about | {"level": TASK, "task": view.task, "capability": view.capability}
            rows.append(row | _ceiling([(view, places)], context.level) | {"note": why})
        if used:
            whole = {"level": OVERALL, "task": OVERALL, "capability": ""}
            rows.append(about | whole | _ceiling(used, context.level))
        else:
            why = text_note(context.doubts(merge), "no items of the merge and a parent on one task")
            rows.append(about | {"level": OVERALL, "task": OVERALL, "capability": "", "note": why})
    return tables.conform(rows, "ceiling")


def _ceiling(used: list[tuple[View, tuple[int, ...]]], level: float) -> dict[str, Any]:
    joined = []
    for view, places in used:
        values = view.block.values
        assert values is not None
        any_parent = (values[:, list(places)] > 0.5).any(axis=1)
        recovered = np.column_stack([(values[:, 0] > 0.5) & any_parent, any_parent]).astype(float)
        joined.append(Asked(recovered, view.block.questions, view.block.clusters, difference=False))
    unknown = unknown_sharing([view.task for view, _ in used], joined)
    pairs, units = np.concatenate([one.values for one in joined]), np.concatenate(units_of(joined))
    n, union = len(pairs), int(pairs[:, 1].sum())
    mean = sum(float(view.block.means[0]) * len(j.values) for (view, _), j in zip(used, joined, strict=True)) / n
    names = [[view.block.models[i] for i in places] for view, places in used]
    common = [name for name in names[0] if all(name in other for other in names)]
    totals = {name: _total(used, name) / n for name in common}
    best = max(totals, key=lambda name: totals[name]) if totals else ""
    found: dict[str, Any] = {"n": n, "n_tasks": len(used), "union": union, "ceiling": union / n, "merge_value": mean}
    found |= {"note": unknown, "best_parent": best, "best_parent_value": totals.get(best, np.nan)}
    if not union:
        return found
    if units.max() + 1 == n:
        share = stats.proportion(int(pairs[:, 0].sum()), union, level=level)
        return found | {"recovered": share.estimate, "low": share.low, "high": share.high}
    top, bottom = (float(mean) for mean in pairs.mean(axis=0))
    ratio = stats.ratio_of_averages(top, bottom, covariance(pairs, units)[0], level=level)
    return found | {"recovered": pairs[:, 0].sum() / union, "low": ratio.low, "high": ratio.high}


def _total(used: list[tuple[View, tuple[int, ...]]], name: str) -> float:
    columns = [v.block.values[:, v.block.models.index(name)] for v, _ in used if v.block.values is not None]
    return float(sum(column.sum() for column in columns))
