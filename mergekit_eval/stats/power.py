"""What a comparison of this size can see, how many items a difference needs, and claims of "no worse" and "the same".

A margin is a decision taken before looking: half a point, say. Absence of significance is none of these claims.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special
from scipy import stats as sps

from mergekit_eval.stats.binary import restricted_variance
from mergekit_eval.stats.defaults import LEVEL, POWER
from mergekit_eval.stats.signflip import flip_null, p_at_zero
from mergekit_eval.stats.validate import (
    TINY,
    Floats,
    Ints,
    Seed,
    as_clusters,
    as_count,
    as_fraction,
    as_pair,
    counted,
    is_binary,
    reject,
    two_sided_z,
)


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
    reached = float(special.ndtr((gap * math.sqrt(size) - z * math.hypot(spread, gap)) / max(spread, 1e-12)))
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


class MarginTest(NamedTuple):
    """Outcome of a test against a margin: `holds` is whether the claim is shown at 1 - level; `diff` is a minus b."""

    claim: str
    holds: bool
    p: float
    diff: float
    margin: float
    n: int
    method: str


def non_inferior(
    a: ArrayLike,
    b: ArrayLike,
    margin: float,
    *,
    clusters: ArrayLike | None = None,
    level: float = LEVEL,
    seed: Seed = 0,
) -> MarginTest:
    """Test whether a is no worse than b by `margin` or more: one-sided, against ``mean(a) - mean(b) <= -margin``.

    Scores that are 0 or 1 take the score test with the restricted variance (Tango 1998), others the sign-flip test at
    the margin. `level` 0.95 means a one-sided test at 5 %.
    """
    x, y, ids, delta = _arguments(a, b, margin, clusters)
    p, method = _above(x, y, -delta, ids, seed)
    return MarginTest(
        "not worse", p <= 1 - as_fraction(level, "level"), p, float((x - y).mean()), delta, x.size, method
    )


def equivalent(
    a: ArrayLike,
    b: ArrayLike,
    margin: float,
    *,
    clusters: ArrayLike | None = None,
    level: float = LEVEL,
    seed: Seed = 0,
) -> MarginTest:
    """Test whether a and b differ by less than `margin` either way: two one-sided tests (Schuirmann 1987).

    doi:10.1007/BF01068419. p is the larger of the two. Same tests as :func:`non_inferior`.
    """
    x, y, ids, delta = _arguments(a, b, margin, clusters)
    (p, method), (q, _) = _above(x, y, -delta, ids, seed), _above(y, x, -delta, ids, seed)
    worst = max(p, q)
    return MarginTest(
        "the same", worst <= 1 - as_fraction(level, "level"), worst, float((x - y).mean()), delta, x.size, method
    )


def _arguments(
    a: ArrayLike, b: ArrayLike, margin: float, clusters: ArrayLike | None
) -> tuple[Floats, Floats, Ints | None, float]:
    x, y = as_pair(a, b)
    if not (np.isfinite(margin) and margin > 0):
        raise reject("margin", margin, "a number above 0, on the scale of the scores, fixed before looking")
    ids = None if clusters is None else as_clusters(clusters, x.size)
    return x, y, ids if ids is not None and ids.max() + 1 < x.size else None, float(margin)


def _above(x: Floats, y: Floats, bound: float, ids: Ints | None, seed: Seed) -> tuple[float, str]:
    """One-sided p against ``mean(x - y) <= bound``."""
    if ids is None and is_binary(x, y) and abs(bound) < 1:
        f, g, n = float((x > y).sum()), float((x < y).sum()), x.size
        variance = float(restricted_variance(*(np.asarray(v, dtype=float) for v in (f, g, n, bound))))
        return max(float(sps.norm.sf((f - g - n * bound) / np.sqrt(variance))), TINY), "score test (Tango)"
    null = flip_null(x - y - bound, ids, seed)
    two_sided, up = p_at_zero(null, seed)[0], float((x - y).mean()) > bound
    return (two_sided / 2 if up else 1 - two_sided / 2), "sign flips at the margin"
