"""Who is first, and how sure: ranks from draws, tasks as the sample (Friedman), the best of several, luck taken out."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats as sps

from mergekit_eval.stats.average import Aggregate, aggregate, as_weights
from mergekit_eval.stats.defaults import BLOCK_BYTES, LEVEL
from mergekit_eval.stats.resample import Clusters, TaskColumns, check_tasks
from mergekit_eval.stats.validate import (
    ROUNDING,
    TINY,
    Floats,
    Ints,
    Seed,
    as_count,
    as_fraction,
    as_generator,
    as_scores,
    counted,
    reject,
)

CACHED_DRAWS = 200  # of a thousand models: what a processor keeps at hand


class RankDistribution(NamedTuple):
    """Ranks over the draws, 1 = highest; `share` (models, ranks) sums to 1 per model, tied ranks are shared evenly.

    `p_best` is the share of draws in which a model is first, `low` and `high` the central interval of its rank. Such
    intervals describe the draws; for models that are nearly tied they can be too short: see :func:`rank_sets`.
    """

    share: Floats
    mean: Floats
    p_best: Floats
    low: Ints
    high: Ints


class RankSets(NamedTuple):
    """Lowest and highest rank (1 = highest score) that the data leave open for each model, shape (models,)."""

    low: Ints
    high: Ints
    method: str


def rank_distribution(draws: ArrayLike, *, level: float = LEVEL) -> RankDistribution:
    """Rank models in every draw.

    Parameters
    ----------
    draws : array_like, shape (n_draws, n_models)
        Bootstrap averages, higher better; only models that have every task (see :func:`weighted_draws`).
    level : float
        Level of the rank interval.
    """
    means, level = as_scores(draws, "draws", ndim=2), as_fraction(level, "level")
    models = means.shape[1]
    share = np.zeros((models, models))
    step = max(1, BLOCK_BYTES // (8 * models))
    for start in range(0, len(means), step):
        share += _shares(means[start : start + step])
    share /= len(means)
    below = np.cumsum(share, axis=1)
    low = (below > (1 - level) / 2 + 1e-12).argmax(axis=1) + 1
    high = (below >= (1 + level) / 2 - 1e-12).argmax(axis=1) + 1
    return RankDistribution(share, share @ np.arange(1, models + 1), share[:, 0], low, high)


def _shares(means: Floats) -> Floats:
    """Counts of (model, rank), a tie of k models giving 1 / k to each of its k ranks."""
    models = means.shape[1]
    last = sps.rankdata(-means, method="max", axis=1).astype(np.intp)
    above = sps.rankdata(-means, method="min", axis=1).astype(np.intp) - 1
    counts = np.zeros((models, models + 1))
    rows = np.broadcast_to(np.arange(models), above.shape)
    np.add.at(counts, (rows, above), 1 / (last - above))
    np.add.at(counts, (rows, last), -1 / (last - above))
    return np.cumsum(counts, axis=1)[:, :models]


def rank_sets(draws: ArrayLike, observed: ArrayLike, *, level: float = LEVEL, simultaneous: bool = True) -> RankSets:
    """Rank sets from joint intervals for all pairwise differences (Mogstad, Romano, Shaikh & Wilhelm 2024).

    doi:10.1093/restud/rdad006. A model's best open rank is 1 + the number of models that are surely above it. The
    critical value is the quantile of the largest studentised deviation over the draws, without a step-down.

    Parameters
    ----------
    draws : array_like, shape (n_draws, n_models)
        Bootstrap averages, higher better, of models that share items.
    observed : array_like, shape (n_models,)
        The averages themselves.
    simultaneous : bool
        True: the sets of all models hold together at `level`. False: each set holds on its own.
    """
    means, centre = as_scores(draws, "draws", ndim=2), as_scores(observed, "observed")
    level = as_fraction(level, "level")
    if means.shape[1] != centre.size:
        raise reject("shape of draws", means.shape, f"(draws, {centre.size})")
    gap = centre[:, None] - centre
    stderr, largest = _pair_spread(means, centre)
    own = np.quantile(largest, level, axis=1, method="inverted_cdf")
    joint = np.quantile(largest.max(axis=0), level, method="inverted_cdf")
    critical = np.full(centre.size, joint) if simultaneous else own
    sure = (np.abs(gap) > critical[:, None] * stderr) & (stderr > 0)
    method = f"{'simultaneous' if simultaneous else 'marginal'} rank sets, {100 * level:.6g}%"
    return RankSets(1 + (sure & (gap < 0)).sum(axis=1), centre.size - (sure & (gap > 0)).sum(axis=1), method)


def _pair_spread(means: Floats, centre: Floats) -> tuple[Floats, Floats]:
    """Standard error of every pair, and per model the largest studentised deviation of its pairs in each draw."""
    deviations = means - centre
    apart = deviations - deviations.mean(axis=0)
    cov = apart.T @ apart / len(means)
    own = np.add.outer(cov.diagonal(), cov.diagonal())
    variance = own - 2 * cov
    stderr = np.sqrt(np.where(variance > ROUNDING * own, variance, 0.0))
    scale = np.divide(1.0, stderr, out=np.zeros_like(stderr), where=stderr > 0)
    largest = np.zeros(means.shape[::-1])
    for start in range(0, len(means), CACHED_DRAWS):
        drawn = deviations[start : start + CACHED_DRAWS]
        for model, factor in enumerate(scale):
            moved = np.abs((drawn[:, [model]] - drawn) * factor)
            largest[model, start : start + CACHED_DRAWS] = moved.max(axis=1)
    return stderr, largest


class Friedman(NamedTuple):
    """Friedman's chi-square and the F form of Iman & Davenport; `n_dropped` tasks lacked a model and were left out.

    `mean_ranks` has shape (models,), 1 = highest score. `critical_difference` is Nemenyi's: mean ranks farther apart
    differ at the level. With few tasks it is wide, and it depends on which other models are in the pool (Benavoli,
    Corani & Mangili 2016, arXiv:1505.02288): prefer :func:`groups` with item-level p-values.
    """

    statistic: float | None
    p: float | None
    f_statistic: float | None
    f_p: float | None
    mean_ranks: Floats
    critical_difference: float | None
    n_tasks: int
    n_dropped: int
    note: str = ""


def friedman(scores: ArrayLike, *, level: float = LEVEL) -> Friedman:
    """Test whether all models rank alike over tasks (Friedman 1937; Demsar 2006, JMLR 7:1).

    Parameters
    ----------
    scores : array_like, shape (n_tasks, n_models)
        Higher better; NaN where a model has no score. Tasks with a gap are left out and counted.
    level : float
        Level of the critical difference.
    """
    table, level = np.asarray(scores, dtype=float), as_fraction(level, "level")
    if table.ndim != 2 or table.shape[1] < 2:
        raise reject("shape of scores", table.shape, "tasks x models, two or more models")
    whole = table[np.isfinite(table).all(axis=1)]
    (n, k), dropped = whole.shape, len(table) - len(whole)
    if n == 0:
        raise reject("tasks that every model has", 0, "1 or more (leave out the model with gaps, or the tasks)")
    ranks = sps.rankdata(-whole, axis=1)
    mean_ranks = ranks.mean(axis=0)
    spread = (ranks**2).sum() - n * k * (k + 1) ** 2 / 4
    if n < 2 or spread <= 0:
        note = "one task cannot rank models" if n < 2 else "all models are tied on every task"
        return Friedman(None, None, None, None, mean_ranks, None, n, dropped, note)
    chi = float((k - 1) * n**2 * ((mean_ranks - (k + 1) / 2) ** 2).sum() / spread)
    p = max(float(sps.chi2.sf(chi, k - 1)), TINY)
    difference = _nemenyi(k, level) * float(np.sqrt(k * (k + 1) / (6 * n)))
    note = f"{counted(n, 'task')}: little power, prefer item-level tests" if n < 10 else ""
    return Friedman(chi, p, *_iman_davenport(chi, n, k), mean_ranks, difference, n, dropped, note)


@lru_cache(maxsize=64)
def _nemenyi(k: int, level: float) -> float:
    return float(sps.studentized_range.isf(1 - level, k, np.inf) / np.sqrt(2))


def _iman_davenport(chi: float, n: int, k: int) -> tuple[float | None, float | None]:
    """F form (Iman & Davenport 1980); undefined where all tasks agree perfectly."""
    rest = n * (k - 1) - chi
    if rest <= 1e-9 * n * k:
        return None, None
    statistic = (n - 1) * chi / rest
    return float(statistic), max(float(sps.f.sf(statistic, k - 1, (k - 1) * (n - 1))), TINY)


def groups(order: ArrayLike, differs: ArrayLike) -> list[tuple[int, int]]:
    """Bars of a critical-difference diagram: longest runs of neighbours in which no two models differ.

    Parameters
    ----------
    order : array_like, shape (n_models,)
        Models from best to worst (their numbers).
    differs : array_like of bool, shape (n_models, n_models)
        Whether two models differ, from item-level adjusted p-values or from mean ranks and the critical difference.

    Returns
    -------
    list of (first, last)
        Places in `order`, both included; runs of a single model are left out.
    """
    rows = np.asarray(order, dtype=np.intp)
    table: NDArray[np.bool_] = np.asarray(differs, dtype=bool)
    if sorted(rows.tolist()) != list(range(rows.size)) or table.shape != (rows.size, rows.size):
        raise reject("(order, shape of differs)", (rows.tolist(), table.shape), "a permutation of 0 ... k-1 and (k, k)")
    sorted_table = (table | table.T)[np.ix_(rows, rows)]
    ends = [_last_alike(sorted_table, first) for first in range(rows.size)]
    return [(i, end) for i, end in enumerate(ends) if end > i and (i == 0 or ends[i - 1] < end)]


def _last_alike(table: NDArray[np.bool_], first: int) -> int:
    last = first
    while last + 1 < len(table) and not table[first : last + 1, last + 1].any():
        last += 1
    return last


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
    repeats: int


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
    result = aggregate(means, np.sqrt(variances), n_items=units, weights=w, level=as_fraction(level, "level"))
    best = int(np.argmax(average))
    naive = float(average[best]) - shift
    return Selection(best, naive, result, naive - result.estimate, chosen, repeats)


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
