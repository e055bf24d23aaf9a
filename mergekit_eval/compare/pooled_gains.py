"""Gains of single tasks with partial pooling: beside the raw ones, and never tested."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.compare.engine import asked_of, of_known_error, parts_of
from mergekit_eval.compare.item_index import Evidence, Results, text_note
from mergekit_eval.compare.questions import unknown_sharing
from mergekit_eval.compare.shared_units import correlations
from mergekit_eval.rows import records


@tables.makes("pooled_gains")
def pooled_gains(differences: pd.DataFrame, collection: Results) -> pd.DataFrame:
    """Return the differences with ``gain_pooled``: each gain shrunk towards the mean gain of its merge and reference.

    Parameters
    ----------
    differences : DataFrame
        From `differences`.
    collection : Collection
        What they were made from: it knows which questions stand in several tasks.

    Returns
    -------
    DataFrame
        Table `pooled_gains`. Tasks of one merge and one reference share a normal prior, whose mean and standard
        deviation are estimated (`stats.shrink`): a large gain on few items moves most, and tasks that ask the same
        questions are no evidence on how far gains of tasks differ. Missing for unbounded scores and where the error of
        a gain is not known; a gain without a second task stays what it is.
    """
    out, evidence = differences.assign(gain_pooled=np.nan), Evidence.of(collection)
    for _, mine in of_known_error(out).groupby(["merge", "relation", "reference"], sort=False):
        rows = records(mine)
        gains, errors, _ = np.array(parts_of(rows), dtype=float).T
        asked = [asked_of(row, evidence) for row in rows]
        out.loc[mine.index, "gain_pooled"] = stats.shrink(gains, np.outer(errors, errors) * correlations(asked))
        unknown = unknown_sharing(list(mine["task"]), asked)
        out.loc[mine.index, "note"] = [text_note(row["note"], unknown) for row in rows]
    return out
