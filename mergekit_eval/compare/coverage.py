"""Views over the whole study: what is there, and how good everybody is per capability."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.compare.item_index import Evidence


def completeness(collection: Any) -> pd.DataFrame:
    """Return model, role, task, n and state (items, aggregate or missing) for every model and every task.

    Missing is a state of its own: never a zero, never a rank.
    """
    evidence = Evidence(collection, primary=False)
    scores = evidence.scores
    have = {
        (model, task): (row.n, "items" if evidence.has_items(row) else "aggregate")
        for model, mine in evidence.by_model.items()
        for task, row in mine.items()
    }
    roles = scores.drop_duplicates("model")
    rows = [
        (model, role, task, *have.get((model, task), (pd.NA, "missing")))
        for model, role in zip(roles["model"], roles["role"], strict=True)
        for task in scores["task"].drop_duplicates()
    ]
    return tables.conform(pd.DataFrame(rows, columns=tables.columns("completeness")), "completeness")


def capability_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the mean score per model and capability, each task weighing the same, turned so that higher is better.

    Parameters
    ----------
    scores : DataFrame
        From `score_table`. Unbounded scores do not enter a mean of shares.

    Returns
    -------
    DataFrame
        The columns a score plot draws (task holds the capability) and ``note``. A model that lacks one of the tasks
        that others have gets no value and a note naming them. Limits have the level of those of the tasks and are made
        of them (`stats.mean_limits`).
    """
    usable = scores[scores["scale"].eq("unit") & scores["higher_is_better"].notna()]
    usable = usable.assign(capability=usable["capability"].replace("", "other"))
    rows = [
        _capability(str(capability), str(model), mine, set(group["task"]))
        for capability, group in usable.groupby("capability", sort=False)
        for model, mine in group.groupby("model", sort=False)
    ]
    return pd.DataFrame(rows, columns=tables.columns("capability_table"))


def _capability(capability: str, model: str, mine: pd.DataFrame, tasks: set[str]) -> dict[str, Any]:
    row = {"task": capability, "model": model, "role": mine["role"].iloc[0], "higher_is_better": True, "scale": "unit"}
    if absent := sorted(tasks - set(mine["task"])):
        return {**row, "note": f"no mean: {', '.join(absent)} missing"}
    value, low, high = turned_mean(mine)
    better = mine["higher_is_better"].astype(bool)
    chance = float(np.where(better, mine["chance"], 1 - mine["chance"]).mean())
    interval = {"low": low, "high": high} if np.isfinite(low + high) else {}
    return {**row, "value": value, **interval, "n": mine["n"].sum(min_count=len(mine)), "chance": chance, "note": ""}


def turned_mean(rows: pd.DataFrame) -> tuple[float, float, float]:
    """Return the mean of scores between 0 and 1, turned so that higher is better, and its limits from theirs."""
    better = rows["higher_is_better"].astype(bool)
    value, low, high = (np.where(better, rows[name], 1 - rows[name]) for name in ("value", "low", "high"))
    known = np.isfinite([value, low, high]).all() and len(value)
    limits = stats.mean_limits(value, np.minimum(low, high), np.maximum(low, high)) if known else (np.nan, np.nan)
    return float(value.mean()) if len(value) else np.nan, *limits
