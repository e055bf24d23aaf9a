"""One model, one task: proportions (exact sums), graded scores and clusters."""

import numpy as np
from scipy import stats as sps

from benchmarks.calibration.cells import Cell, Cells, coverage
from benchmarks.calibration.draws import CLUSTER_SHAPES, UNIT_KINDS, cluster_sizes, clustered_binary, unit_scores
from benchmarks.calibration.flips import flip_p_many
from mergekit_eval.stats.intervals import clustered_limits, score_limits, unseen_limits, wilson

RATES = (0.02, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.98)
SIZES = (20, 50, 100, 200, 500, 1000, 5000)


def proportions(sizes: tuple[int, ...] = SIZES, rates: tuple[float, ...] = RATES) -> Cells:
    """Exact coverage: the sum of binomial probabilities over the outcomes whose interval holds the rate."""
    for n in sizes:
        x = np.arange(n + 1)
        low, high = wilson(x, n)
        for rate in rates:
            held = (low <= rate + 1e-12) & (rate <= high + 1e-12)
            value = float(sps.binom.pmf(x[held], n, rate).sum())
            yield Cell("proportion", "Wilson", f"rate {rate:g}", n, "coverage", value, 0)


def graded(reps: int, rng: np.random.Generator, sizes: tuple[int, ...] = (20, 50, 200, 1000)) -> Cells:
    """Mean of scores in [0, 1]: the interval of ``mean`` and the plain t beside it."""
    for n in sizes:
        for kind in UNIT_KINDS:
            x, truth = unit_scores(kind, (reps, n), rng)
            centre, stderr = x.mean(axis=1), x.std(axis=1, ddof=1) / np.sqrt(n)
            t = sps.t.isf(0.025, n - 1)
            held = _unit_interval_holds(x, centre, stderr, truth, rng)
            yield Cell("mean", "mean (kit)", kind, n, "coverage", float(held.mean()), reps)
            yield coverage("mean", "t", kind, n, centre - t * stderr, centre + t * stderr, truth)


def clustered(reps: int, rng: np.random.Generator, shapes: tuple = CLUSTER_SHAPES) -> Cells:
    """Right / wrong items in clusters: ``mean`` with clusters, and CR1 with t on G - 1 beside it."""
    for groups, size, icc, rate in shapes:
        sizes = cluster_sizes(groups, size)
        sums = clustered_binary(rate, icc, sizes, reps, rng)
        n = sizes.sum()
        centre = sums.sum(axis=1) / n
        residuals = sums - centre[:, None] * sizes
        stderr = np.sqrt(groups / (groups - 1) * (residuals**2).sum(axis=1)) / n
        t, setting = sps.t.isf(0.025, groups - 1), f"{groups} clusters of {size}, icc {icc:g}, rate {rate:g}"
        held = _clusters_hold(sums, sizes, rate)
        yield Cell("clustered mean", "mean (kit)", setting, int(n), "coverage", float(held.mean()), reps)
        yield coverage("clustered mean", "CR1 t", setting, int(n), centre - t * stderr, centre + t * stderr, rate)


def _clusters_hold(right: np.ndarray, sizes: np.ndarray, rate: float) -> np.ndarray:
    """Whether the kit's interval of right answers in clusters holds the rate; without spread, what units can miss."""
    share = right.sum(axis=1) / sizes.sum()
    low, high = unseen_limits(share, len(sizes), 0.95)
    some = np.ptp(right / sizes, axis=1) > 0
    low[some], high[some] = clustered_limits(right[some], sizes, 0.95)
    return (low <= rate + 1e-12) & (rate <= high + 1e-12)


def _unit_interval_holds(
    x: np.ndarray, centre: np.ndarray, stderr: np.ndarray, truth: float, rng: np.random.Generator
) -> np.ndarray:
    """Whether the kit's interval holds the truth: sign flips do not reject it, or the score interval contains it."""
    flat, units = stderr < 1e-12, x.shape[1]
    kept = flip_p_many(x - truth, np.ones(units), rng) > 0.05
    effective = centre * (1 - centre) / np.where(flat, 1, stderr) ** 2
    low, high = score_limits(centre, np.where(flat, 1, effective), float(sps.t.isf(0.025, units - 1)))
    bare_low, bare_high = unseen_limits(centre, units, 0.95)
    inside = np.where(flat, (bare_low <= truth) & (truth <= bare_high), kept | ((low <= truth) & (truth <= high)))
    return inside.astype(bool)
