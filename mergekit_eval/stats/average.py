"""Many tasks into one number (weighted, normalised by chance), and ratios of two such averages.

The estimand is a set of weights, and the error follows from the weights squared: ``micro`` weights items equally
(n_t / sum n), ``macro`` tasks equally, and any other weights are given.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy import stats as sps

from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.intervals import Interval, score_limits, unit_scale, unseen_limits
from mergekit_eval.stats.resample import Draws
from mergekit_eval.stats.signflip import cluster_sums
from mergekit_eval.stats.validate import (
    TINY,
    Floats,
    Ints,
    as_clusters,
    as_fraction,
    as_pair,
    as_scores,
    counted,
    is_flat,
    reject,
)

SLACK = 1e-9  # limits that were rounded on their way may lie this far inside their estimate


class Aggregate(NamedTuple):
    """A weighted average of tasks, or of their paired differences, with its interval and two-sided p against zero."""

    estimate: float
    low: float | None
    high: float | None
    stderr: float | None
    p: float | None
    n_tasks: int
    n_items: int | None
    method: str
    note: str = ""


def as_weights(weights: ArrayLike | None, count: int) -> Floats:
    """Return weights that sum to 1; ``None`` means equal ones."""
    if weights is None:
        return np.full(count, 1 / count)
    w = as_scores(weights, "weights")
    if w.size != count or w.min() < 0:
        raise reject("weights", w.tolist(), f"{count} numbers of 0 or more, one per task")
    if w.sum() == 0:
        raise reject("sum of weights", 0.0, "more than 0")
    return np.asarray(w / w.sum())


def aggregate(
    estimates: ArrayLike,
    stderrs: ArrayLike,
    *,
    n_items: ArrayLike | None = None,
    live: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    level: float = LEVEL,
) -> Aggregate:
    """Average tasks with distinct items: ``sum w m``, standard error ``sqrt(sum w^2 se^2)``.

    For two models give the paired differences of the tasks and *their* standard errors; two group errors in quadrature
    would ignore the pairing.

    Parameters
    ----------
    estimates, stderrs : array_like, shape (n_tasks,)
        One estimate per task with its standard error (missing ones left out before the call).
    n_items : array_like, shape (n_tasks,), optional
        Item counts; they give Satterthwaite's degrees of freedom (1946, doi:10.2307/3002019), else the normal is used.
    live : array_like, shape (n_tasks,), optional
        For paired differences the items that separate the two models (wins + losses). An error estimated from 5 of
        them is worth 5 items, however many ties there are; they replace `n_items` in the degrees of freedom.
    weights : array_like, shape (n_tasks,), optional
        Equal (macro) if left out; the item counts for micro.
    """
    m, se = as_pair(estimates, stderrs, ("estimates", "stderrs"))
    if se.min() < 0:
        raise reject("stderrs", float(se.min()), "0 or more")
    w, level = as_weights(weights, m.size), as_fraction(level, "level")
    sizes = None if n_items is None else as_pair(m, n_items, ("estimates", "n_items"))[1]
    variances = (w * se) ** 2
    centre, stderr = float(w @ m), float(np.sqrt(variances.sum()))
    told = (m.size, None if sizes is None else int(sizes.sum()))
    if stderr == 0:
        return Aggregate(centre, None, None, 0.0, None, *told, "weighted mean", "no task has any spread: no interval")
    df = _degrees(variances, sizes if live is None else as_pair(m, live, ("estimates", "live"))[1])
    half = float(sps.t.isf((1 - level) / 2, df)) * stderr
    p = max(2 * float(sps.t.sf(abs(centre) / stderr, df)), TINY)
    flat = int((se == 0).sum())
    note = f"{flat} of {m.size} tasks have no spread: the error is too small" if flat else ""
    return Aggregate(centre, centre - half, centre + half, stderr, min(p, 1.0), *told, "weighted mean", note)


def _degrees(variances: Floats, informative: Floats | None) -> float:
    """Satterthwaite's degrees of freedom; infinite, which is the normal, where the counts are unknown."""
    if informative is None:
        return float(np.inf)
    return float(variances.sum() ** 2 / (variances**2 / np.maximum(informative - 1, 1)).sum())


