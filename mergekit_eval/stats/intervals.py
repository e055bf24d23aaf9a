"""Intervals for one model on one task: proportions, means (also of clusters), repeated answers and pass@k."""

from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as sps

from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.signflip import cluster_sums, flip_test
from mergekit_eval.stats.validate import (
    ROUNDING,
    Floats,
    Ints,
    Seed,
    as_choice,
    as_clusters,
    as_count,
    as_fraction,
    as_scores,
    counted,
    is_binary,
    is_flat,
    reject,
    two_sided_z,
)


def cr1(x: Floats, ids: Ints) -> float:
    """Cluster-robust standard error of the mean with the factor G / (G - 1).

    The sandwich of an intercept-only regression (Liang & Zeger 1986, doi:10.1093/biomet/73.1.13; the factor as in
    Cameron, Gelbach & Miller 2008); without clusters it is the usual s / sqrt(n).
    """
    residuals = cluster_sums(x - x.mean(), ids)
    groups = residuals.size
    return float(np.sqrt(groups / (groups - 1) * (residuals**2).sum()) / x.size)


class Interval(NamedTuple):
    """An estimate with its interval; a field without an honest value is ``None`` and `note` says why.

    `stderr` is the estimated standard error of the estimate, on the scale of the values; `n` counts items.
    """

    estimate: float
    low: float | None
    high: float | None
    stderr: float | None
    n: int
    method: str
    note: str = ""


