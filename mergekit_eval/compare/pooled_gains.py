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
    gains, errors, _ = np.array(parts_of(records(known[["gain", "stderr", "df", "n"]])), dtype=float).reshape(-1, 3).T
    pooled = np.full(len(known), np.nan)
    for places in known.groupby(["merge", "relation", "reference"], sort=False).indices.values():
        pooled[places] = stats.shrink(gains[places], np.diag(errors[places] ** 2)).means
    return differences.assign(gain_pooled=pd.Series(pooled, index=known.index))
