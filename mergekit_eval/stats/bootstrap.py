"""Bootstrap intervals of one mean or one statistic of sums; items or whole clusters are redrawn."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as sps

from mergekit_eval.stats.clustered import cluster_sums
from mergekit_eval.stats.defaults import BLOCK_BYTES, LEVEL, RESAMPLES
from mergekit_eval.stats.intervals import Interval, mean_stderr, unit_scale, unseen_limits
from mergekit_eval.stats.resample import fill_counts
from mergekit_eval.stats.validate import Floats, Ints, Seed, as_clusters, as_count, as_fraction, as_generator, as_scores


def resampled_sums(units: Floats, n_resamples: int, seed: Seed) -> Floats:
    """Column sums of `units` (G, k) redrawn with replacement, shape (n_resamples, k)."""
    generator, step = as_generator(seed), max(1, BLOCK_BYTES // (8 * len(units)))
    blocks = []
    for start in range(0, n_resamples, step):
        counts = np.empty((min(step, n_resamples - start), len(units)))
        fill_counts(counts, generator)
        blocks.append(counts @ units)
    return np.vstack(blocks)


def bootstrap_mean(
    values: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    level: float = LEVEL,
    n_resamples: int = RESAMPLES,
    seed: Seed = 0,
) -> Interval:
    """Bootstrap-t interval for a mean; with clusters it redraws clusters and studentises with the CR1 error.

    Efron 1981; Hall 1988, doi:10.1214/aos/1176350933; clusters as in Cameron, Gelbach & Miller 2008. Draws without any
    spread count as infinitely far out, so that few distinct values widen the interval instead of narrowing it. Scores
    that all lie in [0, 1] bound it: a limit that the draws leave open is the end of the scale, and a sample without any
    spread has the limits that its size allows (`unseen_limits`). On other scales such samples have no interval.
    """
    x, level = as_scores(values, "values"), as_fraction(level, "level")
    ids = np.arange(x.size) if clusters is None else as_clusters(clusters, x.size)
    centre, units = float(x.mean()), int(ids.max()) + 1
    label = f"bootstrap-t, {units} {'items' if units == x.size else 'clusters'}"
    e, m = cluster_sums(x - centre, ids), np.bincount(ids).astype(float)
    stderr = mean_stderr(x, ids)
    if not stderr:
        limits = unseen_limits(centre, units, level) if unit_scale(x) else (None, None)
        reason = f"one unit or no spread: {'score range only' if unit_scale(x) else 'no interval'}"
        return Interval(centre, *limits, None, x.size, label, reason)
    columns = np.column_stack([e, m, e * e, e * m, m * m])
    t = _studentised(resampled_sums(columns, as_count(n_resamples, "n_resamples"), seed), units)
    near, far = np.quantile(t, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf") * stderr
    limits, note = _bounded(centre - float(far), centre - float(near), unit_scale(x))
    return Interval(centre, *limits, stderr, x.size, label, note)


def _bounded(low: float, high: float, unit: bool) -> tuple[tuple[float | None, float | None], str]:
    """Keep limits on the scale; an open one becomes the end of the scale, or leaves no interval."""
    note = "" if np.isfinite([low, high]).all() else "too few distinct units to bound the mean"
    if unit:
        return (max(low, 0.0), min(high, 1.0)), f"{note}: the end of the scale" if note else ""
    return ((None, None) if note else (low, high)), note


def _studentised(sums: Floats, units: int) -> Floats:
    e, m, ee, em, mm = sums.T
    shift = e / m
    squares = ee - 2 * shift * em + shift**2 * mm
    flat = squares <= 1e-12 * np.maximum(ee, np.finfo(float).tiny)
    stderr = np.sqrt(units / (units - 1) * np.where(flat, 1, squares)) / m
    return np.where(flat, np.where(e == 0, 0.0, np.copysign(np.inf, e)), shift / stderr)


Formula = Callable[[Floats], Floats]


def bca_limits(
    units: Floats, formula: Formula, level: float, n_resamples: int, seed: Seed
) -> tuple[float, float, Floats]:
    """Bias-corrected and accelerated limits (Efron 1987, doi:10.1080/01621459.1987.10478410) of a statistic of sums.

    `units` has shape (G, k); `formula` maps sums of shape (..., k) to values of shape (...). Returns both limits and
    the redrawn values. Undefined redrawn values (0 / 0) must come back from `formula` as a number, see the metrics.
    """
    draws = np.sort(formula(resampled_sums(units, n_resamples, seed)))
    total = units.sum(axis=0)
    estimate = float(formula(total[None])[0])
    left_out = formula(total - units)
    if not (np.isfinite(draws).all() and np.isfinite(left_out).all()):
        return -np.inf, np.inf, draws
    pull = left_out.mean() - left_out
    power = (pull**2).sum() ** 1.5
    acceleration = float((pull**3).sum() / (6 * power)) if power > 0 else 0.0
    below = ((draws < estimate).mean() + (draws <= estimate).mean()) / 2
    bias = float(sps.norm.ppf(np.clip(below, 1 / (2 * len(draws)), 1 - 1 / (2 * len(draws)))))
    z = bias + sps.norm.ppf([(1 - level) / 2, (1 + level) / 2])
    places = sps.norm.cdf(bias + z / (1 - acceleration * z))
    low, high = np.quantile(draws, places)
    return float(low), float(high), draws


def unit_sums(parts: Floats, ids: Ints | None) -> Floats:
    """Sums of parts (n, k) per cluster, or the parts themselves."""
    if ids is None:
        return parts
    sums = np.zeros((ids.max() + 1, parts.shape[1]))
    np.add.at(sums, ids, parts)
    return sums
