"""Intervals for one model on one task: proportions and means, also of clusters."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as sps

from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.signflip import cluster_sums, flip_null, flip_test
from mergekit_eval.stats.validate import (
    ROUNDING,
    Floats,
    Ints,
    Seed,
    as_clusters,
    as_count,
    as_fraction,
    as_scores,
    counted,
    is_binary,
    is_flat,
    reject,
    two_sided_z,
    units_of,
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


def proportion(successes: int, n: int, *, level: float = LEVEL) -> Interval:
    """Wilson's interval for a proportion of independent items.

    Parameters
    ----------
    successes, n : int
        Correct items and all items, ``0 <= successes <= n``, ``n >= 1``.
    level : float
        Confidence level, between 0 and 1.

    Raises
    ------
    StatsError
        For counts that are not whole, negative, or larger than `n`.
    """
    size, hits = as_count(n, "n"), as_count(successes, "successes", least=0)
    if hits > size:
        raise reject("successes", hits, f"at most n = {size}")
    low, high = wilson(hits, size, as_fraction(level, "level"))
    share = hits / size
    return Interval(share, float(low), float(high), float(np.sqrt(share * (1 - share) / size)), size, "wilson")


def mean(values: ArrayLike, *, clusters: ArrayLike | None = None, level: float = LEVEL, seed: Seed = 0) -> Interval:
    """Interval for the mean score of one model on one task.

    Scores of 0 and 1: Wilson for independent items, `clustered_limits` for items in clusters. Graded scores: the
    inverted sign-flip test (of whole clusters), widened where all scores lie in [0, 1] to the score interval at the
    effective number of items, which keeps its coverage near the ends of the scale.

    Parameters
    ----------
    values : array_like, shape (n_items,)
        One score per item, any scale.
    clusters : array_like, shape (n_items,), optional
        Id of the passage, story or document an item belongs to.
    level : float
        Confidence level.
    seed : int, SeedSequence or Generator
        For random sign flips.
    """
    x, level = as_scores(values, "values"), as_fraction(level, "level")
    ids = as_clusters(clusters, x.size)
    if ids is None and is_binary(x):
        return proportion(int(x.sum()), x.size, level=level)
    kind, stderr = units_named(x.size, ids), mean_stderr(x, ids)
    if not stderr:
        return _without_spread(x, units_of(x.size, ids), level, stderr)._replace(method=f"range, {kind}")
    if ids is not None and is_binary(x):
        low, high = map(float, clustered_limits(cluster_sums(x, ids), np.bincount(ids).astype(float), level))
        return Interval(float(x.mean()), low, high, stderr, x.size, f"Clopper-Pearson, {kind}")
    low, high = _flips_and_score(x, ids, level, seed, stderr)
    if not (np.isfinite(low) and np.isfinite(high)):
        note = f"too few to bound the mean at this level: {counted(units_of(x.size, ids), 'unit')}"
        return Interval(float(x.mean()), None, None, stderr, x.size, f"sign flips, {kind}", note)
    method = f"sign flips{' and score' if unit_scale(x) else ''}, {kind}"
    return Interval(float(x.mean()), low, high, stderr, x.size, method)


def clustered_limits(right: Floats, sizes: Floats, level: float) -> tuple[Floats, Floats]:
    """Limits for a proportion of right answers in clusters: Clopper and Pearson's at an effective number of items.

    As Korn & Graubard 1998 (Survey Methodology 24:193), with their correction for the degrees of freedom, but with
    Kish's design effect (1965) at the intra-cluster correlation of the analysis of variance, 0 or more. Where answers
    agree within clusters the effective number is then the same whatever the answers are, so that the limits rise with
    every further cluster that is right.

    Parameters
    ----------
    right : ndarray, shape (..., clusters)
        Right answers in each cluster: not all, not none, and not the same share in every cluster.
    sizes : ndarray, shape (clusters,)
        Items of each cluster, more than one in some.
    level : float
        Confidence level.
    """
    groups, n = sizes.size, float(sizes.sum())
    share, rates, equal = right.sum(axis=-1) / n, right / sizes, n**2 / float((sizes**2).sum())
    between = (sizes * (rates - share[..., None]) ** 2).sum(axis=-1) / (groups - 1)
    within = (right * (1 - rates)).sum(axis=-1) / (n - groups)
    typical = n * (1 - 1 / equal) / (groups - 1)
    alike = np.maximum((between - within) / (between + (typical - 1) * within), 0)
    freedom = two_sided_z(level) / float(sps.t.isf((1 - level) / 2, max(equal - 1, 1)))
    size = freedom**2 / ((1 - alike) / n + alike * groups / (groups - 1) / equal)
    yes, no = share * size, (1 - share) * size
    return sps.beta.ppf((1 - level) / 2, yes, no + 1), sps.beta.isf((1 - level) / 2, yes + 1, no)


def units_named(n: int, ids: Ints | None) -> str:
    """Return what is independent in a sentence: items, or so many clusters."""
    return "items" if ids is None else counted(units_of(n, ids), "cluster")


def _without_spread(x: Floats, units: int, level: float, stderr: float | None) -> Interval:
    reason = "no spread between units" if units > 1 else "one independent unit"
    centre = float(x.mean())
    if not unit_scale(x):
        return Interval(centre, None, None, stderr, x.size, "", f"{reason}: no interval")
    low, high = unseen_limits(centre, units, level)
    return Interval(centre, low, high, stderr, x.size, "", f"{reason}: score range only")


def _flips_and_score(x: Floats, ids: Ints | None, level: float, seed: Seed, stderr: float) -> tuple[float, float]:
    """Limits of the sign flips; on [0, 1] the wider of these and the score limits at the effective number of items."""
    flips, centre = flip_test(flip_null(x, ids, seed), level, seed), float(x.mean())
    if not unit_scale(x):
        return flips.low, flips.high
    t = float(sps.t.isf((1 - level) / 2, units_of(x.size, ids) - 1))
    low, high = score_limits(centre, centre * (1 - centre) / stderr**2, t)
    return max(0.0, min(flips.low, float(low))), min(1.0, max(flips.high, float(high)))


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
