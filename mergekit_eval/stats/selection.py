"""The best of several candidates, with the luck of having been selected taken out."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mergekit_eval.stats.average import Aggregate, aggregate, as_weights
from mergekit_eval.stats.decision import as_covariance, root
from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.resample import Clusters, TaskColumns, check_tasks
from mergekit_eval.stats.validate import (
    ROUNDING,
    Floats,
    Ints,
    Seed,
    as_count,
    as_fraction,
    as_generator,
    as_scores,
    reject,
)

POINTS = 2_000  # with their opposites: the mean of the highest is known to a hundredth of a standard error
NEAR = 3.0  # standard errors below the highest: what lies deeper is no rival, and says nothing of how far rivals differ


class Selection(NamedTuple):
    """Naive and honest figure of the winner; `optimism` is how much of the naive figure is the luck of having won.

    `best` is the candidate with the highest average on all items, `naive` its average there. `cross_fitted` is the
    average of whichever candidate the *other* half of the items selects; `chosen` (candidates,) says how often each.
    """

    best: int
    naive: float
    cross_fitted: Aggregate
    optimism: float
    chosen: Floats


def cross_fit(
    tasks: Sequence[ArrayLike],
    *,
    reference: Sequence[ArrayLike] | None = None,
    weights: ArrayLike | None = None,
    clusters: Clusters | None = None,
    repeats: int = 20,
    level: float = LEVEL,
    seed: Seed = 0,
) -> Selection:
    """Select on one half of the items, score on the other, both ways, and average over random halves.

    Parameters
    ----------
    tasks : sequence of array_like, shape (n_items, n_candidates)
        Scores of all candidates, higher better, none missing.
    reference : sequence of array_like, shape (n_items,), optional
        Scores of a fixed model on the same items; the figures are then gains over it.
    weights : array_like, shape (n_tasks,), optional
        Task weights of the selecting and of the reported average; equal if left out.
    clusters : sequence of array_like or None, optional
        Items of one cluster stay in one half.
    repeats : int
        Random divisions into halves; ten or more take out the luck of one division.

    Notes
    -----
    The estimand is the score of what this way of selecting picks on half of the items. The variance is that of one
    division as if its two halves were independent, averaged over divisions. Where candidates are nearly tied one
    division varies more than that and the average over ten or more less; five folds were tried and cover too little
    (docs/statistics.md).
    """
    columns = check_tasks(tasks, clusters)
    gaps = [k for k, c in enumerate(columns) if not c.present.all()]
    if gaps:
        raise reject(f"candidates with scores on tasks[{gaps[0]}]", int(columns[gaps[0]].present.sum()), "all of them")
    if min(len(c.sums) for c in columns) < 4:
        raise reject("units of the smallest task", min(len(c.sums) for c in columns), "4 or more, two in each half")
    w, base = as_weights(weights, len(columns)), _reference_sums(columns, reference, clusters)
    average = sum(wt * c.sums.sum(axis=0) / c.n for wt, c in zip(w, columns, strict=True))
    shift = float(sum(wt * b.sum() / c.n for wt, b, c in zip(w, base, columns, strict=True)))
    means, variances, chosen = _divide(columns, base, w, as_count(repeats, "repeats"), as_generator(seed))
    units = [len(c.sums) for c in columns]
    result = aggregate(means, np.sqrt(variances), units, weights=w, level=as_fraction(level, "level"))
    best = int(np.argmax(average))
    naive = float(average[best]) - shift
    return Selection(best, naive, result, naive - result.estimate, chosen)


def luck_of_the_highest(values: ArrayLike, covariance: ArrayLike) -> float:
    """Return by how much the highest of several estimates is expected to lie above the highest true value.

    Parameters
    ----------
    values : array_like, shape (k,)
        Estimates, higher better.
    covariance : array_like, shape (k, k)
        Of their errors. An error that all share does not count.

    Returns
    -------
    float
        0 or more, in the unit of the values: the mean over normal draws of the highest of values + errors, less the
        highest of the values (parametric bootstrap, with the same draws in every call; of two in closed form, Clark
        1961, doi:10.1287/opre.9.2.145). Estimates scatter more than true values do, so the values to which errors are
        added are pulled together first: those of the rivals (within 3 standard errors of the highest), until they
        scatter by what errors do not explain. docs/statistics.md has the bias that is left.
    """
    value = as_scores(values, "values")
    cov = as_covariance(covariance, value.size)
    if value.size == 2:
        return _of_two(abs(value[0] - value[1]), cov[0, 0] + cov[1, 1] - 2 * cov[0, 1])
    top = int(value.argmax())
    apart = np.sqrt(np.maximum(cov.diagonal() + cov[top, top] - 2 * cov[top], 0.0))
    rivals = value[top] - value <= NEAR * apart
    centre, seen = value[rivals].mean(), value[rivals].var()
    own = cov[np.ix_(rivals, rivals)]
    chance = own.diagonal().mean() - own.mean()  # the variance among them that errors alone would give
    left = 1 - chance / seen if seen > 0 else 0.0
    kept = np.sqrt(left) if left > ROUNDING else 0.0  # the root of a rounding error is none
    pulled = np.where(rivals, centre + kept * (value - centre), value)
    return _simulated(pulled.tobytes(), cov.tobytes())


def _of_two(gap: float, variance: float) -> float:
    """Return the luck of the higher of two with a variance of their difference: the mean of what is below 0 of it.

    Two scatter by half their gap, and by half of what errors explain.
    """
    if variance <= 0:
        return 0.0
    spread = math.sqrt(variance)
    if gap <= NEAR * spread:
        left = 1 - variance / gap**2 if gap else 0.0
        gap = gap * math.sqrt(left) if left > ROUNDING else 0.0
    z = gap / spread
    return spread * math.exp(-z * z / 2) / math.sqrt(2 * math.pi) - gap * math.erfc(z / math.sqrt(2)) / 2


@lru_cache(maxsize=4096)
def _simulated(values: bytes, covariance: bytes) -> float:
    """Return the luck of the highest by draws; merges of the same parents ask it again and again."""
    value, cov = np.frombuffer(values), np.frombuffer(covariance)
    errors = _points(value.size) @ root(cov.reshape(value.size, -1))
    both = [(value + sign * errors).max(axis=1).mean() for sign in (1, -1)]  # each error and its opposite
    return float(np.mean(both) - value.max())


@lru_cache
def _points(size: int) -> Floats:
    return np.random.default_rng(0).standard_normal((POINTS, size))


def _divide(
    columns: list[TaskColumns], base: list[Floats], w: Floats, repeats: int, generator: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Held-out mean and variance per task, averaged over divisions, and the share of selections of each candidate."""
    means, variances = np.zeros(len(columns)), np.zeros(len(columns))
    chosen = np.zeros(columns[0].sums.shape[1])
    for _ in range(repeats):
        halves = [generator.permutation(len(c.sums)) % 2 for c in columns]
        winners = _winners(columns, w, halves)
        np.add.at(chosen, winners, 1)
        for t, (column, half) in enumerate(zip(columns, halves, strict=True)):
            value = np.take_along_axis(column.sums, winners[half][:, None], axis=1)[:, 0] - base[t]
            residuals = value - column.sizes * value.sum() / column.n
            means[t] += value.sum() / column.n / repeats
            variances[t] += len(value) / (len(value) - 1) * (residuals**2).sum() / column.n**2 / repeats
    return means, variances, chosen / chosen.sum()


def _winners(columns: list[TaskColumns], w: Floats, halves: list[Ints]) -> Ints:
    """Candidate with the highest weighted average outside half 0, and outside half 1."""
    total = np.zeros((2, columns[0].sums.shape[1]))
    for weight, column, half in zip(w, columns, halves, strict=True):
        for side in (0, 1):
            outside = half != side
            total[side] += weight * column.sums[outside].sum(axis=0) / column.sizes[outside].sum()
    return np.asarray(total.argmax(axis=1))


def _reference_sums(
    columns: list[TaskColumns], reference: Sequence[ArrayLike] | None, clusters: Clusters | None
) -> list[Floats]:
    if reference is None:
        return [np.zeros(len(c.sums)) for c in columns]
    sums = check_tasks([as_scores(r, f"reference[{t}]")[:, None] for t, r in enumerate(reference)], clusters)
    if [c.n for c in sums] != [c.n for c in columns]:
        raise reject("items of reference", [c.n for c in sums], f"those of tasks, {[c.n for c in columns]}")
    return [c.sums[:, 0] for c in sums]