def overlapping(
    values: Sequence[ArrayLike],
    items: Sequence[ArrayLike],
    *,
    weights: ArrayLike | None = None,
    level: float = LEVEL,
) -> Aggregate:
    """Average subsets that share items, such as the nested GPQA ones.

    Every appearance of an item keeps its weight in the estimate; for the error an item's weighted deviations are added
    up over its appearances before they are squared, so a shared item counts once, with its total weight. Where all
    values lie in [0, 1] the t limits are widened to the score interval at the effective number of items, as in `mean`.

    Parameters
    ----------
    values : sequence of array_like, shape (n_t,)
        Scores (or paired differences) of each subset.
    items : sequence of array_like, shape (n_t,)
        Content keys of the items, equal for the same item in any subset.
    weights : array_like, shape (n_subsets,), optional
        Equal if left out.
    """
    if len(values) != len(items) or not len(values):
        raise reject("lengths of values and items", (len(values), len(items)), "one entry per subset in both")
    scores = [as_scores(v, f"values[{t}]") for t, v in enumerate(values)]
    w, level = as_weights(weights, len(scores)), as_fraction(level, "level")
    keys = np.concatenate([np.asarray(k).ravel() for k in items])
    ids = as_clusters(keys, sum(x.size for x in scores))
    pull = np.concatenate([wt / x.size * (x - x.mean()) for wt, x in zip(w, scores, strict=True)])
    totals = np.bincount(ids, weights=pull)
    estimate, units = float(sum(wt * x.mean() for wt, x in zip(w, scores, strict=True))), totals.size
    label = f"{counted(len(scores), 'subset')}, {counted(units, 'distinct item')}"
    stderr = float(np.sqrt(units / (units - 1) * (totals**2).sum())) if units > 1 else 0.0
    told = (len(scores), units, label)
    if stderr == 0:
        ends = unseen_limits(estimate, min(x.size for x in scores), level) if unit_scale(*scores) else (None, None)
        why = f"no spread: {'score range only' if unit_scale(*scores) else 'no interval'}"
        return Aggregate(estimate, ends[0], ends[1], stderr, None, *told, why)
    t = float(sps.t.isf((1 - level) / 2, units - 1))
    p = max(2 * float(sps.t.sf(abs(estimate) / stderr, units - 1)), TINY)
    low, high = estimate - t * stderr, estimate + t * stderr
    if unit_scale(*scores):
        score = score_limits(estimate, estimate * (1 - estimate) / stderr**2, t)
        low, high = max(0.0, min(low, float(score[0]))), min(1.0, max(high, float(score[1])))
    return Aggregate(estimate, low, high, stderr, min(p, 1.0), *told)


def mean_limits(estimates: ArrayLike, lows: ArrayLike, highs: ArrayLike) -> tuple[float, float]:
    """Limits for the plain mean of tasks with distinct items, from the limits of each (MOVER).

    ``m - sqrt(sum (m_t - l_t)^2) / T`` and its mirror (Zou & Donner 2008, doi:10.1002/sim.3095), at the level of the
    given limits. Score intervals of the tasks carry over: no width is lost where a task has no spread.

    Parameters
    ----------
    estimates, lows, highs : array_like, shape (n_tasks,)
        Estimate and limits of each task.
    """
    m, low = as_pair(estimates, lows, ("estimates", "lows"))
    high = as_pair(m, highs, ("estimates", "highs"))[1]
    below, above = m - low, high - m
    if min(below.min(), above.min()) < -SLACK:
        raise reject("smallest (estimate - low, high - estimate)", (below.min(), above.min()), "0 or more")
    reach = [float(np.sqrt((side**2).sum())) / m.size for side in (below, above)]
    return float(m.mean()) - reach[0], float(m.mean()) + reach[1]


