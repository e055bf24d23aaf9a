"""Gains of single tasks with partial pooling: beside the raw ones, and never tested."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.compare.engine import of_known_error, parts_of
from mergekit_eval.rows import records


@tables.makes("pooled_gains")
def pooled_gains(differences: pd.DataFrame) -> pd.DataFrame:
    """Return the differences with ``gain_pooled``: each gain shrunk towards the mean gain of its merge and reference.

    Parameters
    ----------
    differences : DataFrame
        From `differences`.

    Returns
    -------
    DataFrame
        Table `pooled_gains`. Tasks of one merge and one reference share a normal prior, whose mean and standard
        deviation are estimated (`stats.shrink`): a large gain on few items moves most. Missing for unbounded scores and
        where the error of a gain is not known; a gain without a second task stays what it is.
    """
    known = of_known_error(differences)
    pooled = pd.Series(np.nan, index=differences.index)
    for _, rows in known.groupby(["merge", "relation", "reference"], sort=False):
        gains, errors, _ = np.array(parts_of(records(rows)), dtype=float).T
        pooled[rows.index] = stats.shrink(gains, np.diag(errors**2)).means
    return differences.assign(gain_pooled=pooled)
