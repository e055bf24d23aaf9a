"""What a comparison of this size can see, and how many items a wanted difference needs."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import stats as sps

from mergekit_eval.stats.defaults import LEVEL, POWER
from mergekit_eval.stats.validate import as_count, as_fraction, counted, reject, two_sided_z


class Planning(NamedTuple):
    """Whether a task of `n` items can decide a difference; `least_p` is the smallest p it can give at this spread."""

    can_decide: bool
    power: float
    mde: float
    items_needed: int
    least_p: float
    note: str


def mde(stderr: float, *, level: float = LEVEL, power: float = POWER) -> float:
    """Smallest true difference that a two-sided test at 1 - `level` finds with probability `power`.

    ``(z_{1 - alpha/2} + z_power) * stderr`` with the standard error of the *paired* difference (Miller 2024,
    arXiv:2411.00640). It uses the spread only, never the observed difference.
    """
    if not (np.isfinite(stderr) and stderr >= 0):
        raise reject("stderr", stderr, "a number of 0 or more")
    return float(_reach(level, power) * stderr)


def items_needed(
    difference: float,
    spread: float,
    *,
    level: float = LEVEL,
    power: float = POWER,
    cluster_size: float = 1,
    icc: float = 0,
) -> int:
    """Items for a paired test of `difference` when single paired differences have standard deviation `spread`.

    ``(z_{1 - alpha/2} sqrt(s^2 + d^2) + z_power s)^2 / d^2``: the test's own spread contains the difference, as in
    McNemar's (Connor 1987, doi:10.2307/2531961), times the design effect ``1 + (cluster_size - 1) icc``. Both values
    are on the scale of the scores; for right / wrong answers ``spread`` is :func:`paired_spread`.
    """
    if not (np.isfinite(difference) and difference != 0):
        raise reject("difference", difference, "a number other than 0")
    if not (np.isfinite(spread) and spread >= 0) or cluster_size < 1 or not 0 <= icc <= 1:
        raise reject(
            "(spread, cluster_size, icc)",
            (spread, cluster_size, icc),
            "spread >= 0, cluster_size >= 1, icc from 0 to 1",
        )
    z, w = _quantiles(level, power)
    items = (z * math.hypot(spread, difference) + w * spread) ** 2 / difference**2
    return max(math.ceil(items * (1 + (cluster_size - 1) * icc) - 1e-9), 1)


def paired_spread(rate_a: float, rate_b: float, correlation: float) -> float:
    """Standard deviation of paired right / wrong differences from both rates and their item correlation (phi)."""
    for name, rate in (("rate_a", rate_a), ("rate_b", rate_b)):
        if not 0 <= rate <= 1:
            raise reject(name, rate, "a number from 0 to 1")
    if not -1 <= correlation <= 1:
        raise reject("correlation", correlation, "a number from -1 to 1")
    va, vb = rate_a * (1 - rate_a), rate_b * (1 - rate_b)
    return math.sqrt(max(va + vb - 2 * correlation * math.sqrt(va * vb), 0.0))


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
    gap = abs(difference)
    z, _ = _quantiles(strict, power)
    reached = float(sps.norm.cdf((gap * math.sqrt(size) - z * math.hypot(spread, gap)) / max(spread, 1e-12)))
    least = min(1.0, 2 * 0.5 ** min(size * (spread**2 + gap**2), 1000))
    ok = needed <= size and least <= 1 - strict
    found = mde(spread / math.sqrt(size), level=strict, power=power)
    few = f"{counted(size, 'item')} cannot decide {gap:g}"
    note = "" if ok else f"{few}: it takes about {needed}, or a difference of {found:.3g}"
    return Planning(ok, reached, found, needed, least, note)


def _quantiles(level: float, power: float) -> tuple[float, float]:
    return two_sided_z(as_fraction(level, "level")), _power_z(as_fraction(power, "power"))


@lru_cache(maxsize=64)
def _power_z(power: float) -> float:
    return float(sps.norm.ppf(power))


def _reach(level: float, power: float) -> float:
    return sum(_quantiles(level, power))
