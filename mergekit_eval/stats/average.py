"""Many tasks into one number (weighted, normalised by chance), and ratios of two such averages.

The estimand is a set of weights, and the error follows from the weights squared: ``micro`` weights items equally
(n_t / sum n), ``macro`` tasks equally, and any other weights are given.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy import stats as sps

from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.resample import Draws
from mergekit_eval.stats.validate import Floats, as_fraction, as_pair, as_scores, reject


class Aggregate(NamedTuple):
    """A weighted average of tasks with its interval; no interval and a `note` where no task has any spread."""

    estimate: float
    low: float | None
    high: float | None
    stderr: float
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
    units: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    level: float = LEVEL,
) -> Aggregate:
    """Average tasks with distinct items: ``sum w m``, standard error ``sqrt(sum w^2 se^2)``.

    Parameters
    ----------
    estimates, stderrs, units : array_like, shape (n_tasks,)
        One estimate per task with its standard error, and the independent units (items or clusters) behind it; they
        give Satterthwaite's degrees of freedom (1946, doi:10.2307/3002019).
    weights : array_like, shape (n_tasks,), optional
        Equal (macro) if left out; the item counts for micro.
    """
    m, se = as_pair(estimates, stderrs, ("estimates", "stderrs"))
    sizes = as_pair(m, units, ("estimates", "units"))[1]
    if se.min() < 0:
        raise reject("stderrs", float(se.min()), "0 or more")
    w, level = as_weights(weights, m.size), as_fraction(level, "level")
    variances = (w * se) ** 2
    centre, stderr = float(w @ m), float(np.sqrt(variances.sum()))
    if stderr == 0:
        return Aggregate(centre, None, None, 0.0, "no task has any spread: no interval")
    df = variances.sum() ** 2 / (variances**2 / np.maximum(sizes - 1, 1)).sum()
    half = float(sps.t.isf((1 - level) / 2, df)) * stderr
    flat = int((se == 0).sum())
    note = f"{flat} of {m.size} tasks have no spread: the error is too small" if flat else ""
    return Aggregate(centre, centre - half, centre + half, stderr, note)


def weighted_draws(draws: Draws, weights: ArrayLike | None = None) -> Floats:
    """Weighted average of the tasks in every draw, shape (draws, models); NaN for a model that misses a task."""
    w = as_weights(weights, len(draws))
    return np.asarray(np.einsum("t,tbm->bm", w, draws, optimize=False))


def normalise(means: ArrayLike, chance: ArrayLike) -> Floats:
    """Rescale averages so that `chance` is 0 and a perfect score is 1; below chance is 0, missing stays NaN.

    `chance` broadcasts against `means`.

    Raises
    ------
    StatsError
        Where chance is not below 1.
    """
    floor = np.asarray(chance, dtype=float)
    if not (np.isfinite(floor) & (floor < 1)).all():
        raise reject("chance", np.asarray(chance).tolist(), "finite numbers below the top score")
    return np.asarray(np.maximum((np.asarray(means, dtype=float) - floor) / (1 - floor), 0.0))


class Ratio(NamedTuple):
    """A ratio of averages above chance; ``None`` with a note where the denominator cannot be told from zero."""

    ratio: float | None
    low: float | None
    high: float | None
    note: str = ""


def ratio_of_averages(
    numerator: float, denominator: float, covariance: ArrayLike, *, df: float | None = None, level: float = LEVEL
) -> Ratio:
    """Fieller's interval for a ratio of two estimates, such as macro averages above chance.

    Fieller 1954, doi:10.1111/j.2517-6161.1954.tb00159.x. `covariance` is the 2 x 2 covariance of (numerator,
    denominator); `df` degrees of freedom, the normal if left out.
    """
    table = as_scores(covariance, "covariance", ndim=2)
    if table.shape != (2, 2) or table[0, 0] < 0 or table[1, 1] < 0:
        raise reject("covariance", table.tolist(), "a 2 x 2 covariance matrix")
    top, bottom = as_scores([numerator, denominator], "(numerator, denominator)").tolist()
    at = 1 - (1 - as_fraction(level, "level")) / 2
    t2 = float(special.ndtri(at) if df is None or np.isinf(df) else special.stdtrit(df, at)) ** 2
    square = bottom**2 - t2 * table[1, 1]
    if bottom <= 0 or square <= 1e-12 * bottom**2:
        note = f"the reference is {bottom:.4g} above chance and cannot be told from zero: no ratio"
        return Ratio(None, None, None, note)
    ratio = top / bottom
    rest = table[0, 0] - 2 * ratio * table[0, 1] + ratio**2 * table[1, 1]
    if rest <= 1e-12 * (table[0, 0] + ratio**2 * table[1, 1]):
        return Ratio(ratio, None, None, "nothing varies around the ratio: no interval")
    cross = top * bottom - t2 * table[0, 1]
    root = np.sqrt(max(cross**2 - square * (top**2 - t2 * table[0, 0]), 0.0))
    return Ratio(ratio, float((cross - root) / square), float((cross + root) / square))
