"""Limits of scores whose items are not at hand: from the number of items, else from the file's standard error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from mergekit_eval import orientation
from mergekit_eval.stats.intervals import wilson

Floats = NDArray[np.float64]
NO_ERROR = "no interval: the file gives neither items nor n nor a standard error"


class FileLimits(NamedTuple):
    """Limits and standard errors of many scores, shares of one where they are shares; NaN where ``source`` is ''."""

    low: Floats
    high: Floats
    stderr: Floats
    source: NDArray[np.str_]


def file_limits(scores: pd.DataFrame, level: float) -> FileLimits:
    """Return the limits of every row of ``scores``: Wilson's where it is hits of n, else normal with the file's error.

    Parameters
    ----------
    scores : DataFrame
        value, scale, metric, n, stderr.
    level : float
        Confidence level.
    """
    value, error = (orientation.on_unit(scores[name], scores) for name in ("value", "stderr"))
    n = scores["n"].to_numpy(float, na_value=np.nan)
    # a normalised share, (hits / n - chance) / (1 - chance), is often hits / n of other hits, but never a proportion
    share = scores["scale"].ne("natural") & scores["metric"].ne("normalized")
    hits = np.round(value * n)
    whole = share.to_numpy() & (value >= 0) & (value <= 1) & (n >= 1) & (np.abs(value * n - hits) < 1e-3)
    known = ~whole & (error > 0)
    half = float(norm.isf((1 - level) / 2)) * error
    low, high, stderr = (np.where(known, one, np.nan) for one in (value - half, value + half, error))
    low[whole], high[whole] = wilson(hits[whole], n[whole], level)
    proportion = hits[whole] / n[whole]
    stderr[whole] = np.sqrt(proportion * (1 - proportion) / n[whole])
    source = np.select([whole, known], ["n, wilson", "the file's standard error, normal"], "")
    return FileLimits(low, high, stderr, source)
