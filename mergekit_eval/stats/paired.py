"""Two models on one task, or many pairs of models at once: the paired difference, and the weaker unpaired one."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats as sps

from mergekit_eval.stats.binary import mcnemar_exact, mcnemar_midp, newcombe
from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.intervals import mean_stderr, unit_scale, units_named, unseen_limits, unseen_p
from mergekit_eval.stats.power import mde
from mergekit_eval.stats.resample import Pairs, as_pairs
from mergekit_eval.stats.signflip import FlipNull, FlipResult, flip_nulls, flip_test
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
    one (McNemar) or the same p where every sign flip was listed.
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
    if stderr:
        (low, high), note = _limits(flips, units, level, unit)
    else:
        (low, high), note = _limits_without_spread(float(d.mean()), units, level, unit)
    hidden = float(unseen_p(d.mean(), units)) if unit and not stderr else TINY
    p, wins, losses = max(flips.p, hidden), int((d > 0).sum()), int((d < 0).sum())
    return PairedDifference(
        d.size, float(x.mean()), float(y.mean()), float(d.mean()), stderr, low, high,
        wins, losses, d.size - wins - losses, p, p if flips.exact else None, detectable(stderr, d.size, level, unit),
        f"sign flips of {units_named(d.size, ids)}, {'all listed' if flips.exact else 'random'}", note,
    )  # fmt: skip


def _limits(flips: FlipResult, units: int, level: float, unit: bool) -> tuple[Limits, str]:
    """Return the limits of the flips, which are infinite where too few units bound the difference, on the scale."""
    low, high = flips.low, flips.high
    few = f"too few to bound the difference at this level: {counted(units, 'unit')}"
    note = "" if np.isfinite([low, high]).all() else few
    if flips.p > 1 - level:  # the search for the limits ends a hair inside them
        low, high = min(low, 0.0), max(high, 0.0)
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


def unpaired_difference(
    mean_a: float, se_a: float | None, n_a: int | None, mean_b: float, se_b: float | None, n_b: int | None,
    *, level: float = LEVEL,
) -> PairedDifference:  # fmt: skip
    """Compare two aggregate scores whose items are not at hand: Welch t (Welch 1947, doi:10.1093/biomet/34.1-2.28).

    Weaker than the paired comparison wherever the two models find the same items hard. Without both standard errors
    there is no interval and no p; without both `n` the normal distribution is used.
    """
    a, b = as_scores([mean_a, mean_b], "means").tolist()
    level, sizes = as_fraction(level, "level"), [n for n in (n_a, n_b) if n is not None]
    errors = [e for e in (se_a, se_b) if e is not None]
    if any(not (np.isfinite(e) and e >= 0) for e in errors):
        raise reject("(se_a, se_b)", (se_a, se_b), "standard errors of 0 or more, or None")
    plain = PairedDifference(min(sizes, default=None), a, b, a - b, method="Welch, unpaired")
    if len(errors) < 2 or not any(errors):
        why = "a standard error is missing" if len(errors) < 2 else "both standard errors are 0"
        return plain._replace(note=f"{why}: no interval and no test from aggregates")
    stderr, df = math.hypot(*errors), _welch(errors, sizes)
    half = float(sps.t.isf((1 - level) / 2, df)) * stderr
    p = min(max(2 * float(sps.t.sf(abs(a - b) / stderr, df)), TINY), 1.0)
    note = "items not at hand: unpaired, weaker than a paired test"
    limits = {"low": a - b - half, "high": a - b + half}
    return plain._replace(stderr=stderr, **limits, p=p, mde=mde(stderr, level=level), note=note)


def _welch(errors: list[float], sizes: list[int]) -> float:
    """Welch's degrees of freedom; infinite, which is the normal, where a size is unknown."""
    if len(sizes) < 2 or min(sizes) < 2:
        return float(np.inf)
    squares = np.asarray(errors) ** 2
    return float(squares.sum() ** 2 / (squares**2 / (np.asarray(sizes) - 1)).sum())