def wilson(successes: ArrayLike, n: ArrayLike, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Score limits for a proportion, elementwise (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""
    return score_limits(np.asarray(successes) / np.asarray(n), n, two_sided_z(level))


def score_limits(share: ArrayLike, n: ArrayLike, z: float) -> tuple[Floats, Floats]:
    """Wilson's limits with any quantile `z` and an `n` that may be an effective number of items; within [0, 1]."""
    p, size = np.asarray(share, dtype=float), np.asarray(n, dtype=float)
    middle = (p * size + z * z / 2) / (size + z * z)
    half = z / (size + z * z) * np.sqrt(np.maximum(p * (1 - p) * size, 0) + z * z / 4)
    low, high = np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
    return np.where(p <= 0, 0.0, low), np.where(p >= 1, 1.0, high)


def jeffreys(successes: ArrayLike, n: ArrayLike, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Equal-tailed limits under a Beta(1/2, 1/2) prior; 0 of n starts at 0, n of n ends at 1.

    Brown, Cai & DasGupta 2001, doi:10.1214/ss/1009213286.
    """
    x, size = np.asarray(successes, dtype=float), np.asarray(n, dtype=float)
    tail = (1 - level) / 2
    low = np.where(x <= 0, 0.0, sps.beta.ppf(tail, x + 0.5, size - x + 0.5))
    high = np.where(x >= size, 1.0, sps.beta.isf(tail, x + 0.5, size - x + 0.5))
    return low, high


def proportion(successes: int, n: int, *, method: str = "wilson", level: float = LEVEL) -> Interval:
    """Interval for a proportion of independent items.

    Parameters
    ----------
    successes, n : int
        Correct items and all items, ``0 <= successes <= n``, ``n >= 1``.
    method : {"wilson", "jeffreys"}
        See :func:`wilson` and :func:`jeffreys`.
    level : float
        Confidence level, between 0 and 1.

    Raises
    ------
    StatsError
        For counts that are not whole, negative, or larger than `n`.
    """
    limits = {"wilson": wilson, "jeffreys": jeffreys}[as_choice(method, "method", ("wilson", "jeffreys"))]
    size, hits = as_count(n, "n"), as_count(successes, "successes", least=0)
    if hits > size:
        raise reject("successes", hits, f"at most n = {size}")
    low, high = limits(hits, size, as_fraction(level, "level"))
    share = hits / size
    return Interval(share, float(low), float(high), float(np.sqrt(share * (1 - share) / size)), size, method)


def mean(
    values: ArrayLike, *, clusters: ArrayLike | None = None, level: float = LEVEL, method: str = "auto", seed: Seed = 0
) -> Interval:
    """Interval for the mean score of one model on one task.

    Parameters
    ----------
    values : array_like, shape (n_items,)
        One score per item, any scale.
    clusters : array_like, shape (n_items,), optional
        Id of the passage, story or document an item belongs to.
    level : float
        Confidence level.
    method : {"auto", "t", "wilson", "jeffreys"}
        "auto": Wilson for independent scores of 0 and 1. Otherwise the inverted sign-flip test (of whole clusters),
        widened where all scores lie in [0, 1] to the score interval at the effective number of items, which keeps its
        coverage near the ends of the scale. "t": mean and t, with clusters the CR1 error and t on G - 1 degrees of
        freedom (Cameron, Gelbach & Miller 2008, doi:10.1162/rest.90.3.414).
    seed : int, SeedSequence or Generator
        For random sign flips.
    """
    x = as_scores(values, "values")
    level, method = as_fraction(level, "level"), as_choice(method, "method", ("auto", "t", "wilson", "jeffreys"))
    ids = None if clusters is None else as_clusters(clusters, x.size)
    ids = ids if ids is not None and ids.max() + 1 < x.size else None
    if method in ("wilson", "jeffreys") and (ids is not None or not is_binary(x)):
        raise reject("method", method, "'t' or 'auto' for clusters and for scores other than 0 and 1")
    if method in ("wilson", "jeffreys") or (method == "auto" and ids is None and is_binary(x)):
        return proportion(int(x.sum()), x.size, method="wilson" if method == "auto" else method, level=level)
    return _graded(x, ids, level, method, seed)


def _graded(x: Floats, ids: Ints | None, level: float, method: str, seed: Seed) -> Interval:
    centre, stderr, units = float(x.mean()), mean_stderr(x, ids), x.size if ids is None else int(ids.max()) + 1
    unit, kind = unit_scale(x), "items" if ids is None else counted(units, "cluster")
    if not stderr:
        reason = "no spread between units" if units > 1 else "one independent unit"
        limits = unseen_limits(centre, units, level) if unit else (None, None)
        return Interval(
            centre,
            *limits,
            stderr,
            x.size,
            f"range, {kind}",
            f"{reason}: {'score range only' if unit else 'no interval'}",
        )
    t = float(sps.t.isf((1 - level) / 2, units - 1))
    if method == "t":
        return Interval(centre, centre - t * stderr, centre + t * stderr, stderr, x.size, f"t, {kind}")
    flips = flip_test(x, ids, level, seed)
    low, high = flips.low, flips.high
    if unit:
        score = score_limits(centre, centre * (1 - centre) / stderr**2, t)
        low, high = max(0.0, min(low, float(score[0]))), min(1.0, max(high, float(score[1])))
    if not (np.isfinite(low) and np.isfinite(high)):
        note = f"too few to bound the mean at this level: {counted(units, 'unit')}"
        return Interval(centre, None, None, stderr, x.size, f"sign flips, {kind}", note)
    return Interval(centre, low, high, stderr, x.size, f"sign flips{' and score' if unit else ''}, {kind}")


def mean_stderr(x: Floats, ids: Ints | None, size: float | None = None) -> float | None:
    """Standard error of a mean, CR1 with clusters; ``None`` for a single independent unit.

    0 for values (or cluster sums) that are equal up to rounding; `size` is that of the scores they were computed from.
    """
    size = float(np.abs(x).max()) if size is None else size
    if is_flat(x, size):
        return 0.0 if x.size > 1 else None
    if ids is not None:
        stderr = cr1(x, ids) if ids.max() > 0 else None
        return 0.0 if stderr is not None and stderr <= ROUNDING * size else stderr
    return float(x.std(ddof=1) / np.sqrt(x.size))


def unit_scale(*arrays: Floats) -> bool:
    """Tell whether all scores lie in [0, 1], so that a mean beyond them is impossible."""
    return all(float(x.min()) >= 0 and float(x.max()) <= 1 for x in arrays)


def unseen_limits(value: float, units: int, level: float, lowest: float = 0.0) -> tuple[float, float]:
    """Limits for a mean on [`lowest`, 1] when all units agree: what n units can miss may lie anywhere."""
    share = 1 - ((1 - level) / 2) ** (1 / units)
    return value - share * (value - lowest), value + share * (1 - value)


def unseen_p(difference: ArrayLike, units: int) -> Floats:
    """Two-sided p for a mean difference on [-1, 1] on which all units agree: the test whose limits are `unseen_limits`.

    A mean of zero takes a share of d / (1 + d) at the far end of the scale, which n units miss with chance (1 + d)^-n.
    """
    return np.asarray(np.minimum(2 * (1 + np.abs(difference)) ** -float(units), 1.0))


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
