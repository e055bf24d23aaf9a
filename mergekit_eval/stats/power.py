"""What a comparison of this size can see, how many items a difference needs, and claims of "no worse".

A margin is a decision taken before looking: half a point, say. Absence of significance is no such claim.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as sps

from mergekit_eval.stats.defaults import LEVEL, POWER
from mergekit_eval.stats.signflip import flip_null, p_at_zero
from mergekit_eval.stats.validate import (
    TINY,
    Floats,
    Seed,
    as_clusters,
    as_count,
    as_fraction,
    as_pair,
    is_binary,
    reject,
    two_sided_z,
)


class Planning(NamedTuple):
    """Whether a task of `n` items can decide a difference; `least_p` is the smallest p it can give at this spread."""

    can_decide: bool
    mde: float
    items_needed: int
    least_p: float


def mde(stderr: float, *, level: float = LEVEL, power: float = POWER) -> float:
    """Smallest true difference that a two-sided test at 1 - `level` finds with probability `power`.

    ``(z_{1 - alpha/2} + z_power) * stderr`` with the standard error of the *paired* difference (Miller 2024,
    arXiv:2411.00640). It uses the spread only, never the observed difference.
    """
    if not (np.isfinite(stderr) and stderr >= 0):
        raise reject("stderr", stderr, "a number of 0 or more")
    return float(sum(_quantiles(level, power)) * stderr)


def items_needed(difference: float, spread: float, *, level: float = LEVEL, power: float = POWER) -> int:
    """Items for a paired test of `difference` when single paired differences have standard deviation `spread`.

    ``(z_{1 - alpha/2} sqrt(s^2 + d^2) + z_power s)^2 / d^2``: the test's own spread contains the difference, as in
    McNemar's (Connor 1987, doi:10.2307/2531961). Both values are on the scale of the scores.
    """
    if not (np.isfinite(difference) and difference != 0):
        raise reject("difference", difference, "a number other than 0")
    if not (np.isfinite(spread) and spread >= 0):
        raise reject("spread", spread, "a number of 0 or more")
    z, w = _quantiles(level, power)
    items = (z * math.hypot(spread, difference) + w * spread) ** 2 / difference**2
    return max(math.ceil(items - 1e-9), 1)


def can_decide(
    n: int, spread: float, difference: float, *, family: int = 1, level: float = LEVEL, power: float = POWER
) -> Planning:
    """Tell whether a task of `n` items can find `difference` when single paired differences have deviation `spread`.

    `family` divides alpha by the number of comparisons it belongs to (the first step of Holm).

    Notes
    -----
    `least_p` assumes right / wrong answers: about ``n spread^2`` items differ between the models, and if all of them
    fell on one side the exact p would be twice 2 to the minus that number.
    """
    size, strict = as_count(n, "n"), 1 - (1 - as_fraction(level, "level")) / as_count(family, "family")
    needed = items_needed(difference, spread, level=strict, power=power)
    least = min(1.0, 2 * 0.5 ** min(size * (spread**2 + difference**2), 1000))
    found = mde(spread / math.sqrt(size), level=strict, power=power)
    return Planning(needed <= size and least <= 1 - strict, found, needed, least)


def _quantiles(level: float, power: float) -> tuple[float, float]:
    return two_sided_z(as_fraction(level, "level")), _power_z(as_fraction(power, "power"))


@lru_cache(maxsize=64)
def _power_z(power: float) -> float:
    return float(sps.norm.ppf(power))


class MarginTest(NamedTuple):
    """One-sided p of the claim against a margin, and the test it is from."""

    p: float
    method: str


def non_inferior(
    a: ArrayLike, b: ArrayLike, margin: float, *, clusters: ArrayLike | None = None, seed: Seed = 0
) -> MarginTest:
    """Test whether a is no worse than b by `margin` or more: one-sided, against ``mean(a) - mean(b) <= -margin``.

    Scores that are 0 or 1 take the score test with the restricted variance (Tango 1998, Statistics in Medicine 17:891),
    others the sign-flip test at the margin.
    """
    x, y = as_pair(a, b)
    if not (np.isfinite(margin) and margin > 0):
        raise reject("margin", margin, "a number above 0, on the scale of the scores, fixed before looking")
    ids = as_clusters(clusters, x.size)
    if ids is None and is_binary(x, y) and margin < 1:
        f, g, n = float((x > y).sum()), float((x < y).sum()), float(x.size)
        z = (f - g + n * margin) / np.sqrt(restricted_variance(f, g, n, -float(margin)))
        return MarginTest(max(float(sps.norm.sf(z)), TINY), "score test (Tango)")
    two_sided = p_at_zero(flip_null(x - y + margin, ids, seed), seed)[0]
    up = float((x - y).mean()) > -margin
    return MarginTest(two_sided / 2 if up else 1 - two_sided / 2, "sign flips at the margin")


def restricted_variance(f: ArrayLike, g: ArrayLike, n: ArrayLike, delta: ArrayLike) -> Floats:
    """Variance of ``f - g`` at the maximum-likelihood cell probabilities given the difference."""
    wins, losses, size, gap = (np.asarray(v, dtype=float) for v in (f, g, n, delta))
    half = -wins - losses + (2 * size - wins + losses) * gap
    root = np.sqrt(np.maximum(half**2 + 8 * size * losses * gap * (1 - gap), 0))
    share = (root - half) / (4 * size)
    return np.asarray(np.maximum(size * (2 * share + gap * (1 - gap)), 0))
