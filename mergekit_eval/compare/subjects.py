"""MMLU by subject and area, and the four metrics of IFEval."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.compare.leaderboards import by_variant, suites
from mergekit_eval.compare.testing import corrected, decide, quantile
from mergekit_eval.schema import Tables, require, subset
from mergekit_eval.shares import shares_checked
from mergekit_eval.wording import share_of

OVERALL = "mmlu"
NEEDED = "model role task_key variant metric filter value stderr n".split()


@cache
def subject_areas() -> dict[str, str]:
    """Return the area of every subject of MMLU by its task name (mmlu_<subject>)."""
    return {f"mmlu_{subject}": area for area, names in suites()["mmlu"].items() for subject in names.split()}


@tables.makes("mmlu_areas")
@shares_checked
def mmlu_table(scores: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Return MMLU per model and area, and over all subjects.

    Parameters
    ----------
    scores : DataFrame
        From `score_table`; the 57 subjects as tasks mmlu_<subject>.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        Table `mmlu_areas`; ``task`` is the area or "mmlu". ``value`` counts every question once, as the harness does,
        ``macro`` every subject once, as the leaderboard v1 did. A model that lacks a subject of an area has no value
        there and a note that counts what is missing.
    """
    require(scores, NEEDED, "mmlu_table")
    mine = scores[scores["task_key"].isin(subject_areas()) & scores["metric"].eq("acc")]
    groups = [*suites()["mmlu"], OVERALL]
    rows = [
        _area(f"{model} {variant}".strip(), area, rows, level)
        for model, every in mine.groupby("model", sort=False)
        for variant, rows in by_variant(every)
        for area in groups
    ]
    return pd.DataFrame(rows, columns=tables.columns("mmlu_areas"))


def _area(model: str, area: str, rows: pd.DataFrame, level: float) -> dict[str, Any]:
    wanted = {name for name, its in subject_areas().items() if area in (its, OVERALL)}
    mine = rows[rows["task_key"].isin(wanted)]
    head: dict[str, Any] = {"model": model, "role": rows["role"].iloc[0], "task": area, "higher_is_better": True}
    head |= {"chance": 0.25, "scale": "unit", "metric": "acc", "n_tasks": len(mine), "note": ""}
    if mine["task_key"].duplicated().any():
        return head | {"note": "several measurements of one subject: choose one"}
    if len(mine) < len(wanted) or mine["value"].isna().any():
        return head | {"note": f"{share_of(len(wanted) - mine['value'].notna().sum(), len(wanted), 'subject')} missing"}
    sizes, values = pd.to_numeric(mine["n"]).to_numpy(float), mine["value"].to_numpy(float)
    macro = float(values.mean())
    if np.isnan(sizes).any():
        return head | {"value": macro, "macro": macro, "note": "sizes unknown: every subject counts once; no interval"}
    weights = sizes / sizes.sum()
    value, stderr = float(weights @ values), float(np.sqrt(weights**2 @ mine["stderr"].to_numpy(float) ** 2))
    found = {"value": value, "macro": macro, "n": int(sizes.sum())}
    if not stderr > 0:
        return head | found | {"note": "no interval: errors unknown"}
    half = quantile(level, np.inf) * stderr
    return head | found | {"low": max(value - half, 0.0), "high": min(value + half, 1.0)}


def mmlu_only(collection: Tables) -> Any:
    """Return the subjects of MMLU alone, as something that `differences` and `score_table` take."""
    return subset(collection, "task", subject_areas().__contains__)


@tables.makes("mmlu_subject_differences")
@shares_checked
def subject_differences(differences: pd.DataFrame, *, alpha: float = 0.05) -> pd.DataFrame:
    """Return the differences on MMLU's subjects, decided as a family of their own, with the subject's area.

    Parameters
    ----------
    differences : DataFrame
        From `differences`, of the whole collection or of `mmlu_only`.
    alpha : float
        False discovery rate (Benjamini-Hochberg) within each merge and reference: 57 looks at one pair of models are a
        screen, and what it finds is where to look, no claim about one subject.

    Returns
    -------
    DataFrame
        The rows of MMLU's subjects with ``area``, and ``p_adjusted`` and ``decided`` by this family.
    """
    require(differences, ("merge", "reference", "task_key", "gain", "p"), "subject_differences")
    out = differences[differences["task_key"].isin(subject_areas())]
    out = out.assign(area=out["task_key"].map(subject_areas()))
    p = corrected(out, families=["merge", "reference"], step=stats.benjamini_hochberg)
    return decide(out, p, alpha).reset_index(drop=True)


@tables.makes("ifeval")
def ifeval_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the four metrics of IFEval per model: prompts or single instructions, strict or loose.

    Parameters
    ----------
    scores : DataFrame
        From `board_scores`.

    Returns
    -------
    DataFrame
        The rows of every task whose name holds "ifeval", ``task`` naming task and metric, ``label`` the metric in
        words. Strict looks at the answer as it stands, loose also at it without its first or last line and without
        emphasis; an answer follows a prompt when it follows all of its instructions.
    """
    require(scores, ("model", "task", "metric"), "ifeval_table")
    words = suites()["ifeval"]
    rows = scores[scores["metric"].isin(words) & scores["task"].str.contains("ifeval", case=False, regex=False)]
    label = rows["metric"].map(words)
    several = len(rows["task"].unique()) > 1
    out = rows.assign(label=label, task=rows["task"] + ": " + label if several else label)
    order = {name: place for place, name in enumerate(words)}
    return out.sort_values("metric", key=lambda c: c.map(order), kind="stable").reset_index(drop=True)
