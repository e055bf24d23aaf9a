"""MergeBench score = merge / specialist, mean over domains. Not retention: the score of guessing is not taken off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.engine import OVERALL
from mergekit_eval.compare.merge_context import MergeContext, View
from mergekit_eval.compare.references import Used, items, shared
from mergekit_eval.compare.retention import over_chance, sides, too_near, unshared
from mergekit_eval.compare.task_averages import mean_covariance, unknown_between
from mergekit_eval.compare.testing import quantile
from mergekit_eval.compare.votes import Votes
from mergekit_eval.rows import MergeRow, merge_rows


@tables.makes("mergebench")
def normalised_performance(context: MergeContext) -> pd.DataFrame:
    """Return merge / specialist for every domain of a merge's parents, and the average over its domains.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`, with domains.

    Returns
    -------
    DataFrame
        merge, domain ("overall" for the average over domains), specialist; ``performance`` is the ratio of the mean
        scores on the domain's tasks as MergeBench (arXiv 2505.10833) reports it, with an
        interval (delta method; 1 = as good as the specialist). What is left over chance is `retention_table`'s. A
        domain whose specialist scores too near zero has no ratio, and an average that would leave a domain out is
        refused, with the domains named in ``note``.
    """
    rows = [row for merge in merge_rows(context.merges) for row in _merge(context, merge)]
    return pd.DataFrame(rows, columns=tables.columns("mergebench"))


def _merge(context: MergeContext, merge: MergeRow) -> list[dict[str, Any]]:
    domains = {d: p for p in merge.parents for d in sorted(context.domains.get(p, ()))}
    if not domains:
        return [
            {"merge": merge.merge, "domain": OVERALL, "specialist": "", "note": "refused: no parent has a known domain"}
        ]
    views = [view for view in context.of(merge.merge) if view.scale == "unit"]
    used = {domain: _used(views, domain, context.votes) for domain in domains}
    rows = [_domain(merge.merge, domain, name, used[domain], context.level) for domain, name in domains.items()]
    return [*rows, _average(merge.merge, rows, list(used.values()), context.level)]


def _used(views: list[View], domain: str, votes: Votes) -> list[Used]:
    """Return the tasks of a domain with its specialists; the score of guessing is not taken off."""
    mine = ((v, v.specialists) for v in views if v.capability == domain and v.specialists)
    return [one._replace(view=one.view._replace(chance=0.0)) for one in shared(mine, votes)]


def _domain(merge: str, domain: str, name: str, used: list[Used], level: float) -> dict[str, Any]:
    row: dict[str, Any] = {"merge": merge, "domain": domain, "specialist": name, "n_tasks": len(used), "note": ""}
    if not used:
        return row | {"note": "refused: no task of the domain with a score of its specialist"}
    row |= {"specialist": ", ".join(sorted({v.block.models[i] for v, p, _ in used for i in p})), "n": items(used)}
    top, bottom, cov, df = over_chance(used)
    if why := too_near(top, bottom, cov, df, level):
        return row | {"note": f"refused: {why}"}
    ratio = top / bottom
    # delta method
    half = quantile(level, df) * float(np.sqrt(cov[0, 0] - 2 * ratio * cov[0, 1] + ratio**2 * cov[1, 1])) / bottom
    return row | {
        "performance": ratio, "low": ratio - half, "high": ratio + half, "note": unshared(used), "_specialist": bottom
    }  # fmt: skip


def _average(merge: str, rows: list[dict[str, Any]], used: list[list[Used]], level: float) -> dict[str, Any]:
    sizes = [row.get("n") for row in rows]
    out: dict[str, Any] = {
        "merge": merge, "domain": OVERALL, "specialist": "", "n_tasks": sum(row["n_tasks"] for row in rows),
        "n": None if None in sizes else sum(filter(None, sizes)),
    }  # fmt: skip
    if gone := [row["domain"] for row in rows if "performance" not in row]:
        return out | {"note": f"no average: {', '.join(gone)} missing"}
    blocks, mixes, shares = [], [], []
    for row, tasks in zip(rows, used, strict=True):
        for one in tasks:
            merged, specialist = sides(one) / row["_specialist"]
            blocks.append(one.view.block)
            mixes.append(np.atleast_2d(merged - row["performance"] * specialist))
            shares.append(one.share / len(rows))
    mean = float(np.mean([row["performance"] for row in rows]))
    half = quantile(level, np.inf) * float(np.sqrt(mean_covariance(blocks, mixes, shares)[0].item()))
    return out | {
        "performance": mean, "low": mean - half, "high": mean + half, "note": unknown_between(blocks, mixes)
    }  # fmt: skip
