"""Two models, same items, right or wrong: the four cells of the paired table.

Cells are counted as ``both``, ``only_a``, ``only_b``, ``neither``; all functions work elementwise on arrays of counts.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as sps

from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.intervals import wilson
from mergekit_eval.stats.validate import TINY, Floats, as_counts, reject, two_sided_z

_HALVINGS = 60


def mcnemar_exact(only_a: ArrayLike, only_b: ArrayLike) -> Floats:
    """Two-sided exact conditional p: twice the smaller binomial tail, at most 1 (McNemar 1947)."""
    low, discordant = _smaller(only_a, only_b)
    return np.clip(2 * sps.binom.cdf(low, discordant, 0.5), TINY, 1.0)


def mcnemar_midp(only_a: ArrayLike, only_b: ArrayLike) -> Floats:
    """Two-sided mid-p: twice the smaller tail with half the weight of the observed count.

    Fagerland, Lydersen & Laake 2013, doi:10.1186/1471-2288-13-91. Without discordant items, and where both counts are
    equal, it is 1 (their formula subtracts half the point probability there; the doubled tail does not).
    """
    low, discordant = _smaller(only_a, only_b)
    tail = sps.binom.cdf(low, discordant, 0.5) - 0.5 * sps.binom.pmf(low, discordant, 0.5)
    return np.clip(2 * tail, TINY, 1.0)


def newcombe(both: ArrayLike, only_a: ArrayLike, only_b: ArrayLike, neither: ArrayLike, level: float = LEVEL) -> tuple:
    """Limits for the difference of paired proportions: Wilson limits squared and added, method 10.

    Newcombe 1998, Statistics in Medicine 17:2635; the correlation is taken from the table with the continuity
    correction n / 2 on a positive numerator, and is 0 where a margin is empty.
    """
    e, f, g, h = as_counts(both=both, only_a=only_a, only_b=only_b, neither=neither)
    n = e + f + g + h
    if (n < 1).any():
        raise reject("both + only_a + only_b + neither", float(n.min()), "1 item or more")
    a, b = (e + f) / n, (e + g) / n
    low_a, high_a = wilson(e + f, n, level)
    low_b, high_b = wilson(e + g, n, level)
    phi = _corrected_phi(e, f, g, h)
    down = _leg(a - low_a, high_b - b, phi)
    up = _leg(high_a - a, b - low_b, phi)
    return np.maximum(a - b - down, -1.0), np.minimum(a - b + up, 1.0)


def _corrected_phi(e: Floats, f: Floats, g: Floats, h: Floats) -> Floats:
    product = e * h - f * g
    top = np.where(product > 0, np.maximum(product - (e + f + g + h) / 2, 0), product)
    bottom = np.sqrt((e + f) * (g + h) * (e + g) * (f + h))
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1), 0.0)


def _leg(x: Floats, y: Floats, phi: Floats) -> Floats:
    return np.sqrt(np.maximum(x**2 - 2 * phi * x * y + y**2, 0))


def tango(only_a: ArrayLike, only_b: ArrayLike, n: ArrayLike, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Score limits for the difference of paired proportions (Tango 1998, Statistics in Medicine 17:891).

    The set of differences that the restricted-likelihood score test does not reject, found by halving.
    """
    f, g, size = as_counts(only_a=only_a, only_b=only_b, n=n)
    if (size < np.maximum(f + g, 1)).any():
        raise reject("n", size.tolist(), "1 or more, and at least only_a + only_b")
    z = two_sided_z(level)
    centre = (f - g) / size
    return _root(f, g, size, z, -np.ones_like(centre), centre), _root(f, g, size, -z, centre, np.ones_like(centre))


def _root(f: Floats, g: Floats, n: Floats, z: float, left: Floats, right: Floats) -> Floats:
    for _ in range(_HALVINGS):
        middle = (left + right) / 2
        above = f - g - n * middle > z * np.sqrt(restricted_variance(f, g, n, middle))
        left, right = np.where(above, middle, left), np.where(above, right, middle)
    return (left + right) / 2


def restricted_variance(f: Floats, g: Floats, n: Floats, delta: Floats) -> Floats:
    """Variance of ``f - g`` at the maximum-likelihood cell probabilities given the difference."""
    half = -f - g + (2 * n - f + g) * delta
    root = np.sqrt(np.maximum(half**2 + 8 * n * g * delta * (1 - delta), 0))
    share = (root - half) / (4 * n)
    return np.maximum(n * (2 * share + delta * (1 - delta)), 0)


def _smaller(only_a: ArrayLike, only_b: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    f, g = as_counts(only_a=only_a, only_b=only_b)
    return np.minimum(f, g), f + g
