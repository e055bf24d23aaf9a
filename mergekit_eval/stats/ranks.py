"""Who is first, and how sure: rank distributions from shared draws, and rank sets that hold for near-ties too."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mergekit_eval.stats.defaults import BLOCK_BYTES, LEVEL
from mergekit_eval.stats.validate import Floats, Ints, as_fraction, as_scores, reject


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
    step = max(1, BLOCK_BYTES // (8 * models * models))
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
    above = (means[:, None, :] > means[:, :, None]).sum(axis=2)
    tied = (means[:, None, :] == means[:, :, None]).sum(axis=2)
    counts = np.zeros((models, models + 1))
    rows = np.broadcast_to(np.arange(models), above.shape)
    np.add.at(counts, (rows, above), 1 / tied)
    np.add.at(counts, (rows, above + tied), -1 / tied)
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
    stderr, largest = _pair_spread(means, gap)
    own = np.quantile(largest, level, axis=1, method="inverted_cdf")
    joint = np.quantile(largest.max(axis=0), level, method="inverted_cdf")
    critical = np.full(centre.size, joint) if simultaneous else own
    sure = (np.abs(gap) > critical[:, None] * stderr) & (stderr > 0)
    method = f"{'simultaneous' if simultaneous else 'marginal'} rank sets, {100 * level:.6g}%"
    return RankSets(1 + (sure & (gap < 0)).sum(axis=1), centre.size - (sure & (gap > 0)).sum(axis=1), method)


def _pair_spread(means: Floats, gap: Floats) -> tuple[Floats, Floats]:
    """Standard error of every pair, and per model the largest studentised deviation of its pairs in each draw."""
    stderr, largest = np.zeros_like(gap), np.zeros(means.shape[::-1])
    for model, row in enumerate(gap):
        deviations = means[:, [model]] - means - row
        stderr[model] = deviations.std(axis=0)
        scale = np.where(stderr[model] > 0, stderr[model], np.inf)
        largest[model] = np.abs(deviations / scale).max(axis=1)
    return stderr, largest