def weighted_draws(draws: Draws, weights: ArrayLike | None = None) -> Floats:
    """Weighted average of the tasks in every draw, shape (draws, models); NaN for a model that misses a task."""
    w = as_weights(weights, len(draws.means))
    return np.asarray(np.einsum("t,tbm->bm", w, draws.means, optimize=False))


def normalise(means: ArrayLike, chance: ArrayLike, *, top: ArrayLike = 1.0, clip: bool = True) -> Floats:
    """Rescale averages so that `chance` is 0 and `top` is 1; `chance` broadcasts against `means`, missing stays NaN.

    Raises
    ------
    StatsError
        Where chance is not below the top score.
    """
    floor, ceiling = np.asarray(chance, dtype=float), np.asarray(top, dtype=float)
    if not (np.isfinite(floor).all() and np.isfinite(ceiling).all() and (floor < ceiling).all()):
        raise reject("chance", np.asarray(chance).tolist(), "finite numbers below the top score")
    scaled = (np.asarray(means, dtype=float) - floor) / (ceiling - floor)
    return np.asarray(np.maximum(scaled, 0.0) if clip else scaled)


def normalised_means(
    draws: Draws, chance: ArrayLike, *, weights: ArrayLike | None = None, level: float = LEVEL, clip: bool = True
) -> list[Interval | None]:
    """Normalised average of each model with its interval; ``None`` for a model that misses a task.

    Parameters
    ----------
    draws : Draws
        Bootstrap draws of all leaf tasks (each is normalised with its own chance level before averaging).
    chance : array_like, shape (n_tasks,)
        Score of a guesser on each task, on the scale of the scores.
    weights : array_like, shape (n_tasks,), optional
        Equal if left out; nested averages (a mean of subtask means) are expressed by their products.
    """
    floor, level = as_scores(chance, "chance"), as_fraction(level, "level")
    if floor.size != len(draws.means) or draws.kind != "bootstrap":
        raise reject(
            "(length of chance, kind of draws)", (floor.size, draws.kind), f"({len(draws.means)}, 'bootstrap')"
        )
    w, kept = as_weights(weights, floor.size), np.asarray(draws.present.all(axis=0))
    observed = w @ normalise(draws.observed, floor[:, None], clip=clip)
    redrawn = normalise(draws.means, floor[:, None, None], clip=False)
    return [
        _limits(float(observed[m]), redrawn[:, :, m], w, level, clip, int(draws.n.sum())) if whole else None
        for m, whole in enumerate(kept)
    ]


def _limits(estimate: float, redrawn: Floats, w: Floats, level: float, clip: bool, n: int) -> Interval:
    """Percentile limits from draws (tasks, draws); tasks that are surely below chance stay at 0 for both limits."""
    tail, label = (1 - level) / 2, f"percentile bootstrap, normalised{', cut at chance' if clip else ''}"
    upper = np.maximum(redrawn, 0) if clip else redrawn
    sunk = np.quantile(redrawn, 1 - tail, axis=1, keepdims=True) < 0
    lower = np.where(sunk & clip, 0, redrawn)
    averages = w @ upper
    if is_flat(averages):
        return Interval(estimate, None, None, 0.0, n, label, "every draw gives the same value: no interval")
    low, high = float(np.quantile(w @ lower, tail)), float(np.quantile(averages, 1 - tail))
    low = max(low, 0.0) if clip else low
    return Interval(estimate, min(low, estimate), max(high, estimate), float(averages.std(ddof=1)), n, label)


class Ratio(NamedTuple):
    """A ratio of averages above chance; ``None`` with a note where the denominator cannot be told from zero."""

    ratio: float | None
    low: float | None
    high: float | None
    numerator: float
    denominator: float
    n: int | None
    method: str
    note: str = ""


