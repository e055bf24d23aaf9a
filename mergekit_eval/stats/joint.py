"""One family of comparisons, adjusted together: the same sign flips of the items serve all models and tasks."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mergekit_eval.stats.defaults import BLOCK_BYTES, LEVEL
from mergekit_eval.stats.resample import Draws, PairMoments, Pairs
from mergekit_eval.stats.validate import Floats, as_fraction, reject

_SLACK = 1e-6


class FamilyT(NamedTuple):
    """Step-down max-T p of the members, shape (tasks, pairs), NaN outside the family, and the single-step bound.

    With probability `level` no statistic of the family exceeds `critical` (in standard errors) where nothing differs;
    `level_each` is the level that a single normal interval of that width has.
    """

    p: Floats
    critical: float | None
    level_each: float | None


def family_max_t(
    flip: Draws, moments: PairMoments, pairs: Pairs, members: ArrayLike, *, level: float = LEVEL
) -> FamilyT:
    """Adjust one family of comparisons from joint sign-flip draws.

    Westfall & Young 1993 (free step-down); Romano & Wolf 2005, doi:10.1198/016214504000000539. Adjusted p are
    ``(b + 1) / (draws + 1)``.

    Parameters
    ----------
    flip : Draws
        From `flip_draws`, over all tasks.
    moments : PairMoments
        From `pair_moments`, for the same tasks.
    pairs : ndarray of int, shape (P, 2)
        Model numbers.
    members : array_like of bool, shape (tasks, P)
        Which comparisons the family has. Those that no item separates get p = 1 and add nothing to the bound.
    level : float
        Joint level of the bound.
    """
    chosen, level = np.asarray(members, dtype=bool), as_fraction(level, "level")
    if chosen.shape != moments.diff.shape:
        raise reject("shape of members", chosen.shape, f"(tasks, pairs) = {moments.diff.shape}")
    if (chosen & ~moments.present).any():
        raise reject("members without scores", int((chosen & ~moments.present).sum()), "0")
    adjusted = np.where(chosen, 1.0, np.nan)
    live = chosen & (moments.null_stderr > 0)
    if not live.any():
        return FamilyT(adjusted, None, None)
    statistic = np.abs(moments.diff[live]) / moments.null_stderr[live]
    adjusted[live], largest = step_down(statistic, _null_blocks(flip, moments, pairs, live))
    # The draw that (b + 1) / (draws + 1) <= 1 - level makes the first one to reject at.
    place = min(int(np.ceil((largest.size + 1) * level - 1e-9)), largest.size)
    critical = float(np.sort(largest)[place - 1])
    return FamilyT(adjusted, critical, float(1 - 2 * special.ndtr(-critical)))


def step_down(observed: Floats, blocks: Iterator[Floats]) -> tuple[Floats, Floats]:
    """Step-down adjusted p of statistics, and the largest statistic of every draw from the null.

    Parameters
    ----------
    observed : ndarray, shape (family,)
        Statistics, larger = further from the null.
    blocks : iterator of ndarray, shape (draws, family)
        The same statistics under joint draws from the null, in blocks, so that a large family fits in memory.
    """
    order = np.argsort(-observed, kind="stable")
    hits, tops = np.zeros(observed.size, dtype=np.int64), []
    floor = observed[order] - _SLACK * np.abs(observed[order])
    for block in blocks:
        largest = np.maximum.accumulate(block[:, order[::-1]], axis=1)[:, ::-1]
        hits += (largest >= floor).sum(axis=0)
        tops.append(largest[:, 0].copy())
    top, adjusted = np.concatenate(tops), np.empty(observed.size)
    adjusted[order] = np.maximum.accumulate((hits + 1) / (top.size + 1))
    return adjusted, top


def _null_blocks(flip: Draws, moments: PairMoments, pairs: Pairs, live: NDArray[np.bool_]) -> Iterator[Floats]:
    """Yield absolute studentised differences under the null for the ``live`` (tasks, pairs), draws in blocks."""
    draws, step = flip.shape[1], max(1, BLOCK_BYTES // (16 * int(live.sum())))
    for start in range(0, draws, step):
        parts = []
        for t, kept in enumerate(live):
            left, right = pairs[kept].T
            means = flip[t, start : start + step]
            parts.append(np.abs(means[:, left] - means[:, right]) / moments.null_stderr[t, kept].astype(np.float32))
        yield np.concatenate(parts, axis=1)
