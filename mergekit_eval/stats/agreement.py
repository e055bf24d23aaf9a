"""Do two models fail on the same items? A question about items, not about models: n counts items."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mergekit_eval.stats.defaults import LEVEL, RESAMPLES
from mergekit_eval.stats.validate import Floats, Seed, as_fraction, as_generator, as_pair, is_binary, reject


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
    level = as_fraction(level, "level")
    cells = np.array([(x * y).sum(), (x > y).sum(), (x < y).sum(), ((1 - x) * (1 - y)).sum()]) / x.size
    expected = float((1 - x.mean()) * (1 - y.mean()))
    if min(np.ptp(x), np.ptp(y)) == 0:
        note = "a model is right on all items or on none: no agreement beyond chance is defined"
        return Agreement(None, None, None, None, None, float(cells[3]), expected, x.size, note)
    generator = as_generator(seed)
    if not (cells[1] or cells[2]):
        hidden = 1 - ((1 - level) / 2) ** (1 / x.size)
        low = max((1 - hidden - _chance(cells)) / (1 - _chance(cells)), -1.0)
        note = "no item separates the two models: the lower limit is what this many items leave open"
        return Agreement(1.0, 1.0, 1.0, float(low), 1.0, float(cells[3]), expected, x.size, note)
    draws = generator.multinomial(x.size, cells, size=RESAMPLES) / x.size
    low, high = np.quantile(kappa(draws), [(1 - level) / 2, (1 + level) / 2])
    p, q = sorted((float(x.mean()), float(y.mean())))
    phi = float((cells[0] - p * q) / np.sqrt(p * (1 - p) * q * (1 - q)))
    phi_max = float(np.sqrt(p * (1 - q) / (q * (1 - p))))
    return Agreement(phi, phi_max, float(kappa(cells)), float(low), float(high), float(cells[3]), expected, x.size)


def kappa(cells: Floats) -> Floats:
    """Cohen's kappa from shares of (both, only a, only b, neither), shape (..., 4); 1 where it is undefined."""
    chance = _chance(cells)
    seen = cells[..., 0] + cells[..., 3]
    return np.where(chance < 1, (seen - chance) / np.where(chance < 1, 1 - chance, 1), 1.0)


def _chance(cells: Floats) -> Floats:
    """Agreement of two models that have these rates and nothing else in common."""
    a, b = cells[..., 0] + cells[..., 1], cells[..., 0] + cells[..., 2]
    return a * b + (1 - a) * (1 - b)
