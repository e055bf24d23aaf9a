"""What a merge lost outside of what its parents were trained for, held against the base."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.bands import LOST
from mergekit_eval.compare.domains import held_out
from mergekit_eval.compare.engine import OVERALL, TASK, average, of_known_error
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.merge_context import MergeContext, View
from mergekit_eval.compare.testing import corrected, decide, with_names, worded
from mergekit_eval.rows import MergeRow, by_value, merge_rows, records
from mergekit_eval.schema import require
from mergekit_eval.shares import shares_checked
from mergekit_eval.thresholds import thresholds


@tables.makes("forgetting")
@shares_checked
def forgetting_table(context: MergeContext, differences: pd.DataFrame, *, alpha: float = 0.05) -> pd.DataFrame:
    """Return every merge against its base on the tasks outside of its parents' domains.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`, with domains.
    differences : DataFrame
        From `differences` of the same collection.
    alpha : float
        Family-wise error rate (Holm), over the tasks of the table and again over its averages.

    Returns
    -------
    DataFrame
        Table `forgetting`. A task is outside where its capability is none of the parents' domains, or where it is one
        of MergeBench's held-out tasks (named in ``held_out``); where a parent's domain is unknown only the latter
        count. Level overall is the average over the benchmarks of a merge's outside tasks, bounded scores only.
        ``forgotten`` is "may indicate forgetting" where the loss is surely there and at least as large as the limit
        of `thresholds.yaml` (five points), '' otherwise. Tasks without a capability are left out and named.
    """
    require(differences, ("merge", "reference", "relation", "task", "gain", "p"), "forgetting_table")
    by_merge = by_value(differences, "merge")
    rows = [row for merge in merge_rows(context.merges) for row in _merge(context, merge, by_merge[merge.merge])]
    out = worded(pd.DataFrame(rows, columns=tables.columns("forgetting")), held_out="", capability="", scale="unit")
    out = decide(out, corrected(out, families=["level"]), alpha)
    limit = -thresholds()["forgetting"]
    large = out["decided"].eq("worse") & pd.to_numeric(out["gain"]).le(limit) & out["scale"].eq("unit")
    return with_names(out.assign(forgotten=np.where(large, LOST, "")), "forgotten_tasks", large)


def _merge(context: MergeContext, merge: MergeRow, differences: pd.DataFrame) -> list[dict[str, Any]]:
    silent = {"level": OVERALL, "merge": merge.merge, "reference": merge.base or "", "task": OVERALL}
    unknown = [name for name in merge.parents if not context.domains.get(name)]
    home = frozenset().union(*(context.domains.get(name, frozenset()) for name in merge.parents))
    if not merge.base or merge.base not in context.rows or merge.merge not in context.rows:
        return [silent | {"note": context.doubts(merge)}]
    doubt = f"domain unknown of {', '.join(unknown)}: only MergeBench's held-out tasks count" if unknown else ""
    doubt = doubt or ("no parent is known: only MergeBench's held-out tasks count" if not merge.parents else "")
    views = [view for view in context.of(merge.merge) if view.base is not None]
    outside = [view for view in views if _is_outside(view, home, not doubt)]
    if not outside:
        return [silent | {"note": text_note(doubt, "no task outside of the parents' domains shared with the base")}]
    to_base = differences[differences["reference"] == merge.base]
    known = {row["task"]: row for row in records(to_base.drop_duplicates("task"))}
    rows = [_task(view, known.get(view.task, {})) for view in outside]
    averaged = {row["task"]: row for row in records(of_known_error(to_base))}
    usable = [averaged[view.task] for view in outside if view.task in averaged]
    nameless = [view.task for view in views if not view.capability and view not in outside]
    left = f"capability unknown, left out: {', '.join(nameless)}" if nameless else ""
    return [*rows, _average(usable, outside, silent, context, text_note(doubt, left))]


def _is_outside(view: View, home: frozenset[str], known: bool) -> bool:
    if held_out(view.task) and not view.specialists:
        return True
    return known and bool(view.capability) and view.capability not in home


def _task(view: View, row: dict[str, Any]) -> dict[str, Any]:
    wanted = ("merge_value", "reference_value", "gain", "gain_low", "gain_high", "stderr", "p", "n", "mde", "note")
    numbers = {name: row.get(name) for name in wanted}
    about = {"level": TASK, "merge": view.merge, "reference": view.block.models[view.base or 0], "task": view.task}
    about |= {"capability": view.capability, "held_out": held_out(view.task), "scale": view.scale}
    return about | numbers | {"n_tasks": 1}


def _average(
    usable: list[dict[str, Any]], outside: list[View], head: dict[str, Any], context: MergeContext, note: str
) -> dict[str, Any]:
    shares = [view.task for view in outside if view.scale == "unit"]
    if not usable:
        why = "no known error" if shares else "unbounded scores only"
        return head | {"note": text_note(note, f"no average: {why}"), "n_tasks": 0}
    counted = context.votes.shares([row["task"] for row in usable])
    mean = average(usable, context.level, counted, context.evidence)
    absent = [name for name in shares if name not in mean["tasks"]]
    left = f"without {', '.join(absent)}: no known error" if absent else ""
    return head | mean | {"note": text_note(note, left, mean["note"])}
