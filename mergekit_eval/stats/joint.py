"""All pairs of models on all tasks at once, from the same draws: intervals, tests and their joint adjustment."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mergekit_eval.stats.average import as_weights, weighted_draws
from mergekit_eval.stats.defaults import BLOCK_BYTES, LEVEL, RESAMPLES
from mergekit_eval.stats.intervals import unseen_limits
from mergekit_eval.stats.multiplicity import max_t_blocks
from mergekit_eval.stats.resample import (
    Draws,
    PairMoments,
    Pairs,
    TaskColumns,
    as_pairs,
    bootstrap_draws,
    check_tasks,
    column_moments,
    flip_draws,
)
from mergekit_eval.stats.validate import Floats, Seed, as_fraction, as_generator, reject

_SLACK = 1e-6


class TaskPairs(NamedTuple):
    """Every pair on every task; arrays (tasks, pairs), NaN only where `present` is False.

    `p` is a sign-flip p, `p_family` its step-down max-T adjustment over all tasks and pairs given.
    """

    diff: Floats
    stderr: Floats
    low: Floats
    high: Floats
    p: Floats
    p_family: Floats
    present: NDArray[np.bool_]


class MacroPairs(NamedTuple):
    """Every pair on the weighted average of the tasks; arrays (pairs,), NaN only where `present` is False."""

    diff: Floats
    stderr: Floats
    low: Floats
    high: Floats
    p: Floats
    p_family: Floats
    present: NDArray[np.bool_]


def task_pairs(boot: Draws, flip: Draws, moments: PairMoments, pairs: Pairs, level: float = LEVEL) -> TaskPairs:
    """Percentile intervals and sign-flip p of each pair on each task; see :func:`compare_all` for the way in."""
    low, high, p = (np.full(moments.diff.shape, np.nan) for _ in range(3))
    for t, present in enumerate(moments.present):
        left, right = pairs[present].T
        low[t, present], high[t, present] = _percentiles(boot.means[t], left, right, level)
        p[t, present] = _flip_p(flip.means[t], left, right, moments.diff[t, present])
    return TaskPairs(moments.diff, moments.stderr, low, high, p, _family(flip, moments, pairs), moments.present)


def macro_pairs(
    boot: Draws, flip: Draws, moments: PairMoments, pairs: Pairs, weights: ArrayLike | None = None, level: float = LEVEL
) -> MacroPairs:
    """Compare weighted averages of the tasks; a pair that misses a task has no average, rather than another one."""
    w, present = as_weights(weights, len(moments.diff)), moments.present.all(axis=0)
    diff, stderr, null = w @ moments.diff, *(np.sqrt(w**2 @ x**2) for x in (moments.stderr, moments.null_stderr))
    low, high, p = (np.full(diff.shape, np.nan) for _ in range(3))
    family = np.where(present, 1.0, np.nan)
    left, right = pairs[present].T
    low[present], high[present] = _percentiles(weighted_draws(boot, w), left, right, level)
    flipped = weighted_draws(flip, w)
    p[present] = _flip_p(flipped, left, right, diff[present])
    live = present & (null > 0)
    left, right = pairs[live].T
    if live.any():
        blocks = (
            np.abs(flipped[s][:, left] - flipped[s][:, right]) / null[live] for s in _slices(len(flipped), left.size)
        )
        family[live] = max_t_blocks(np.abs(diff[live]) / null[live], blocks)
    return MacroPairs(diff, stderr, low, high, p, family, present)


class Comparison(NamedTuple):
    """All results of one set of draws; `boot` also feeds ranks, ratios and normalised averages."""

    pairs: Pairs
    tasks: TaskPairs
    macro: MacroPairs
    boot: Draws
    flip: Draws


def compare_all(
    tasks: Sequence[ArrayLike],
    *,
    pairs: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    clusters: Sequence | None = None,
    level: float = LEVEL,
    n_resamples: int = RESAMPLES,
    seed: Seed = 0,
    workers: int = 1,
) -> Comparison:
    """Compare pairs of models on each task and on the weighted average, all from one set of draws.

    Parameters
    ----------
    tasks : sequence of array_like, shape (n_items, n_models)
        Scores of the models on the items of each task; a model not run on a task has a column of NaN.
    pairs : array_like of int, shape (P, 2), optional
        Pairs (first minus second); every pair once if left out.
    weights : array_like, shape (n_tasks,), optional
        Weights of the tasks in the average (scaled to sum 1); equal if left out, which is the macro average.
    clusters, n_resamples, workers
        As in :func:`bootstrap_draws`.
    level : float
        Level of the percentile intervals.
    seed : int, SeedSequence or Generator
        Fixes every digit.

    Notes
    -----
    Where a pair differs equally on every unit of a task, all draws agree and the limits are instead what that many
    units leave open on a scale from 0 to 1 (`unseen_limits`), infinite on any other. Percentile limits of few items, or
    of few that differ, are too narrow (docs/statistics.md): for a claim about one task take `paired_difference`.

    p is the share of joint sign flips whose difference is at least as large, so it is exact where the two models are
    exchangeable on every item; where single tasks differ in opposite directions it is on the careful side for the
    average, because flips keep those differences in their spread.
    """
    level = as_fraction(level, "level")
    generator = as_generator(seed)
    draws = {"clusters": clusters, "n_resamples": n_resamples, "workers": workers}
    boot = bootstrap_draws(tasks, seed=generator, **draws)
    flip = flip_draws(tasks, seed=generator, **draws)
    index = as_pairs(pairs, boot.observed.shape[1])
    columns = check_tasks(tasks, clusters)
    moments = column_moments(columns, index)
    by_task = _open_flat(task_pairs(boot, flip, moments, index, level), columns, level)
    macro = macro_pairs(boot, flip, moments, index, weights, level)
    w, flat = as_weights(weights, len(tasks)), _no_spread(macro.stderr)
    low, high = (np.where(flat, w @ ends, own) for ends, own in zip(by_task[2:4], macro[2:4], strict=True))
    return Comparison(index, by_task, macro._replace(low=low, high=high), boot, flip)


def _no_spread(stderr: Floats) -> NDArray[np.bool_]:
    return (stderr == 0) | np.isinf(stderr)


def _open_flat(found: TaskPairs, columns: list[TaskColumns], level: float) -> TaskPairs:
    """Give pairs whose differences are all equal, whose draws hence are too, what the number of units leaves open."""
    low, high = found.low.copy(), found.high.copy()
    for t, column in enumerate(columns):
        flat = found.present[t] & _no_spread(found.stderr[t])
        share = column.sums / column.sizes[:, None]
        bounded = share.min() >= 0 and share.max() <= 1
        diff = found.diff[t, flat]
        low[t, flat], high[t, flat] = (
            unseen_limits(diff, len(column.sums), level, -1.0) if bounded else (-np.inf, np.inf)
        )
    return found._replace(low=low, high=high)


def _gaps(means: Floats, left: Pairs, right: Pairs) -> Iterator[tuple[slice, Floats]]:
    """Differences of pairs in blocks of pairs, each (pairs, draws), laid out for work along the draws."""
    by_model = np.ascontiguousarray(means.T)
    for block in _slices(left.size, len(means)):
        gaps = by_model[left[block]]
        gaps -= by_model[right[block]]
        yield block, gaps


def _percentiles(means: Floats, left: Pairs, right: Pairs, level: float) -> tuple[Floats, Floats]:
    tail = int(np.floor((1 - level) / 2 * len(means)))
    places, limits = [tail, len(means) - 1 - tail], np.empty((2, left.size))
    for block, gaps in _gaps(means, left, right):
        gaps.partition(places, axis=1)
        limits[:, block] = gaps[:, places].T
    return limits[0], limits[1]


def _flip_p(means: Floats, left: Pairs, right: Pairs, diff: Floats) -> Floats:
    hits, floor = np.empty(left.size), np.abs(diff)[:, None] * (1 - _SLACK)
    for block, gaps in _gaps(means, left, right):
        hits[block] = (np.abs(gaps, out=gaps) >= floor[block]).sum(axis=1)
    return (hits + 1) / (len(means) + 1)


def _family(flip: Draws, moments: PairMoments, pairs: Pairs) -> Floats:
    """Max-T over all tasks and pairs; pairs that nothing separates stay at p = 1 and out of everybody's way."""
    adjusted = np.where(moments.present, 1.0, np.nan)
    live = moments.present & (moments.null_stderr > 0)
    if live.any():
        statistic = np.abs(moments.diff[live]) / moments.null_stderr[live]
        adjusted[live] = max_t_blocks(statistic, null_blocks(flip, moments, pairs, live))
    return adjusted


def null_blocks(flip: Draws, moments: PairMoments, pairs: Pairs, live: NDArray[np.bool_]) -> Iterator[Floats]:
    """Yield absolute studentised differences under the null for the ``live`` (tasks, pairs), draws in blocks."""
    for rows in _slices(flip.means.shape[1], int(live.sum())):
        parts = []
        for t, kept in enumerate(live):
            left, right = pairs[kept].T
            draws = flip.means[t, rows]
            parts.append(np.abs(draws[:, left] - draws[:, right]) / moments.null_stderr[t, kept].astype(np.float32))
        yield np.concatenate(parts, axis=1)


def _slices(draws: int, width: int) -> list[slice]:
    step = max(1, BLOCK_BYTES // (16 * max(width, 1)))
    return [slice(start, min(start + step, draws)) for start in range(0, draws, step)]


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
