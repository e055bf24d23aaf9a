"""Two models on one task, or many pairs of models at once: the paired difference, and the weaker unpaired one."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats as sps

from mergekit_eval.stats.binary import mcnemar_exact, mcnemar_midp, newcombe
from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.intervals import mean_stderr, unit_scale, units_named, unseen_limits, unseen_p
from mergekit_eval.stats.power import mde
from mergekit_eval.stats.resample import Pairs, as_pairs
from mergekit_eval.stats.signflip import FEWEST_RARE, FlipNull, FlipResult, flip_nulls, flip_test
from mergekit_eval.stats.validate import (
    TINY,
    Floats,
    Ints,
    Seed,
    as_clusters,
    as_fraction,
    as_pair,
    as_scores,
    counted,
    is_binary,
    reject,
    units_of,
)

Limits = tuple[float | None, float | None]


class PairedDifference(NamedTuple):
    """Model a minus model b; a field without an honest value is ``None`` and `note` says why.

    Differences, limits, standard error and `mde` are on the scale of the scores; positive means a scored higher. `wins`
    counts items where a is higher, `losses` where b is. `p` is the test to claim with, `p_exact` the exact conditional
    one (McNemar) or the same p where every sign flip was listed. `tail_seen` belongs to the sign flips: False where the
    skewness of the differences rests on fewer than five units, too few for any test of a mean to hold its level.
    """

    n: int | None
    mean_a: float
    mean_b: float
    diff: float
    stderr: float | None = None
    low: float | None = None
    high: float | None = None
    wins: int | None = None
    losses: int | None = None
    ties: int | None = None
    p: float | None = None
    p_exact: float | None = None
    mde: float | None = None
    method: str = ""
    note: str = ""
    tail_seen: bool | None = None


def paired_difference(
    a: ArrayLike, b: ArrayLike, *, clusters: ArrayLike | None = None, level: float = LEVEL, seed: Seed = 0
) -> PairedDifference:
    """Compare two models item by item.

    Parameters
    ----------
    a, b : array_like, shape (n_items,)
        Scores of the two models, same items in the same order, any scale.
    clusters : array_like, shape (n_items,), optional
        Cluster id per item; the test then flips whole clusters.
    level : float
        Confidence level of the interval and of the minimum detectable effect.
    seed : int, SeedSequence or Generator
        For random sign flips (unused where all are listed or the scores are 0 / 1).

    Returns
    -------
    PairedDifference
        0 / 1 scores: mid-p McNemar and Newcombe's score interval. Otherwise, or with clusters: studentised sign flips
        and their inversion, so the interval excludes zero exactly when p <= 1 - level.

    Raises
    ------
    StatsError
        For unequal lengths, missing scores or a level outside (0, 1).
    """
    return paired_differences(np.column_stack(as_pair(a, b)), [(0, 1)], clusters=clusters, level=level, seed=seed)[0]


def paired_differences(
    values: ArrayLike,
    pairs: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    level: float = LEVEL,
    seed: Seed = 0,
) -> list[PairedDifference]:
    """Compare pairs of models item by item, with the work they share done once; see `paired_difference`.

    Parameters
    ----------
    values : array_like, shape (n_items, n_models)
        Scores of the models on the same items, none missing.
    pairs : array_like of int, shape (P, 2)
        Pairs (first minus second).
    clusters, level, seed
        As for `paired_difference`.

    Returns
    -------
    list of PairedDifference
        One per pair.
    """
    table, level = as_scores(values, "values", ndim=2), as_fraction(level, "level")
    index, ids = as_pairs(pairs, table.shape[1]), as_clusters(clusters, len(table))
    right = np.array([ids is None and is_binary(column) for column in table.T])
    whole = right[index].all(axis=1)
    binary = _binary_pairs(table, index[whole], level) if whole.any() else []
    found = dict(zip(np.flatnonzero(whole).tolist(), binary, strict=True))
    rest = np.flatnonzero(~whole).tolist()
    nulls = flip_nulls([table[:, i] - table[:, j] for i, j in index[rest]], ids, seed)
    for k, null in zip(rest, nulls, strict=True):
        found[k] = _flipped(table[:, index[k, 0]], table[:, index[k, 1]], ids, null, level, seed)
    return [found[k] for k in range(len(index))]


def _flipped(x: Floats, y: Floats, ids: Ints | None, null: FlipNull, level: float, seed: Seed) -> PairedDifference:
    """Compare two models by the sign flips of their differences."""
    d, unit, units = x - y, unit_scale(x, y), units_of(len(x), ids)
    stderr = mean_stderr(d, ids, float(max(np.abs(x).max(), np.abs(y).max())))
    flips = flip_test(null, level, seed)
    seen = bool(stderr) and flips.tail_seen
    if stderr:
        (low, high), note = _limits(flips, units, level, unit)
    else:
        (low, high), note = _limits_without_spread(float(d.mean()), units, level, unit)
    hidden = float(unseen_p(d.mean(), units)) if unit and not stderr else TINY
    p, wins, losses = max(flips.p, hidden), int((d > 0).sum()), int((d < 0).sum())
    return PairedDifference(
        d.size, float(x.mean()), float(y.mean()), float(d.mean()), stderr, low, high,
        wins, losses, d.size - wins - losses, p, p if flips.exact else None, detectable(stderr, d.size, level, unit),
        f"sign flips of {units_named(d.size, ids)}, {'all listed' if flips.exact else 'random'}", note, seen,
    )  # fmt: skip


def _limits(flips: FlipResult, units: int, level: float, unit: bool) -> tuple[Limits, str]:
    """Return the limits of the flips, which are infinite where too few units bound the difference, on the scale."""
    low, high = flips.low, flips.high
    few = f"too few to bound the difference at this level: {counted(units, 'unit')}"
    note = "" if flips.tail_seen else f"tail not seen: fewer than {FEWEST_RARE} units carry the skewness"
    note = note if np.isfinite([low, high]).all() else few
    if unit:
        return (max(low, -1.0), min(high, 1.0)), note
    return (low if np.isfinite(low) else None, high if np.isfinite(high) else None), note


def _limits_without_spread(diff: float, units: int, level: float, unit: bool) -> tuple[Limits, str]:
    """Return what equal differences leave open on a scale from 0 to 1, and no limits on any other."""
    reason = "one independent unit" if units < 2 else "all differences are equal"
    if not unit:
        return (None, None), f"{reason}: no interval"
    return unseen_limits(diff, units, level, -1.0), f"{reason}: p and limits from the score range only"


def _binary_pairs(table: Floats, index: Pairs, level: float) -> list[PairedDifference]:
    n, used = len(table), np.unique(index)
    single: NDArray[Any] = table[:, used].astype(np.float32 if n < 2**24 else np.float64)
    place = np.searchsorted(used, index)
    right = single.sum(axis=0, dtype=np.float64)
    both = (single.T @ single)[place[:, 0], place[:, 1]].astype(np.float64)
    f, g = (right[place[:, side]] - both for side in (0, 1))
    low, high = newcombe(both, f, g, n - both - f - g, level)
    midp, exact = mcnemar_midp(f, g), mcnemar_exact(f, g)
    mean = right / n
    spread = np.sqrt(np.maximum(f + g - (f - g) ** 2 / n, 0) / max(n - 1, 1) / n)
    rows = np.column_stack([mean[place[:, 0]], mean[place[:, 1]], (f - g) / n, spread, low, high, f, g, midp, exact])
    return [_binary_row(n, row, level) for row in rows.tolist()]


def _binary_row(n: int, row: list[float], level: float) -> PairedDifference:
    mean_a, mean_b, diff, spread, low, high, f, g, p, exact = row
    wins, losses = int(f), int(g)
    stderr = None if n == 1 else spread if wins + losses > 0 and abs(wins - losses) < n else 0.0
    note = "" if wins + losses else "no item separates the two models"
    return PairedDifference(
        n, mean_a, mean_b, diff, stderr, low, high, wins, losses, n - wins - losses, p, exact,
        detectable(stderr, n, level, True), "McNemar mid-p, newcombe", note,
    )  # fmt: skip


def detectable(stderr: float | None, n: int, level: float, unit: bool) -> float | None:
    """Minimum detectable effect; without any spread, from the share of differing items that n could have hidden."""
    if stderr:
        return mde(stderr, level=level)
    if stderr is None or not unit:
        return None
    return mde(float(np.sqrt((1 - (1 - level) ** (1 / n)) / n)), level=level)


class UnpairedDifferences(NamedTuple):
    """Differences a - b of many aggregates, field by field as in `PairedDifference`; NaN where it has ``None``."""

    n: Floats
    diff: Floats
    stderr: Floats
    low: Floats
    high: Floats
    p: Floats
    mde: Floats
    note: NDArray[np.str_]


def unpaired_differences(
    mean_a: Floats, se_a: Floats, n_a: Floats, mean_b: Floats, se_b: Floats, n_b: Floats, *, level: float = LEVEL
) -> UnpairedDifferences:
    """Compare pairs of aggregates without items: Welch t (Welch 1947, doi:10.1093/biomet/34.1-2.28).

    Weaker than the paired comparison wherever the two models find the same items hard. Without both standard errors
    there is no interval and no p; without both `n` the normal distribution is used. NaN for an unknown error or size.
    """
    means, level = as_scores(np.array([mean_a, mean_b]), "means", ndim=2), as_fraction(level, "level")
    errors, sizes = np.array([se_a, se_b]), np.array([n_a, n_b])
    if (bad := np.isinf(errors) | (errors < 0)).any():
        raise reject("(se_a, se_b)", tuple(errors[:, bad.any(axis=0)][:, 0]), "standard errors of 0 or more, or NaN")
    missing, zero = np.isnan(errors).any(axis=0), (errors == 0).all(axis=0)
    diff, stderr = means[0] - means[1], np.where(zero, np.nan, np.hypot(*errors))
    df = welch(errors, sizes)
    half = sps.t.isf((1 - level) / 2, df) * stderr
    p = np.clip(2 * sps.t.sf(np.abs(diff) / stderr, df), TINY, 1.0)
    untested = ": no interval and no test from aggregates"
    reasons = [f"a standard error is missing{untested}", f"both standard errors are 0{untested}"]
    note = np.select([missing, zero], reasons, "items not at hand: unpaired, weaker than a paired test")
    least = mde(1.0, level=level) * stderr
    return UnpairedDifferences(np.fmin(*sizes), diff, stderr, diff - half, diff + half, p, least, note)


def welch(errors: Floats, sizes: Floats) -> Floats:
    """Return Welch's degrees of freedom; infinite, which is the normal, where a size is unknown.

    Parameters
    ----------
    errors, sizes : ndarray, shape (2, n)
        Standard errors and numbers of items of both sides.
    """
    squares = errors**2
    known = (sizes >= 2).all(axis=0) & (squares > 0).any(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        df = squares.sum(axis=0) ** 2 / (squares**2 / (sizes - 1)).sum(axis=0)
    return np.where(known, df, np.inf)
