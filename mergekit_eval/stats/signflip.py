"""Sign-flip test of a mean, and the interval that is its inversion; the unit that flips is an item or a cluster.

Under the null each unit's deviation could as well have had the other sign. The statistic is the (cluster-robust)
studentised mean with a monotone correction for skewness: flipping makes the test exact for symmetric deviations at
every sample size, and the correction removes the leading error for skewed ones. A studentised mean alone would not:
without clusters it orders the flips as the plain sum does, because the sum of squares does not change.

Sources: Rademacher flips of clusters with the null imposed are the wild cluster bootstrap of a mean (Cameron, Gelbach &
Miller 2008, doi:10.1162/rest.90.3.414); the correction starts from Hall 1992 (doi:10.1111/j.2517-6161.1992.tb01873.x),
whose cubic loses its slope where the rare values are on the far side of zero. The rest is ours; docs/statistics.md
shows its measured level and power.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mergekit_eval.stats.defaults import BLOCK_BYTES, FLIPS, LIST_FLIPS_UP_TO
from mergekit_eval.stats.validate import TINY, Floats, Ints, Seed, as_generator

_DOUBLINGS = 40
_HALVINGS = 16
"""Limits are found to about 1e-5 standard errors."""
_WHOLE_HALVINGS = 2
_AT_ONCE = 8
_RADEMACHER = 1 / (4 * float(special.ndtr(-np.sqrt(2))))
"""The least factor for which the normal law bounds every sum of fixed numbers with random signs: 3.178."""
_SLACK = 1e-9
_MILD_SKEW = 0.15
"""Skewness of the total at which half the correction is made: below, flips alone are within a point of their level."""
_NEVER_ZERO = 1e-200
"""Added to the bend of the correction, which leaves t as it is where there is no skewness."""
FEWEST_RARE = 5
"""Below this number of rare values no test of a mean holds its level."""


def cluster_sums(x: Floats, ids: Ints) -> Floats:
    """Sum of `x` within each cluster, shape (G,)."""
    return np.asarray(np.bincount(ids, weights=x), dtype=np.float64)


_ORDINARY = (1e-60, 1e60)


Bools = NDArray[np.bool_]


class FlipResult(NamedTuple):
    """Two-sided p, limits (infinite where so few units cannot bound the mean) and whether all flips were listed.

    `tail_seen` is False where the skewness rests on fewer than five units: see `rare_values`.
    """

    p: float
    low: float
    high: float
    exact: bool
    tail_seen: bool


def flip_test(null: "FlipNull", level: float, seed: Seed) -> FlipResult:
    """Test that a mean is zero and invert the test into limits for the mean.

    Parameters
    ----------
    null : FlipNull
        From `flip_null` or `flip_nulls`.
    level : float
        Level of the limits: the means that the test does not reject at 1 - `level`.
    seed : int, SeedSequence or Generator
        For random flips of the units with a non-zero sum; up to 14 of them all flips are listed.
    """
    low, high = (_limit(null, side, 1 - level) for side in (-1, 1))
    p, exact = p_at_zero(null, seed)
    # The search ends a hair inside the limits, and p may be from all flips where the limits are from drawn ones.
    if p > 1 - level + _SLACK:
        low, high = min(low, 0.0), max(high, 0.0)
    elif null.sums.sum() > 0:
        low = max(low, TINY)
    else:
        high = min(high, -TINY)
    return FlipResult(p, low, high, exact, rare_values(null.sums, null.sizes) >= FEWEST_RARE)


def rare_values(sums: Floats, sizes: Floats) -> float:
    """Return on how many units the skewness of a mean rests; infinite without any.

    Squared standardised skewness of the total, inverted: ``(sum u^2)^3 / (sum u^3)^2`` of the deviations u from the
    mean. Where k of n units differ from all others it is about k, however far out they are, and n over the squared
    skewness of single units for any law.
    """
    deviations = sums - sums.sum() / sizes.sum() * sizes
    spread, cubes = float((deviations**2).sum()) ** 1.5, abs(float((deviations**3).sum()))
    return (spread / cubes) ** 2 if cubes > _SLACK * spread else float(np.inf)


def flip_null(values: Floats, ids: Ints | None, seed: Seed) -> "FlipNull":
    """Draw (or list) the flips of `values` once, for any number of null means."""
    return next(flip_nulls([values], ids, seed))


def flip_nulls(values: Sequence[Floats], ids: Ints | None, seed: Seed) -> Iterator["FlipNull"]:
    """Draw the flips of several sets of values on the same items, as `flip_null` does for each of them.

    With a whole number as seed they have the same flips, and the sums of up to `_AT_ONCE` sets are one product.
    """
    together = _AT_ONCE if isinstance(seed, int) else 1
    for start in range(0, len(values), together):
        raw = [x if ids is None else cluster_sums(x, ids) for x in values[start : start + together]]
        scales = [_scale(x) for x in raw]
        sums = [x / scale if scale != 1 else x for x, scale in zip(raw, scales, strict=True)]
        sizes = np.ones_like(sums[0]) if ids is None else np.bincount(ids).astype(float)
        flipped, exact = signed_sums(np.hstack([_columns(s, sizes) for s in sums]), seed)
        parts = np.split(np.ascontiguousarray(flipped.T), len(sums))
        for mine, columns, scale in zip(sums, parts, scales, strict=True):
            yield FlipNull(mine, sizes, columns, exact, scale)


def _scale(sums: Floats) -> float:
    """Return what to divide by so that third powers neither vanish nor overflow; 1 for all ordinary scores."""
    top = float(np.abs(sums).max(initial=0))
    return 1.0 if top == 0 or _ORDINARY[0] < top < _ORDINARY[1] else top


def signed_sums(columns: Floats, seed: Seed) -> tuple[Floats, bool]:
    """Sums of each column under sign flips of the rows, and whether all flips are listed.

    `columns` has shape (G, k), the result (flips, k); its first row has no sign flipped. Up to 14 rows all flips that
    keep the first sign are listed (the others mirror them), else ``FLIPS`` random ones follow the first row.
    """
    rows = columns.shape[0]
    if rows <= LIST_FLIPS_UP_TO:
        every = (np.arange(2 ** (rows - 1))[:, None] >> np.arange(rows)) & 1
        return (1 - 2.0 * every) @ columns, True
    step, generator = max(1, BLOCK_BYTES // (8 * rows)), as_generator(seed)
    # Laid out with the flips along memory, as FlipNull reads them.
    out = np.empty((columns.shape[1], FLIPS + 1))
    out[:] = columns.sum(axis=0)[:, None]
    for start in range(0, FLIPS, step):
        flips = min(step, FLIPS - start)
        shared = flips == FLIPS and isinstance(seed, int)
        bits = _known_bits(rows, seed) if shared else _random_bits(rows, flips, generator)
        out[:, start + 1 : start + 1 + flips] -= 2 * (columns.T @ bits.T)
    return out.T, False


def _random_bits(rows: int, flips: int, generator: np.random.Generator) -> Floats:
    packed = generator.integers(0, 256, size=(flips, -(-rows // 8)), dtype=np.uint8)
    return np.unpackbits(packed, axis=1, count=rows).astype(np.float64)


@lru_cache(maxsize=4)
def _known_bits(rows: int, seed: int) -> Floats:
    """Return the flips of a whole-number seed, kept: one study draws the same ones for every pair of models."""
    return _random_bits(rows, FLIPS, as_generator(seed))


def _columns(d: Floats, m: Floats) -> Floats:
    """Everything a flip needs, as polynomials in the null mean: first and third powers of ``d - mean * m``."""
    return np.column_stack([d, m, d * m, m**2, d**3, d**2 * m, d * m**2, m**3])


class FlipNull(NamedTuple):
    """Unit sums and sizes, their signed sums of shape (8, flips), and whether these list every flip.

    `sums` and `flipped` are of the values divided by `scale`; means are given and returned as they are.
    """

    sums: Floats
    sizes: Floats
    flipped: Floats
    exact: bool
    scale: float = 1.0

    def statistic(self, mean: float = 0.0) -> Floats:
        """Statistic of every flip at the null value `mean`; the first entry belongs to the data."""
        mean /= self.scale
        m, e, f = self.sizes, self.sums - mean * self.sizes, self.flipped
        total, second = f[0] - mean * f[1], float((e**2).sum())
        first, tilt = f[2] - mean * f[3], f[6] - mean * f[7]
        third = f[4] - mean * (3 * f[5] - mean * (3 * f[6] - mean * f[7]))
        centre = total / m.sum()
        spread = second - centre * (2 * first - centre * float((m**2).sum()))
        cubes = third - centre * (3 * float((e**2 * m).sum()) - centre * (3 * tilt - centre * float((m**3).sum())))
        return studentised(total, np.where(spread > _SLACK * second, spread, 0), cubes, self.sums.size)

    def beyond(self, mean: float = 0.0) -> Bools:
        """Whether each flip is at least as far out as the data."""
        reach = np.abs(self.statistic(mean))
        return np.asarray(reach >= reach[0] * (1 - _SLACK))

    def p(self, mean: float = 0.0) -> float:
        """Share of flips at least as far out as the data."""
        return float(self.beyond(mean).mean())


def studentised(total: Floats, squares: Floats, cubes: Floats, units: int) -> Floats:
    """Studentised total corrected for skewness, elementwise; infinite where there is no spread."""
    flat = squares <= 0
    root = np.sqrt(np.where(flat, np.inf, squares))
    corrected = _corrected(total / root * np.sqrt((units - 1) / units), cubes / (root * root * root))
    return np.where(flat & (total != 0), np.copysign(np.inf, total), corrected)


def _corrected(t: Floats, a: Floats) -> Floats:
    """Return t + a t^2 / 3 + a / 6 to second order in the skewness `a` of the total, increasing in `t` throughout.

    On the side of the rare values the slope is Hall's (1 + at/3)^2, on the other one 1 / (1 - 2at/3), which has the
    same start and never ends: evidence keeps growing with t.
    """
    square = a * a
    bend = (2 / 3) * a * square / (square + _MILD_SKEW**2) + _NEVER_ZERO
    x = bend * t
    rare, other = np.maximum(x, 0), np.maximum(-x, 0)
    return (rare * (1 + rare / 2 + rare * rare / 12) - np.log1p(other)) / bend + bend / 4


def p_at_zero(null: FlipNull, seed: Seed) -> tuple[float, bool]:
    """Return p at a mean of zero and whether it is exact; units whose sum is zero do not matter there."""
    live = null.sums != 0
    if not live.any():
        return 1.0, True
    if null.exact:
        return null.p(), True
    if live.sum() > LIST_FLIPS_UP_TO:
        hits = int(null.beyond().sum())
        return (hits / null.flipped.shape[1] if hits > 1 else _beyond_the_draws(null)), False
    flipped, exact = signed_sums(_columns(null.sums, null.sizes)[live], seed)
    return null._replace(flipped=flipped.T).p(), exact


def _beyond_the_draws(null: FlipNull) -> float:
    """Return a p for data that no drawn flip reaches: the share of the draws, or a bound on that of all flips.

    A sum of fixed numbers with random signs exceeds x root sums of squares with probability at most 3.18 times that of
    a standard normal (Bentkus & Dzindzalieta 2015, doi:10.3150/14-BEJ603). Without it no family of more than 500
    comparisons could decide anything on graded scores, because 1 / (flips + 1) is the smallest share there is. So far
    out skewness tells more than near the middle: the smaller of that sum and the corrected statistic counts.
    """
    plain = abs(float(null.sums.sum())) / float(np.sqrt((null.sums**2).sum()))
    reach = min(plain, abs(float(null.statistic()[0])))
    bound = 2 * _RADEMACHER * float(special.ndtr(-reach))
    return float(min(1 / null.flipped.shape[1], max(bound, TINY)))


def _limit(null: FlipNull, side: int, alpha: float) -> float:
    """Walk away from the estimate until the test rejects, then halve; infinite if it never does."""
    centre = float(null.sums.sum() / null.sizes.sum())
    step = side * float(np.sqrt(((null.sums - centre * null.sizes) ** 2).sum())) / float(null.sizes.sum())
    centre, step = centre * null.scale, step * null.scale
    if step == 0:
        return centre
    inside, reach, near = centre, step, None
    for _ in range(_DOUBLINGS):
        far = null.beyond(centre + reach)
        if _rejects(int(far.sum()), far.size, alpha):
            break
        inside, reach, near = centre + reach, reach * 2, far
    else:
        return side * float(np.inf)
    return _halved(null, (inside, centre + reach), (null.beyond(inside) if near is None else near, far), alpha)


def _halved(null: FlipNull, ends: tuple[float, float], beyond: tuple[Bools, Bools], alpha: float) -> float:
    """Return the innermost rejected mean between two, looking again only at flips that differ between the ends.

    After a few halvings the two ends are so close that a flip which counts at both, or at neither, does so between
    them; what is left to look at halves each time, too.
    """
    (inside, outside), (near, far) = ends, beyond
    settled, total = 0, near.size
    for halving in range(_HALVINGS):
        if halving >= _WHOLE_HALVINGS:
            open_ = near != far
            settled += int((near & ~open_)[1:].sum())
            open_[0] = True
            null, near, far = null._replace(flipped=null.flipped[:, open_]), near[open_], far[open_]
        middle = (inside + outside) / 2
        here = null.beyond(middle)
        if _rejects(settled + int(here.sum()), total, alpha):
            outside, far = middle, here
        else:
            inside, near = middle, here
    return inside


def _rejects(hits: int, flips: int, alpha: float) -> bool:
    return hits / flips <= alpha + _SLACK
