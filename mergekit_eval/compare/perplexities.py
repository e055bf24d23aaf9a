"""Perplexity of a merge against the best of its parents and its base."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import orientation, tables
from mergekit_eval.compare.scores import score_table
from mergekit_eval.compare.testing import quantile
from mergekit_eval.rows import MergeRow, merge_rows
from mergekit_eval.schema import Tables, require, subset
from mergekit_eval.shares import shares_checked
from mergekit_eval.thresholds import thresholds
from mergekit_eval.wording import counted


@shares_checked
def perplexity_scores(collection: Tables, *, level: float = 0.95) -> pd.DataFrame:
    """Return the rows of ``score_table(collection, primary=False)`` that are perplexities, and only these."""
    return score_table(subset(collection, "metric", is_perplexity), level=level, primary=False)


@shares_checked
def perplexity_table(scores: pd.DataFrame, merges: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Return the ratio of each merge's perplexity to the lowest one among its parents and its base.

    Parameters
    ----------
    scores : DataFrame
        From `perplexity_scores`, so that perplexities beside another primary metric count too.
    merges : DataFrame
        merge, parents, base.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        Table `perplexities`: ``ratio`` of perplexities (bits per byte are turned into the perplexity of a byte), with
        an interval from the standard errors on the logarithm where both are known. ``exploded`` where the lower limit
        (the ratio itself, without errors) exceeds ``perplexity_explosion`` of `thresholds.yaml`. An infinite or
        overflowing perplexity counts as exploded.
    """
    require(scores, ("task", "metric", "model", "value", "stderr", "scale", "higher_is_better"), "perplexity_table")
    kept = scores[scores["metric"].map(is_perplexity).astype(bool) & (orientation.sign(scores) < 0)]
    rows = [row for merge in merge_rows(merges) for row in _merge(kept, merge, level)]
    return tables.conform(rows, "perplexities")


def is_perplexity(metric: str) -> bool:
    """Return whether a metric is a perplexity, or bits per byte, which is the logarithm of one."""
    return "perplexity" in metric or metric in ("ppl", "bits_per_byte")


def _merge(kept: pd.DataFrame, merge: MergeRow, level: float) -> Iterator[dict[str, Any]]:
    references = [name for name in (*merge.parents, merge.base) if name]
    for (task, metric), group in kept.groupby(["task", "metric"], sort=False):
        own, others = group[group["model"] == merge.merge], group[group["model"].isin(references)]
        others = others[np.isfinite(others["value"].astype(float))]
        if len(own) and len(others):
            best = others.iloc[int(others["value"].argmin())]
            yield {"merge": merge.merge, "task": task, "metric": metric} | _ratio(own.iloc[0], best, level)


def _ratio(own: Any, best: Any, level: float) -> dict[str, Any]:
    value, error = (np.array([own[name], best[name]], dtype=float) for name in ("value", "stderr"))
    if own["metric"] == "bits_per_byte":
        logs, errors = value * np.log(2), error * np.log(2)
    else:
        whole = np.where(value > 0, value, np.nan)
        logs, errors = np.log(whole, where=value > 0, out=np.full(2, np.inf)), error / whole
    gap, half = float(logs[0] - logs[1]), quantile(level, np.inf) * float(np.hypot(*errors))
    row = {"value": own["value"], "best": best["value"], "relative": best["model"], "n": own["n"]}
    if not np.isfinite(gap):
        return row | {"ratio": np.inf, "exploded": True, "note": "the perplexity is not finite"}
    known = np.isfinite(half)
    ratio, low, high = np.exp(np.minimum(gap + np.array([0.0, -half, half]), 700.0)).tolist()
    exploded = (gap - half if known else gap) > float(np.log(thresholds()["perplexity_explosion"]))
    limits = (
        {"low": low, "high": high, "note": ""} if known else {"note": "no standard error: judged by the ratio alone"}
    )
    return row | {"ratio": ratio, "exploded": bool(exploded)} | limits


def broken(degenerate: pd.DataFrame, perplexities: pd.DataFrame) -> dict[str, str]:
    """Return merge -> reason for every merge whose answers or perplexity show that it is broken.

    Parameters
    ----------
    degenerate : DataFrame
        From `degenerate`.
    perplexities : DataFrame
        From `perplexity_table`.
    """
    reasons: dict[str, list[str]] = {}
    for (merge, sign), rows in degenerate.groupby(["merge", "sign"], sort=False):
        worst = rows.iloc[int(rows["merge_share"].astype(float).argmax())]
        more = f" and {counted(len(rows) - 1, 'more task')}" if len(rows) > 1 else ""
        reasons.setdefault(str(merge), []).append(
            f"{sign} in {worst['merge_share']:.0%} of {counted(worst['n'], 'answer')} on {worst['task']} "
            f"({worst['reference_share']:.0%} in {worst['reference']}){more}"
        )
    for merge, rows in perplexities[perplexities["exploded"].eq(True)].groupby("merge", sort=False):
        worst = rows.iloc[int(rows["ratio"].astype(float).argmax())]
        reasons.setdefault(str(merge), []).append(
            f"{worst['metric']} {worst['ratio']:.3g} times that of {worst['relative']} on {worst['task']}"
        )
    return {merge: "; ".join(texts) for merge, texts in reasons.items()}
