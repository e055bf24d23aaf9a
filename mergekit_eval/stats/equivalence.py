"""Claims other than "differs": no worse than, as good as.

A margin is a decision taken before looking: half a point, say. Absence of significance is none of these.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as sps

from mergekit_eval.stats.binary import restricted_variance
from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.signflip import flip_null, p_at_zero
from mergekit_eval.stats.validate import (
    TINY,
    Floats,
    Ints,
    Seed,
    as_clusters,
    as_fraction,
    as_pair,
    is_binary,
    reject,
)


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
        variance = float(restricted_variance(f, g, n, bound))
        return max(float(sps.norm.sf((f - g - n * bound) / np.sqrt(variance))), TINY), "score test (Tango)"
    null = flip_null(x - y - bound, ids, seed)
    two_sided, up = p_at_zero(null, seed)[0], float((x - y).mean()) > bound
    return (two_sided / 2 if up else 1 - two_sided / 2), "sign flips at the margin"
