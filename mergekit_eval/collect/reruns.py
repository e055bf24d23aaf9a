"""Decide between several measurements of one thing, and name every decision.

Rows that differ in a setting are never decided between: they stay, told apart by the setting columns, by the model's
name (``M [dtype=float16]``) or by ``condition``. Only rows equal in every setting fall under the rule.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mergekit_eval.collect.conditions import SETTING_COLUMNS, WHAT
from mergekit_eval.collect.labels import cut, ends_of
from mergekit_eval.errors import DataError, explain
from mergekit_eval.readers._base import Problem, problem

CLOSE = 1e-9
OPTIMISTIC = "rule 'best' decided"
RULES = ("newest", "first", "best", "all")


class Decision(NamedTuple):
    """Rows that stay, problems that name what went, number of rows decided."""

    scores: pd.DataFrame
    problems: list[dict[str, str]]
    decided: int


def check_rule(rule: str) -> None:
    """Raise `DataError` if there is no such rule."""
    if rule not in RULES:
        raise DataError(explain("collect", "rule", rule, ", ".join(RULES)))


def decide(scores: pd.DataFrame, rule: str) -> Decision:
    """Return one row per measurement by the rule; undatable runs that differ are all kept, and named."""
    check_rule(rule)
    key = [*WHAT, *SETTING_COLUMNS, "condition"]
    repeated = scores.duplicated(key, keep=False)
    if not repeated.any():
        return Decision(scores, [], 0)
    out = scores.copy()
    drop: dict[int, tuple[int, str]] = {}
    gains: list[float] = []
    undecided: list[Any] = []
    for _, rows in out[repeated].groupby(key, dropna=False, sort=False):
        if _one(rows["source_file"]) and not _one(rows["task_name"]):
            out.loc[rows.index, "condition"] = _conditions(rows, "as " + rows["task_name"])
            continue
        kept, why, gain = _keep(rows, rule)
        gains += [] if gain is None else [gain]
        if kept is None:
            out.loc[rows.index, "condition"] = _conditions(rows, "run " + rows["run"].map(ends_of(rows["run"])))
            undecided += list(rows.index)
            continue
        drop |= {index: (kept, why) for index in rows.index if index != kept}
    problems = _report(out, drop, rule, gains) + _undecided(out.loc[undecided])
    return Decision(out.drop(index=list(drop)), problems, len(drop))


def _conditions(rows: pd.DataFrame, labels: pd.Series) -> pd.Series:
    before = rows["condition"].where(rows["condition"] == "", rows["condition"] + ", ")
    return (before + labels).map(cut)


def _one(values: pd.Series) -> bool:
    return len(values.drop_duplicates()) == 1


def _keep(rows: pd.DataFrame, rule: str) -> tuple[Any, str, float | None]:
    """Return (index of the row to keep or None for all, why, how much the best is above the newest)."""
    values = rows["value"]  # equal, too, where their items were summed in another order
    equal = _one(values) or bool(np.ptp(values) <= CLOSE * np.abs(values).max())
    same = equal and len(rows["n"].dropna().drop_duplicates()) < 2  # unknown n fits any
    any_of_them = rows["has_items"].idxmax()  # of equal rows the one whose items are known
    if rule == "all":
        return (any_of_them, "equal values", None) if same and _one(rows["run"]) else (None, "", None)
    dates = rows["date"]
    dated = dates.notna().all() and not _one(dates)
    newest, first = (_of(rows, dates.max()), _of(rows, dates.min())) if dated else (rows.index[-1], rows.index[0])
    if rule == "best" and rows["oriented"].notna().any():
        best: Any = rows["oriented"].idxmax()
        reference = rows.loc[newest, "value"] if dated else rows["value"].mean()
        return best, "best", abs(rows.loc[best, "value"] - reference)
    if not dated:
        return (any_of_them, "equal values", None) if same else (None, "", None)
    return (first, "first", None) if rule == "first" else (newest, "newest", None)


def _of(rows: pd.DataFrame, date: float) -> Any:
    """Return the index of the run of a date; of its copies, that of one whose items are known."""
    return rows.loc[rows["date"] == date, "has_items"].idxmax()


def _report(scores: pd.DataFrame, drop: dict[int, tuple[int, str]], rule: str, gains: list[float]) -> list[Problem]:
    if not drop:
        return []
    lost = scores.loc[list(drop), ["source_file", "task"]].copy()
    lost["by"] = scores.loc[[kept for kept, _ in drop.values()], "source_file"].to_numpy()
    lost["why"] = [why for _, why in drop.values()]
    problems = []
    for (file, by, why), rows in lost.groupby(["source_file", "by", "why"], sort=True):
        text = f"{len(rows)} of its scores measured again in {by}; kept: those there ({why})"
        stay = sorted(set(scores.loc[scores["source_file"] == file, "task"]) - set(rows["task"]))
        if stay:
            text += f"; still counted from here: {', '.join(stay[:3])}" + (" and more" if len(stay) > 3 else "")
        problems.append({"file": str(file)} | problem("duplicate", text, "rule: newest, first, best or all"))
    if rule == "best" and gains:
        by = f"{float(np.mean(gains)):.4g} above the newest on average"
        text = f"{OPTIMISTIC} {len(gains)} scores and is optimistic: {by}"
        problems.append({"file": lost["source_file"].iloc[0]} | problem("note", text, "use 'newest'"))
    return problems


def _undecided(rows: pd.DataFrame) -> list[dict[str, str]]:
    problems = []
    for model, mine in rows.groupby("model", sort=True):
        files = sorted(set(mine["source_file"]))
        text = f"{model}: {len(mine)} scores of {len(files)} runs differ and no date says which is newer; all are kept"
        todo = "remove the runs that do not count; `condition` tells the rows apart"
        problems.append({"file": files[0]} | problem("duplicate", text, todo))
    return problems
