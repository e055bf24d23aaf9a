"""Whether the best model of a column is significantly better than every other one."""

from __future__ import annotations

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.item_index import Evidence, Results
from mergekit_eval.compare.paired_differences import contrast_rows
from mergekit_eval.compare.pairs import Contrast
from mergekit_eval.compare.testing import decide
from mergekit_eval.shares import shares_checked


@tables.makes("differences")
@shares_checked
def best_decided(collection: Results, scores: pd.DataFrame, *, alpha: float = 0.05, seed: int = 0) -> pd.DataFrame:
    """Return, per task, the best and the second best model against every other one, with what is decided.

    Parameters
    ----------
    collection : Collection
        What was read.
    scores : DataFrame
        From `score_table`.
    alpha : float
        Family-wise error rate within one task. The two models were picked by looking, so each p is multiplied by the
        number of all pairs of models there (Bonferroni), not of the pairs tested.

    Returns
    -------
    DataFrame
        As from `differences`, relation "best".
    """
    evidence = Evidence.of(collection)
    parts = [_task(evidence, str(task), rows, alpha, seed) for task, rows in scores.groupby("task", sort=False)]
    return pd.concat(parts, ignore_index=True) if parts else tables.empty("differences")


def _task(evidence: Evidence, task: str, rows: pd.DataFrame, alpha: float, seed: int) -> pd.DataFrame:
    ranked = rows[rows["oriented"].notna()]
    if len(ranked) < 2:
        return tables.empty("differences")
    order = ranked.sort_values("oriented", ascending=False)["model"].tolist()
    pairs = [Contrast(top, other, "best") for place, top in enumerate(order[:2]) for other in order[place + 1 :]]
    table = contrast_rows(evidence.only(task), pairs, level=1 - alpha, seed=seed, tasks={task})
    adjusted = (table["p"].astype(float) * len(order) * (len(order) - 1) / 2).clip(upper=1.0)
    return decide(table, adjusted, alpha)
