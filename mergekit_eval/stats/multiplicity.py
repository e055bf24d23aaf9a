"""Families of comparisons: adjusted p-values, and joint ones from shared draws."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as sps

from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.validate import TINY, Floats, as_fraction, as_p, as_scores, reject

_SLACK = 1e-6


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


def max_t(observed: ArrayLike, null: ArrayLike) -> Floats:
    """Step-down max-T adjusted p-values of one family.

    Westfall & Young 1993 (free step-down); Romano & Wolf 2005, doi:10.1198/016214504000000539. The larger statistic is
    the more extreme: take absolute values for two-sided tests, and keep the sign for one-sided ones.

    Parameters
    ----------
    observed : array_like, shape (family,)
        Studentised statistics, larger = further from the null.
    null : array_like, shape (draws, family)
        The same statistics under joint draws from the null.

    Returns
    -------
    ndarray, shape (family,)
        Adjusted p, ``(b + 1) / (draws + 1)`` at least, in the order given.
    """
    ours, theirs = as_scores(observed, "observed"), as_scores(null, "null", ndim=2)
    if theirs.shape[1] != ours.size:
        raise reject("shape of null", theirs.shape, f"(draws, {ours.size})")
    return max_t_blocks(ours, [theirs])


def max_t_blocks(observed: Floats, blocks: Iterable[Floats]) -> Floats:
    """As :func:`max_t`, with the null draws in blocks, so that a large family fits in memory."""
    order = np.argsort(-observed, kind="stable")
    hits, draws = np.zeros(observed.size, dtype=np.int64), 0
    floor = observed[order] - _SLACK * np.abs(observed[order])
    for block in blocks:
        largest = np.maximum.accumulate(block[:, order[::-1]], axis=1)[:, ::-1]
        hits += (largest >= floor).sum(axis=0)
        draws += len(block)
    adjusted = np.empty(observed.size)
    adjusted[order] = np.maximum.accumulate((hits + 1) / (draws + 1))
    return adjusted


def max_quantile(deviations: ArrayLike, level: float = LEVEL) -> float:
    """Critical value for simultaneous intervals: the `level` quantile of the largest absolute studentised deviation.

    `deviations` has shape (draws, family); intervals ``estimate +- value * stderr`` then hold together.
    """
    largest = np.abs(as_scores(deviations, "deviations", ndim=2)).max(axis=1)
    return float(np.quantile(largest, as_fraction(level, "level"), method="inverted_cdf"))


def one_sided_all(p: ArrayLike, diff: ArrayLike) -> Floats:
    """One-sided p-values for positive differences, elementwise; missing (NaN) stays missing."""
    two_sided, gap = np.asarray(p, dtype=float), np.asarray(diff, dtype=float)
    if two_sided.shape != gap.shape or (two_sided < 0).any() or (two_sided > 1).any():
        raise reject("(p, diff)", (two_sided.tolist(), gap.shape), "p-values between 0 and 1, one difference for each")
    tail = np.maximum(two_sided, TINY) / 2
    return np.where(np.isnan(gap), np.nan, np.where(gap > 0, tail, 1 - tail))
