"""Several answers per item: average them first; K answers to n items are n units, not K times n."""

from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.intervals import Interval, mean
from mergekit_eval.stats.validate import Floats, Seed, as_count, as_scores, reject


class Repeated(NamedTuple):
    """Mean over items of the item averages, with the two parts of its variance (``stderr^2 = between + within``).

    `between` is what more items would reduce, `within` what more answers per item would (``None`` with one
    answer each).
    """

    interval: Interval
    between: float | None
    within: float | None
    answers: float


def item_means(samples: ArrayLike) -> Floats:
    """Average K answers per item; `samples` has shape (n_items, K), NaN where an item has fewer answers."""
    table = np.asarray(samples, dtype=float)
    if table.ndim != 2 or table.size == 0:
        raise reject("shape of samples", table.shape, "items x answers")
    if np.isinf(table).any():
        raise reject("samples", "infinite value", "finite numbers, NaN where there is no answer")
    counts = np.isfinite(table).sum(axis=1)
    if counts.min() == 0:
        raise reject(f"answers of item {int(counts.argmin())}", 0, "1 or more answers for every item")
    return np.nansum(table, axis=1) / counts


def repeated_mean(
    samples: ArrayLike, *, clusters: ArrayLike | None = None, level: float = LEVEL, seed: Seed = 0
) -> Repeated:
    """Interval for the expected score when items were answered K times (Miller 2024, arXiv:2411.00640).

    The variance between item averages already contains ``within / K``; it is split for the reader, never added again.
    """
    centres = item_means(samples)
    table = np.asarray(samples, dtype=float)
    counts = np.isfinite(table).sum(axis=1)
    result = mean(centres, clusters=clusters, level=level, seed=seed)
    if counts.max() < 2 or result.stderr is None:
        return Repeated(result, None, None, float(counts.mean()))
    several = counts > 1
    spread = np.nansum((table - centres[:, None]) ** 2, axis=1)[several] / (counts[several] - 1)
    within = float((spread / counts[several]).mean() / centres.size)
    return Repeated(result, max(result.stderr**2 - within, 0.0), within, float(counts.mean()))


def pass_at_k(correct: ArrayLike, answers: ArrayLike, k: int) -> Floats:
    """Unbiased pass@k of each problem, ``1 - C(n - c, k) / C(n, k)`` (Chen et al. 2021, arXiv:2107.03374).

    `correct` and `answers` count right and all answers per problem; every problem needs `k` answers or more.
    """
    right, total, size = as_scores(correct, "correct"), as_scores(answers, "answers"), as_count(k, "k")
    if right.shape != total.shape:
        raise reject("lengths of correct and answers", (right.size, total.size), "equal lengths")
    whole = (right == np.rint(right)).all() and (total == np.rint(total)).all()
    if not whole or right.min() < 0 or (right > total).any() or total.min() < size:
        raise reject(
            "(correct, answers, k)",
            (right.tolist()[:5], total.tolist()[:5], size),
            "0 <= correct <= answers, k <= answers",
        )
    return np.array([1 - comb(int(n - c), size) / comb(int(n), size) for c, n in zip(right, total, strict=True)])


def pass_at_k_interval(
    correct: ArrayLike,
    answers: ArrayLike,
    k: int,
    *,
    clusters: ArrayLike | None = None,
    level: float = LEVEL,
    seed: Seed = 0,
) -> Interval:
    """Interval for mean pass@k over problems; the problem is the unit."""
    return mean(pass_at_k(correct, answers, k), clusters=clusters, level=level, seed=seed)