def retention(
    a: ArrayLike, b: ArrayLike, *, chance: float = 0.0, clusters: ArrayLike | None = None, level: float = LEVEL
) -> Ratio:
    """What share of b's score above chance a keeps: ``(mean(a) - chance) / (mean(b) - chance)``, 1 = all of it.

    Fieller's interval (1954, doi:10.1111/j.2517-6161.1954.tb00159.x) with the paired covariance of the items.

    Parameters
    ----------
    a, b : array_like, shape (n_items,)
        Scores of the merge and of the model it is held against, same items in the same order, higher better.
    chance : float
        Score of a guesser, on the scale of the scores.
    clusters : array_like, shape (n_items,), optional
        Cluster of each item.
    """
    x, y = as_pair(a, b)
    if not np.isfinite(chance):
        raise reject("chance", chance, "a finite number on the scale of the scores")
    ids = None if clusters is None else as_clusters(clusters, x.size)
    units = x.size if ids is None else int(ids.max()) + 1
    top, bottom = float(x.mean() - chance), float(y.mean() - chance)
    if units < 2:
        return Ratio(None, None, None, top, bottom, x.size, "Fieller", "one independent unit: no error, no ratio")
    covariance, level = _mean_covariance(x, y, ids, units), as_fraction(level, "level")
    found = _fieller(top, bottom, covariance, float(sps.t.isf((1 - level) / 2, units - 1)), x.size)
    if found.ratio is None or found.low is not None or not unit_scale(x, y):
        return found
    open_ = (1 - ((1 - level) / 2) ** (1 / units)) / bottom
    note = "nothing varies around the ratio: limits from the score range only"
    return found._replace(low=found.ratio - open_, high=found.ratio + open_, note=note)


def ratio_of_averages(
    numerator: float, denominator: float, covariance: ArrayLike, *, df: float | None = None, level: float = LEVEL
) -> Ratio:
    """Fieller's interval for a ratio of two estimates, such as macro averages above chance.

    `covariance` is the 2 x 2 covariance of (numerator, denominator); `df` degrees of freedom, the normal if left out.
    """
    table = as_scores(covariance, "covariance", ndim=2)
    if table.shape != (2, 2) or table[0, 0] < 0 or table[1, 1] < 0:
        raise reject("covariance", table.tolist(), "a 2 x 2 covariance matrix")
    top, bottom = as_scores([numerator, denominator], "(numerator, denominator)").tolist()
    at = 1 - (1 - as_fraction(level, "level")) / 2
    quantile = special.ndtri(at) if df is None or np.isinf(df) else special.stdtrit(df, at)
    return _fieller(top, bottom, table, float(quantile), None)


def _mean_covariance(x: Floats, y: Floats, ids: Ints | None, units: int) -> Floats:
    residuals = [v - v.mean() if ids is None else cluster_sums(v - v.mean(), ids) for v in (x, y)]
    return np.array([[r @ s for s in residuals] for r in residuals]) * units / (units - 1) / x.size**2


def _fieller(top: float, bottom: float, covariance: Floats, quantile: float, n: int | None) -> Ratio:
    t2 = quantile**2
    square = bottom**2 - t2 * covariance[1, 1]
    if bottom <= 0 or square <= 1e-12 * bottom**2:
        return Ratio(None, None, None, top, bottom, n, "Fieller", _refusal(bottom))
    cross = top * bottom - t2 * covariance[0, 1]
    root = np.sqrt(max(cross**2 - square * (top**2 - t2 * covariance[0, 0]), 0.0))
    ratio = top / bottom
    rest = covariance[0, 0] - 2 * ratio * covariance[0, 1] + ratio**2 * covariance[1, 1]
    scale = covariance[0, 0] + ratio**2 * covariance[1, 1]
    flat = "nothing varies around the ratio: no interval" if rest <= 1e-12 * scale else ""
    low, high = (None, None) if flat else (float((cross - root) / square), float((cross + root) / square))
    return Ratio(ratio, low, high, top, bottom, n, "Fieller", flat)


def _refusal(bottom: float) -> str:
    return f"the reference is {bottom:.4g} above chance and cannot be told from zero: no ratio"
