"""Two models, same items, right or wrong: tests, interval and agreement of the paired table.

Cells are counted as ``both``, ``only_a``, ``only_b``, ``neither``; tests and intervals work elementwise on arrays of
counts.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as sps

from mergekit_eval.stats.defaults import LEVEL, RESAMPLES
from mergekit_eval.stats.intervals import wilson
from mergekit_eval.stats.validate import (
    TINY,
    Floats,
    Seed,
    as_counts,
    as_fraction,
    as_generator,
    as_pair,
    is_binary,
    reject,
)


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


def newcombe(
    both: ArrayLike, only_a: ArrayLike, only_b: ArrayLike, neither: ArrayLike, level: float = LEVEL
) -> tuple[Floats, Floats]:
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


def _smaller(only_a: ArrayLike, only_b: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    f, g = as_counts(only_a=only_a, only_b=only_b)
    return np.minimum(f, g), f + g


class Agreement(NamedTuple):
    """Agreement of two models on right / wrong beyond what their rates imply.

    `phi` is the item correlation, `phi_max` the largest that these two rates allow, `kappa` Cohen's. Limits are those
    of kappa. ``None`` where a model is right on all items or on none.
    """

    phi: float | None
    phi_max: float | None
    kappa: float | None
    low: float | None
    high: float | None
    both_wrong: float
    expected_both_wrong: float
    n: int
    note: str = ""


def agreement(a: ArrayLike, b: ArrayLike, *, level: float = LEVEL, seed: Seed = 0) -> Agreement:
    """Measure item-level agreement of two models (Cohen 1960, doi:10.1177/001316446002000104).

    Parameters
    ----------
    a, b : array_like, shape (n_items,)
        Scores of 0 or 1 on the same items.
    level : float
        Level of the percentile bootstrap limits of kappa (items redrawn).
    """
    x, y = as_pair(a, b)
    if not is_binary(x, y):
        raise reject("a and b", "graded scores", "scores of 0 or 1")
    level, p, q = as_fraction(level, "level"), *sorted((float(x.mean()), float(y.mean())))
    cells = np.array([(x * y).sum(), (x > y).sum(), (x < y).sum(), ((1 - x) * (1 - y)).sum()]) / x.size
    counts = (float(cells[3]), (1 - p) * (1 - q), x.size)
    if min(np.ptp(x), np.ptp(y)) == 0:
        note = "a model is right on all items or on none: no agreement beyond chance is defined"
        return Agreement(None, None, None, None, None, *counts, note)
    if not (cells[1] or cells[2]):
        hidden = 1 - ((1 - level) / 2) ** (1 / x.size)
        low = max((1 - hidden - _chance(cells)) / (1 - _chance(cells)), -1.0)
        note = "no item separates the two models: the lower limit is what this many items leave open"
        return Agreement(1.0, 1.0, 1.0, float(low), 1.0, *counts, note)
    draws = as_generator(seed).multinomial(x.size, cells, size=RESAMPLES) / x.size
    low, high = np.quantile(kappa(draws), [(1 - level) / 2, (1 + level) / 2])
    phi = float((cells[0] - p * q) / np.sqrt(p * (1 - p) * q * (1 - q)))
    phi_max = float(np.sqrt(p * (1 - q) / (q * (1 - p))))
    return Agreement(phi, phi_max, float(kappa(cells)), float(low), float(high), *counts)


def kappa(cells: Floats) -> Floats:
    """Cohen's kappa from shares of (both, only a, only b, neither), shape (..., 4); 1 where it is undefined."""
    chance = _chance(cells)
    seen = cells[..., 0] + cells[..., 3]
    return np.where(chance < 1, (seen - chance) / np.where(chance < 1, 1 - chance, 1), 1.0)


def _chance(cells: Floats) -> Floats:
    """Agreement of two models that have these rates and nothing else in common."""
    a, b = cells[..., 0] + cells[..., 1], cells[..., 0] + cells[..., 2]
    return a * b + (1 - a) * (1 - b)
