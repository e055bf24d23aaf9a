"""One family out of all comparisons: its joint p-values, and how far out its largest statistic falls by luck."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from mergekit_eval.stats.covariance import PairMoments, Pairs
from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.joint import null_blocks
from mergekit_eval.stats.maxt import max_t_blocks
from mergekit_eval.stats.resample import Draws
from mergekit_eval.stats.validate import Floats, as_fraction, reject


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
    """Adjust one family of comparisons from joint sign-flip draws; see `max_t` for the sources.

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
    largest: list[Floats] = []
    statistic = np.abs(moments.diff[live]) / moments.null_stderr[live]
    adjusted[live] = max_t_blocks(statistic, _noting(null_blocks(flip, moments, pairs, live), largest))
    critical = _bound(np.concatenate(largest), level)
    return FamilyT(adjusted, critical, _level_of(critical))


def _noting(blocks: Iterable[Floats], largest: list[Floats]) -> Iterator[Floats]:
    for block in blocks:
        largest.append(block.max(axis=1))
        yield block


def _bound(largest: Floats, level: float) -> float:
    """The draw that (b + 1) / (draws + 1) <= 1 - level makes the first one to reject at."""
    place = min(int(np.ceil((largest.size + 1) * level - 1e-9)), largest.size)
    return float(np.sort(largest)[place - 1])


def _level_of(critical: float) -> float:
    return float(1 - 2 * special.ndtr(-critical))
