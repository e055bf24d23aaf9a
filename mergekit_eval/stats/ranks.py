"""Who is first, and how sure: ranks from draws of the items, and mean ranks with tasks as the sample (Friedman)."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats as sps

from mergekit_eval.stats.defaults import BLOCK_BYTES, LEVEL
from mergekit_eval.stats.validate import ROUNDING, TINY, Floats, Ints, as_fraction, as_scores, counted, reject

CACHED_DRAWS = 200  # of a thousand models: what a processor keeps at hand


class RankDistribution(NamedTuple):
    """Ranks over the draws, 1 = highest; `share` (models, ranks) sums to 1 per model, tied ranks are shared evenly.

    `first` is the share of draws in which a model is first, `low` and `high` the central interval of its rank. Both
    describe the draws: for models that are nearly tied the share is overconfident (see `stats.choose`) and the interval
    can be too short (see :func:`rank_sets`).
    """

    share: Floats
    mean: Floats
    first: Floats
    low: Ints
    high: Ints


class RankSets(NamedTuple):
    """Lowest and highest rank (1 = highest score) that the data leave open for each model, shape (models,)."""

    low: Ints
    high: Ints


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


def rank_sets(draws: ArrayLike, observed: ArrayLike, *, level: float = LEVEL) -> RankSets:
    """Rank sets from joint intervals for all pairwise differences (Mogstad, Romano, Shaikh & Wilhelm 2024).

    doi:10.1093/restud/rdad006. A model's best open rank is 1 + the number of models that are surely above it. The sets
    of all models hold together at `level`: the critical value is the quantile of the largest studentised deviation
    over the draws, without a step-down.

    Parameters
    ----------
    draws : array_like, shape (n_draws, n_models)
        Bootstrap averages, higher better, of models that share items.
    observed : array_like, shape (n_models,)
        The averages themselves.
    """
    means, centre = as_scores(draws, "draws", ndim=2), as_scores(observed, "observed")
    level = as_fraction(level, "level")
    if means.shape[1] != centre.size:
        raise reject("shape of draws", means.shape, f"(draws, {centre.size})")
    gap = centre[:, None] - centre
    stderr, largest = _pair_spread(means, centre)
    critical = np.quantile(largest, level, method="inverted_cdf")
    sure = (np.abs(gap) > critical * stderr) & (stderr > 0)
    return RankSets(1 + (sure & (gap < 0)).sum(axis=1), centre.size - (sure & (gap > 0)).sum(axis=1))


def _pair_spread(means: Floats, centre: Floats) -> tuple[Floats, Floats]:
    """Standard error of every pair, and the largest studentised deviation of all pairs in each draw."""
    deviations = means - centre
    apart = deviations - deviations.mean(axis=0)
    cov = apart.T @ apart / len(means)
    own = np.add.outer(cov.diagonal(), cov.diagonal())
    variance = own - 2 * cov
    stderr = np.sqrt(np.where(variance > ROUNDING * own, variance, 0.0))
    scale = np.divide(1.0, stderr, out=np.zeros_like(stderr), where=stderr > 0)
    largest = np.zeros(len(means))
    for start in range(0, len(means), CACHED_DRAWS):
        drawn = deviations[start : start + CACHED_DRAWS]
        for model, factor in enumerate(scale):
            moved = np.abs((drawn[:, [model]] - drawn) * factor).max(axis=1)
            largest[start : start + CACHED_DRAWS] = np.maximum(largest[start : start + CACHED_DRAWS], moved)
    return stderr, largest


class Friedman(NamedTuple):
    """Friedman's chi-square; `n_dropped` tasks lacked a model and were left out.

    `mean_ranks` has shape (models,), 1 = highest score. `critical_difference` is Nemenyi's: mean ranks farther apart
    differ at the level. With few tasks it is wide, and it depends on which other models are in the pool (Benavoli,
    Corani & Mangili 2016, arXiv:1505.02288): prefer :func:`groups` with item-level p-values.
    """

    statistic: float | None
    p: float | None
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
        return Friedman(None, None, mean_ranks, None, n, dropped, note)
    # scipy's friedmanchisquare refuses two models
    chi = float((k - 1) * n**2 * ((mean_ranks - (k + 1) / 2) ** 2).sum() / spread)
    p = max(float(sps.chi2.sf(chi, k - 1)), TINY)
    difference = _nemenyi(k, level) * float(np.sqrt(k * (k + 1) / (6 * n)))
    note = f"{counted(n, 'task')}: little power, prefer item-level tests" if n < 10 else ""
    return Friedman(chi, p, mean_ranks, difference, n, dropped, note)


@lru_cache(maxsize=64)
def _nemenyi(k: int, level: float) -> float:
    return float(sps.studentized_range.isf(1 - level, k, np.inf) / np.sqrt(2))


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
