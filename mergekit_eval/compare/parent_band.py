"""The range of each merge's own parents beside its score, for figures that draw it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mergekit_eval.rows import merge_rows
from mergekit_eval.schema import require


def with_own_parents(scores: pd.DataFrame, merges: pd.DataFrame) -> pd.DataFrame:
    """Return scores with ``parent_low`` and ``parent_high``, the range of a merge's own parents on its task.

    Parameters
    ----------
    scores : DataFrame
        From `score_table`, `capability_table`, `leaderboard_table` or the like: task, model, value.
    merges : DataFrame
        merge, parents (tuple).

    Returns
    -------
    DataFrame
        A copy. Where all merges have the same parents it has no such columns, since one band serves all of them; the
        range is missing for models without parents and where no parent has a score.
    """
    require(scores, ("task", "model", "value"), "with_own_parents")
    known = {row.merge: tuple(row.parents) for row in merge_rows(merges) if row.parents}
    if len({frozenset(parents) for parents in known.values()}) < 2 or scores.empty:
        return scores.copy()
    values = dict(zip(zip(scores["task"], scores["model"], strict=True), pd.to_numeric(scores["value"]), strict=True))
    ends = [
        _range(task, known.get(model, ()), values) for task, model in zip(scores["task"], scores["model"], strict=True)
    ]
    low, high = zip(*ends, strict=True)
    return scores.assign(parent_low=low, parent_high=high)


def _range(task: str, parents: tuple[str, ...], values: dict[tuple[str, str], float]) -> tuple[float, float]:
    scores = [float(v) for name in parents if not pd.isna(v := values.get((task, name), np.nan))]
    return (min(scores), max(scores)) if scores else (np.nan, np.nan)
