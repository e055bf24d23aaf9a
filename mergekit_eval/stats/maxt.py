"""Joint tests of a family from shared draws: adjusted p-values that know how much the comparisons move together."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.validate import Floats, as_fraction, as_scores, reject

_SLACK = 1e-6


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
