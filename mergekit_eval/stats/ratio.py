"""Retention and relative gain: ratios of two averages over the same items, which need a denominator away from zero."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as sps

from mergekit_eval.stats.clustered import cluster_sums
from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.intervals import unit_scale
from mergekit_eval.stats.validate import Floats, Ints, as_clusters, as_fraction, as_pair, as_scores, reject


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
    ends = as_scores([numerator, denominator], "(numerator, denominator)")
    tail = (1 - as_fraction(level, "level")) / 2
    return _fieller(*map(float, ends), table, float(sps.norm.isf(tail) if df is None else sps.t.isf(tail, df)), None)


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
    limits = (None, None) if flat else ((cross - root) / square, (cross + root) / square)
    return Ratio(ratio, *(None if v is None else float(v) for v in limits), top, bottom, n, "Fieller", flat)


def _refusal(bottom: float) -> str:
    return f"the reference is {bottom:.4g} above chance and cannot be told from zero: no ratio"
