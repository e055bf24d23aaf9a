"""Views over the whole study: what is there, and how good everybody is per capability."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from mergekit_eval.compare._evidence import Evidence


def completeness(collection: Any) -> pd.DataFrame:
    """Return model, role, task, n and state (items, aggregate or missing) for every model and every task.

    Missing is a state of its own: never a zero, never a rank.
    """
    evidence = Evidence(collection, primary=False)
    scores = evidence.scores
    have = {(r.model, r.task): ("items" if len(evidence.items(r)) else "aggregate", r.n) for r in scores.itertuples()}
    roles = scores.drop_duplicates("model").set_index("model")["role"]
    rows = [
        (model, roles[model], task, *reversed(have.get((model, task), ("missing", pd.NA))))
        for model in roles.index
        for task in scores["task"].drop_duplicates()
    ]
    return pd.DataFrame(rows, columns=["model", "role", "task", "n", "state"])


def capability_table(scores: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Return the mean score per model and capability, each task weighing the same, turned so that higher is better.

    Parameters
    ----------
    scores : DataFrame
        From `score_table`. Unbounded scores do not enter a mean of shares.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        The columns a score plot draws (task holds the capability) and ``note``. A model that lacks one of the tasks
        that others have gets no value and a note naming them. The error of a mean over T tasks of distinct items is
        sqrt(sum se_t^2) / T.
    """
    usable = scores[scores["scale"].eq("unit") & scores["higher_is_better"].notna()]
    usable = usable.assign(capability=usable["capability"].replace("", "other"))
    rows = [
        _capability(str(capability), str(model), mine, set(group["task"]), level)
        for capability, group in usable.groupby("capability", sort=False)
        for model, mine in group.groupby("model", sort=False)
    ]
    columns = ["task", "model", "role", "value", "low", "high", "n", "higher_is_better", "chance", "scale", "note"]
    return pd.DataFrame(rows, columns=columns)


def _capability(capability: str, model: str, mine: pd.DataFrame, tasks: set[str], level: float) -> dict[str, Any]:
    row = {"task": capability, "model": model, "role": mine["role"].iloc[0], "higher_is_better": True, "scale": "unit"}
    if absent := sorted(tasks - set(mine["task"])):
        return {**row, "note": f"no mean: {', '.join(absent)} missing"}
    better = mine["higher_is_better"].astype(bool)
    value = float(np.where(better, mine["value"], 1 - mine["value"]).mean())
    chance = float(np.where(better, mine["chance"], 1 - mine["chance"]).mean())
    half = float(norm.isf((1 - level) / 2) * np.sqrt((mine["stderr"] ** 2).sum(skipna=False)) / len(mine))
    interval = {"low": max(value - half, 0.0), "high": min(value + half, 1.0)} if np.isfinite(half) else {}
    return {**row, "value": value, **interval, "n": mine["n"].sum(min_count=len(mine)), "chance": chance, "note": ""}
