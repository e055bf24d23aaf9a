"""Do two models fail on the same items? A question about items, not about models: n counts items."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.errors import DataError
from mergekit_eval.rows import grouped, score_rows
from mergekit_eval.schema import Tables
from mergekit_eval.shares import shares_checked


@shares_checked
def item_agreement(collection: Tables, task: str = "", *, level: float = 0.95, seed: int = 0) -> pd.DataFrame:
    """Return how far each two models are right and wrong on the same items of one task, beyond their rates.

    Parameters
    ----------
    collection : Collection
        What was read.
    task : str
        A task of right and wrong answers; by default the one that most models neither solve nor miss completely, and of
        those the longest.
    level, seed
        Of the intervals (items redrawn).

    Returns
    -------
    DataFrame
        Table `item_agreement`, one row per pair of models: ``r`` is Cohen's kappa (1: the same items, 0: as often as
        their rates alone bring together). ``n`` counts items. Two models that share weights agree more for that reason;
        two that agree where both are wrong cannot help each other in a merge. Where no task has items of right and
        wrong answers of two models, the table is empty and says so (`tables.reason`).

    Raises
    ------
    DataError
        For a task without such items, naming those that have them.
    """
    evidence = Evidence(collection)
    by_task = _answers(evidence)
    if task and task not in by_task:
        raise DataError(f"task = {task!r} has no items of right and wrong; allowed: {', '.join(by_task) or 'none'}.")
    if not by_task:
        why = "no task has right and wrong answers, item by item, of two models"
        return tables.empty("item_agreement", why)
    name = task or max(by_task, key=lambda one: _worth(by_task[one]))
    answers = by_task[name]
    rows = [_pair(name, pair, answers, level, seed) for pair in combinations(answers, 2)]
    return tables.conform(rows, "item_agreement")


def _worth(answers: dict[str, np.ndarray]) -> tuple[int, int]:
    values = list(answers.values())
    return sum(bool(np.ptp(one)) for one in values), len(values[0])


def _answers(evidence: Evidence) -> dict[str, dict[str, np.ndarray]]:
    """Return task -> model -> right and wrong answers to the items most models share, at least two models."""
    rows = [row for row in score_rows(evidence.scores) if evidence.carries(row)]
    binary = [row for row in rows if np.isin(evidence.known(row).values, (0, 1)).all()]
    answers = {}
    for task, scored in grouped(binary, lambda row: row.task).items():
        common = pd.Series([evidence.layout(row) for row in scored]).mode().iloc[0]
        same = {row.model: evidence.known(row).values for row in scored if evidence.layout(row) == common}
        if len(same) > 1:
            answers[task] = same
    return answers


def _pair(task: str, pair: tuple[str, str], answers: dict[str, np.ndarray], level: float, seed: int) -> dict[str, Any]:
    agreement = stats.agreement(*(answers[name] for name in pair), level=level, seed=seed)
    head = {"x": pair[0], "y": pair[1], "task": task, "method": "kappa", "reliable": agreement.kappa is not None}
    keys = ("low", "high", "n", "phi", "phi_max", "both_wrong", "expected_both_wrong", "note")
    return head | {"r": agreement.kappa} | {key: getattr(agreement, key) for key in keys}
