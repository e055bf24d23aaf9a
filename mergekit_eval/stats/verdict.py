"""The rule behind "better than every parent" for a study of several merges."""

import numpy as np
from numpy.typing import ArrayLike

from mergekit_eval.stats.validate import TINY, Floats, reject


def one_sided_all(p: ArrayLike, diff: ArrayLike) -> Floats:
    """One-sided p-values for positive differences, elementwise; missing (NaN) stays missing."""
    two_sided, gap = np.asarray(p, dtype=float), np.asarray(diff, dtype=float)
    if two_sided.shape != gap.shape or (two_sided < 0).any() or (two_sided > 1).any():
        raise reject("(p, diff)", (two_sided.tolist(), gap.shape), "p-values between 0 and 1, one difference for each")
    tail = np.maximum(two_sided, TINY) / 2
    return np.where(np.isnan(gap), np.nan, np.where(gap > 0, tail, 1 - tail))
