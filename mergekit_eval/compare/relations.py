"""Each merge against base, parents, best, mean and specialist parent: per task, per capability and overall.

Rows per task take base and parents from `differences`, so that a number is the same wherever it is shown. Averages
weigh each task the same, over the tasks measured against every parent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import orientation, stats, tables
from mergekit_eval.compare.engine import CAPABILITY, OVERALL, TASK, averageable, averages, evidence_of
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.merge_context import MergeContext, View
from mergekit_eval.compare.references import (
    BASE,
    BEST,
    MEAN,
    MULTITASK,
    PARENT,
    REFERENCE,
    SPECIALIST,
    against,
    best_gain,
    groups,
    items,
    left_out,
    mean_of,
    several,
)
from mergekit_eval.compare.task_averages import mean_contrast, unknown_between
from mergekit_eval.compare.testing import TINY, corrected, decide, gain_share, quantile, tested, worded
from mergekit_eval.rows import MergeRow, Row, grouped, merge_rows, records
from mergekit_eval.schema import require
from mergekit_eval.shares import shares_checked
from mergekit_eval.wording import share_of


@tables.makes("comparison")
@shares_checked
def relation_table(context: MergeContext, table: pd.DataFrame, *, alpha: float = 0.05) -> pd.DataFrame:
    """Return every merge against every kind of relative, task by task, capability by capability, and overall.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`.
    table : DataFrame
        From `differences` of the same collection.
    alpha : float
        Family-wise error rate. The rows base, parent and specialist per task keep what ``table`` decided; each other
        kind of relative on each level is a family of its own (Holm).

    Returns
    -------
    DataFrame
        Table `comparison`. ``level`` is task, capability or overall; ``task`` holds the capability's name or "overall"
        on the higher levels. ``gain`` is positive where the merge is better. Relations: base, parent, "mean parent"
        (the average of the parents, item by item), "specialist" (the parent trained for the task's capability),
        "best parent" (gain, interval and p hold for the parent that truly is best: ``gain`` is without the luck of the
        highest, ``gain_raw`` with it, `luck_of_the_best`; each limit is the lowest of those against single parents, the
        upper one Bonferroni-adjusted). A relative that cannot be compared has a row that says why.
    """
    require(table, ("merge", "reference", "relation", "task", "gain", "stderr", "p"), "relation_table")
    known = table.assign(level=TASK, n_tasks=1)
    tasks = records(known)
    rows = [row | {"relation": SPECIALIST} for row in tasks if _is_specialist(context, row)]
    rows += [_mean(view, context.level) for view in context.views if len(view.parents) > 1]
    single = averages(known, context.votes, context.evidence, level=context.level)
    averaged_rows = grouped(records(single), lambda row: row["merge"])
    measured = averageable(known).groupby("merge")["task"].unique()
    rows += [row for name, mine in averaged_rows.items() for row in _averages(context, name, mine, set(measured[name]))]
    rows += [*_best(tasks, context), *_best(rows, context)]
    compared = [*tasks, *rows]
    out = pd.DataFrame([*compared, *_unseen(compared, context)], columns=tables.columns("comparison"))
    return _decided(worded(out, scale="unit", capability="", metric="", filter="", evidence=""), alpha)


def _is_specialist(context: MergeContext, row: Row) -> bool:
    return row["relation"] == PARENT and row["capability"] in context.domains.get(row["reference"], ())


def _mean(view: View, level: float) -> dict[str, Any]:
    gain = tested(*view.block.contrast(against(view, view.parents)), level)
    means = np.array([view.block.means[0], view.block.means[list(view.parents)].mean()])
    merge_value, reference_value = orientation.plain_score(means, view.block.rows[0]).tolist()
    return {
        "level": TASK, "merge": view.merge, "relation": MEAN, "reference": mean_of(view), "task": view.task,
        "capability": view.capability, "metric": view.metric, "filter": view.filter, "scale": view.scale,
        "n": view.block.n, "n_tasks": 1, "evidence": view.block.evidence(view.parents),
        "merge_value": merge_value, "reference_value": reference_value, **gain,
        "note": text_note(left_out(view), view.block.note, gain.get("note", "")),
    }  # fmt: skip


def _averages(context: MergeContext, merge: str, single: list[Row], tasks: set[str]) -> Iterator[Row]:
    """Yield the averages of one merge: over single references as they are, over several parents from their items."""
    views = [view for view in context.of(merge) if view.task in tasks]
    notes = {row["level"]: row["note"] for row in single}
    by_scope = grouped(single, lambda row: (row["level"], row["task"]))
    for (level, name), scope_views in groups(views, context.votes).items():
        yield from by_scope.get((level, name), [])
        for relation, reference, used in several(scope_views, context.votes):
            shares = [one.share for one in used]
            weights = [against(view, places) for view, places, _ in used]
            blocks = [one.view.block for one in used]
            gain = tested(*mean_contrast(blocks, weights, shares), context.level)
            without = notes.get(OVERALL, "") if level == OVERALL else ""
            ends = [(view.block.means[0], view.block.means[list(places)].mean()) for view, places, _ in used]
            merge_value, reference_value = (np.array(shares) @ ends).tolist()
            yield {
                "level": level, "merge": merge, "relation": relation, "reference": reference, "task": name,
                "capability": name if level == CAPABILITY else "", "n_tasks": len(used), "scale": "unit",
                "n": items(used), "evidence": evidence_of(view.block.evidence(places) for view, places, _ in used),
                "merge_value": merge_value, "reference_value": reference_value, **gain,
                "note": text_note(gain.get("note", ""), unknown_between(blocks, weights), without),
            }  # fmt: skip


def _best(rows: list[dict[str, Any]], context: MergeContext) -> Iterator[dict[str, Any]]:
    expected = {
        merge: len(parents) for merge, parents in zip(context.merges["merge"], context.merges["parents"], strict=True)
    }
    known = [row for row in rows if row["relation"] == PARENT and not pd.isna(row.get("p"))]
    places = grouped(known, lambda row: (row["level"], row["merge"], row["task"]))
    for (_, merge, _), parents in places.items():
        yield _best_row(parents, expected.get(merge, 0), context)


def _best_row(parents: list[dict[str, Any]], expected: int, context: MergeContext) -> dict[str, Any]:
    gains, errors, p = (np.array([row[name] for row in parents], dtype=float) for name in ("gain", "stderr", "p"))
    count, greater = len(parents), stats.one_sided_all(p, gains)
    lowest = parents[int(np.argmin(gains))]
    high = min(float(row["gain_high"]) for row in parents)
    several: Row = {}
    if count > 1:  # the parent that truly is best may be any of them
        high = max(high, float((gains + quantile(1 - (1 - context.level) / count, np.inf) * errors).min()))
        shares = {lowest["task"]: 1.0} if lowest["level"] == TASK else context.votes.shares(lowest["tasks"])
        several = best_gain(context, parents, shares, high)
    both = min(1.0, 2 * min(float(greater.max()), count * float((1 - greater).min())))
    absent = f"{share_of(expected - count, expected, 'parent')} cannot be compared" if count < expected else ""
    return lowest | several | {
        "relation": BEST, "gain_low": min(float(row["gain_low"]) for row in parents), "gain_high": high,
        "p": max(both, TINY), "p_exact": None, "p_adjusted": None,
        "evidence": evidence_of(row["evidence"] for row in parents),
        "note": text_note(absent, several.get("note", "")),
    }  # fmt: skip


def _unseen(rows: list[dict[str, Any]], context: MergeContext) -> Iterator[dict[str, Any]]:
    """Yield one row for every relative of a merge that has none, with the reason."""
    have = {(row["merge"], row["reference"]) for row in rows if not pd.isna(row.get("gain"))}
    for merge in merge_rows(context.merges):
        named = [(BASE, merge.base), *((PARENT, name) for name in merge.parents)]
        named += [] if merge.parents else [(PARENT, "")]
        for kind, name in named:
            if (merge.merge, name) not in have:
                why = f"not compared: {_why(context, merge, name)}"
                yield {
                    "level": OVERALL, "merge": merge.merge, "relation": kind, "reference": name or "", "task": OVERALL,
                    "note": why,
                }  # fmt: skip


def _why(context: MergeContext, merge: MergeRow, name: str) -> str:
    if not name:
        return "it is not known"
    if absent := [model for model in (merge.merge, name) if model not in context.rows]:
        return f"{', '.join(absent)} not evaluated"
    return "no comparable task" if set(context.rows[merge.merge]) & set(context.rows[name]) else "no task in common"


def _decided(rows: pd.DataFrame, alpha: float) -> pd.DataFrame:
    numbers = "gain gain_low gain_high stderr p p_adjusted n mde merge_value reference_value".split()
    out = rows.assign(**{name: pd.to_numeric(rows[name]).astype(float) for name in numbers})
    settled = out["level"].eq(TASK) & out["relation"].isin([BASE, PARENT, REFERENCE, MULTITASK, SPECIALIST])
    out["p_adjusted"] = out["p_adjusted"].where(settled, corrected(out[~settled], families=["level", "relation"]))
    bounded = out["scale"].eq("unit")
    ends = {name: out[name].where(~bounded, out[name].clip(-1, 1)) for name in ("gain_low", "gain_high")}
    return decide(out.assign(**ends, gain_share=gain_share(out).where(bounded)), out["p_adjusted"], alpha)
