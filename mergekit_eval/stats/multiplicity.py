"""Families of comparisons: adjusted p-values."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as sps

from mergekit_eval.stats.validate import TINY, Floats, as_p, reject


def holm(p: ArrayLike) -> Floats:
    """Step-down Bonferroni: any wrong claim in the family has probability at most alpha, under any dependence.

    Holm 1979, Scandinavian Journal of Statistics 6:65. Returns adjusted p-values in the order given.
    """
    values = as_p(p)
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate(values[order] * np.arange(values.size, 0, -1))
    result = np.empty_like(stepped)
    result[order] = np.minimum(stepped, 1.0)
    return result


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Step-up false discovery rate under independence or positive dependence.

    Benjamini & Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x. For exploration, not for claims.
    """
    return np.asarray(sps.false_discovery_control(as_p(p), method="bh"))


def benjamini_yekutieli(p: ArrayLike) -> Floats:
    """Step-up false discovery rate under any dependence (Benjamini & Yekutieli 2001, doi:10.1214/aos/1013699998)."""
    return np.asarray(sps.false_discovery_control(as_p(p), method="by"))


def one_sided_all(p: ArrayLike, diff: ArrayLike) -> Floats:
    """One-sided p-values for positive differences, elementwise; missing (NaN) stays missing."""
    two_sided, gap = np.asarray(p, dtype=float), np.asarray(diff, dtype=float)
    if two_sided.shape != gap.shape or (two_sided < 0).any() or (two_sided > 1).any():
        raise reject("(p, diff)", (two_sided.tolist(), gap.shape), "p-values between 0 and 1, one difference for each")
    tail = np.maximum(two_sided, TINY) / 2
    return np.where(np.isnan(gap), np.nan, np.where(gap > 0, tail, 1 - tail))
