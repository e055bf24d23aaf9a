"""Above, below or not decided: many models against several references each, all statements at one error rate."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.validate import Floats, as_fraction, reject

Bools = NDArray[np.bool_]
# What of alpha the limits of single differences may spend. A small part: they are wider by 6 %, and what is left
# decides (measured in the calibration).
LIMITS = 0.3
_STEPS = 12


class Critical(NamedTuple):
    """Bounds in standard errors: of all references of a model at once, of a single one, and of the one tested last."""

    every: float
    single: float
    last: float


class Claims(NamedTuple):
    """What may be said of each model (rows) against its references (columns); False and NaN where there is none.

    `above` and `below` are the claims; `low` and `high` the limits of the differences. A limit ends at 0 where a claim
    holds that the limit alone would not show. `best_low` and `best_high`, shape (models,), bound the difference to the
    highest of the references but the last, whichever that is. With probability 1 - alpha at least, every claim is true
    and every limit holds.
    """

    above: Bools
    below: Bools
    low: Floats
    high: Floats
    best_low: Floats
    best_high: Floats
    critical: Critical


def joint_claims(
    estimate: ArrayLike, stderr: ArrayLike, df: ArrayLike, draws: ArrayLike, *, alpha: float = 1 - LEVEL
) -> Claims:
    """Decide for every model against each of its references, and give limits that agree.

    Parameters
    ----------
    estimate, stderr, df : array_like, shape (models, references)
        Differences, higher better. The last column is the reference that is tested after the others (the base): where
        a model is surely on one side of all others, it costs nothing more. NaN where a model has no such reference.
    draws : array_like, shape (n_draws, models, references)
        Joint normal draws of the differences under "nothing differs", in any unit: only how they move together counts.
    alpha : float
        Chance of any false claim or limit, at most.

    Returns
    -------
    Claims
        Two kinds of claims share alpha. "On one side of every reference" is an intersection-union test (Berger 1982,
        doi:10.1080/00401706.1982.10487790): it can be wrong by one reference only, so one contrast per model is at
        risk, and the bound is the quantile of the largest of these (the worst of several choices of the reference).
        Claims on single references and limits take the quantile over all of them (max-T). Both are calibrated together
        on the draws, with all references equal and with a single one at risk. What is decided leaves the family, and
        the rest is decided again (step-down; Romano & Wolf 2005, doi:10.1198/016214504000000539).

    Raises
    ------
    StatsError
        For shapes that do not fit.
    """
    value, error, worth = (np.asarray(x, dtype=float) for x in (estimate, stderr, df))
    alpha = as_fraction(alpha, "alpha")
    drawn = np.asarray(draws)
    if value.ndim != 2 or value.shape[1] < 2:
        raise reject(
            "shape of estimate", value.shape, "(models, references), two or more columns, NaN where there is none"
        )
    if drawn.ndim != 3 or drawn.shape[1:] != value.shape:
        raise reject("shape of draws", drawn.shape, f"(draws, *{value.shape})")
    there = np.isfinite(value) & (error > 0)
    t = np.where(there, value / np.where(there, error, 1.0), 0.0)
    z = _as_normal(t, worth)
    scale = drawn.std(axis=0)
    moves = there & (scale > 0)
    null = np.divide(drawn, scale, out=np.zeros_like(drawn), where=moves)
    family = _Family(null, moves, z, alpha)
    first = family.critical(moves)
    above, below = family.step_down(first)
    return _limits(value, error, worth, there, above, below, first, family.limit)


def _limits(
    value: Floats, error: Floats, df: Floats, there: Bools, above: Bools, below: Bools, first: Critical, limit: float
) -> Claims:
    """Return the claims with limits of single differences, which end at 0 where a claim says more than they do."""
    reach = _as_t(limit, df) * error
    low = np.where(above, np.maximum(value - reach, 0.0), value - reach)
    high = np.where(below, np.minimum(value + reach, 0.0), value + reach)
    low, high, others = _over(low, there, np.nan), _over(high, there, np.nan), there[:, :-1]
    best_low, best_high = (
        np.where(others.any(axis=1), _over(x[:, :-1], others, np.inf).min(axis=1), np.nan) for x in (low, high)
    )
    return Claims(above, below, low, high, best_low, best_high, first)


class _Family:
    """The statements of one table, with what chance alone would give."""

    def __init__(self, null: Any, moves: Bools, z: Floats, alpha: float) -> None:
        self.null, self.moves, self.z, self.alpha = null, moves, z, alpha
        self.size = np.abs(null).max(axis=(1, 2))
        self.limit = _quantile(np.sort(self.size), LIMITS * alpha)

    def step_down(self, first: Critical) -> tuple[Bools, Bools]:
        """Return the claims: what is decided leaves the family until nothing more is decided."""
        moves = self.moves
        bounds, open_ = first, moves
        while True:
            above, below = self._claimed(moves, bounds)
            left = moves & ~(above | below)
            if not left.any() or (left == open_).all():
                return above, below
            open_ = left
            bounds = Critical(*map(min, bounds, self.critical(open_)))

    def _claimed(self, moves: Bools, bounds: Critical) -> tuple[Bools, Bools]:
        claims = []
        for z in (self.z, -self.z):
            claim = moves & (z > bounds.single)
            every = _over(z[:, :-1], moves[:, :-1], np.inf).min(axis=1) > bounds.every
            claim[:, :-1] |= (every & moves[:, :-1].any(axis=1))[:, None] & moves[:, :-1]
            claims.append(claim)
        settled = np.logical_or(*(_all(claim[:, :-1], moves[:, :-1]) for claim in claims))
        for claim, z in zip(claims, (self.z, -self.z), strict=True):
            claim[:, -1] |= settled & moves[:, -1] & (z[:, -1] > bounds.last)
        return claims[0], claims[1]

    def critical(self, open_: Bools) -> Critical:
        """Return the bounds at which a false statement on what is open, or a false limit, has chance alpha."""
        if not open_.any():
            return Critical(np.inf, np.inf, np.inf)
        rows = open_.any(axis=1)
        null, here = self.null[:, rows], open_[rows]
        largest = self.size if (open_ == self.moves).all() else np.where(here, np.abs(null), 0.0).max(axis=(1, 2))
        last = np.where(here[:, -1], np.abs(null[:, :, -1]), 0.0).max(axis=1)
        alone = list(_alone(null[:, :, :-1], here[:, :-1]))
        every = _every(null[:, :, :-1], here[:, :-1])
        wrong_limit = self.size > self.limit
        ordered, last_ordered, *alone_ordered = (np.sort(x) for x in (largest, last, *(up for up, _ in alone)))

        def bounds(chance: float) -> Critical:
            single = _quantile(ordered, chance)
            risk = max((_quantile(up, chance) for up in alone_ordered), default=single)
            return Critical(min(risk, single), single, min(_quantile(last_ordered, chance), single))

        def false(chance: float) -> float:
            at = bounds(chance)
            equal = wrong_limit | (largest > at.single) | (every > at.every)
            one = [wrong_limit | (up > at.every) | (down > at.single) for up, down in alone]
            after = wrong_limit | (last > at.last)
            return max(float(event.mean()) for event in (equal, after, *one))

        low, high = LIMITS * self.alpha, self.alpha
        for _ in range(_STEPS):
            middle = (low + high) / 2
            low, high = (middle, high) if false(middle) <= self.alpha else (low, middle)
        return bounds(low)


def _alone(null: Floats, here: Bools) -> Iterator[tuple[Floats, Floats]]:
    """Yield the largest and the negative of the smallest statistic where each model has one reference at risk."""
    models = np.flatnonzero(here.any(axis=1))
    if not len(models):
        return
    fallback = here[models].argmax(axis=1)
    signs = np.where(np.arange(len(models)) % 2, -1.0, 1.0)
    for column in range(here.shape[1]):
        for shift in (0, np.arange(len(models))):
            wanted = (column + shift) % here.shape[1] * np.ones(len(models), dtype=np.intp)
            places = np.where(here[models, wanted], wanted, fallback)
            z = null[:, models, places] * (signs if np.ndim(shift) else 1.0)
            yield z.max(axis=1), -z.min(axis=1)


def _every(null: Floats, here: Bools) -> Floats:
    """Return by how much some model is on one side of all its references, the largest of all models."""
    with_any = here.any(axis=1)
    if not with_any.any():
        return np.full(len(null), -np.inf)
    least, most = np.where(here, null, np.inf).min(axis=2), np.where(here, null, -np.inf).max(axis=2)
    widest: Floats = np.maximum(least[:, with_any].max(axis=1), -most[:, with_any].min(axis=1))
    return widest


def _over(values: Floats, here: Bools, other: float) -> Floats:
    return np.asarray(np.where(here, values, other), dtype=float)


def _all(claim: Bools, here: Bools) -> Bools:
    return np.asarray(here.any(axis=1) & (claim | ~here).all(axis=1), dtype=bool)


def _quantile(ordered: Floats, chance: float) -> float:
    """Return what a share ``chance`` of the values lies above at most."""
    return float(ordered[min(int(np.ceil((1 - chance) * ordered.size - 1e-9)), ordered.size) - 1])


def _as_normal(t: Floats, df: Floats) -> Floats:
    """Return the normal deviate with the tail of t."""
    size = np.abs(t)
    tail = np.where(np.isinf(df), special.ndtr(-size), special.stdtr(np.where(np.isfinite(df), df, 1.0), -size))
    return np.asarray(np.sign(t) * -special.ndtri(np.maximum(tail, 1e-300)))


def _as_t(z: float, df: Floats) -> Floats:
    """Return the quantile of t with the tail of a normal deviate."""
    return np.asarray(
        np.where(np.isinf(df), z, -special.stdtrit(np.where(np.isfinite(df), df, 1.0), special.ndtr(-z))), dtype=float
    )
