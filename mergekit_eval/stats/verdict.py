"""The rule behind "better than every parent" for a study of several merges."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mergekit_eval.stats.equivalence import intersection_union
from mergekit_eval.stats.multiplicity import holm
from mergekit_eval.stats.validate import TINY, Floats, as_scores, reject


def better_than_every(p_greater: Sequence[ArrayLike]) -> Floats:
    """Adjusted p of "this merge is better than every one of its parents", one per merge.

    Within a merge the largest one-sided p counts (intersection-union, no correction for the number of parents); over
    the merges the family is adjusted by Holm, so that a study in which nothing is better makes any such claim with
    probability at most alpha.

    Parameters
    ----------
    p_greater : sequence of array_like, shape (n_parents,)
        Per merge the one-sided p-values against each of its parents, see :func:`one_sided`.
    """
    if not len(p_greater):
        raise reject("p_greater", p_greater, "at least one merge")
    return holm([intersection_union(as_scores(p, f"p_greater[{k}]")) for k, p in enumerate(p_greater)])


def one_sided_all(p: ArrayLike, diff: ArrayLike) -> Floats:
    """One-sided p-values for positive differences, elementwise; missing (NaN) stays missing."""
    two_sided, gap = np.asarray(p, dtype=float), np.asarray(diff, dtype=float)
    if two_sided.shape != gap.shape or (two_sided < 0).any() or (two_sided > 1).any():
        raise reject("(p, diff)", (two_sided.tolist(), gap.shape), "p-values between 0 and 1, one difference for each")
    tail = np.maximum(two_sided, TINY) / 2
    return np.where(np.isnan(gap), np.nan, np.where(gap > 0, tail, 1 - tail))
