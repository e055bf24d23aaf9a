"""Two models on the same items: McNemar, score intervals, sign flips of items and clusters, Welch, margins."""

import numpy as np
from scipy import stats as sps

from benchmarks.calibration.cells import Cell, Cells, coverage, level
from benchmarks.calibration.draws import (
    CLUSTER_SHAPES,
    SIGNED_KINDS,
    cluster_sizes,
    clustered_differences,
    paired_binary,
    signed_differences,
)
from benchmarks.calibration.flips import flip_p_many
from benchmarks.calibration.one_model import RATES, SIZES
from mergekit_eval.stats.binary import mcnemar_exact, mcnemar_midp, newcombe
from mergekit_eval.stats.intervals import unseen_p
from mergekit_eval.stats.power import restricted_variance

PHIS = (0.0, 0.3, 0.5, 0.7, 0.9)


def binary(
    reps: int,
    rng: np.random.Generator,
    sizes: tuple = SIZES,
    rates: tuple = RATES,
    phis: tuple = PHIS,
    shift: float = 0.05,
) -> Cells:
    """Level at equal rates; coverage at equal rates and `shift` apart."""
    for n in sizes:
        for rate in rates:
            for phi in phis:
                both, f, g, neither = paired_binary(rate, rate, phi, n, reps, rng).T
                setting = f"rate {rate:g}, phi {phi:g}"
                yield level("paired binary", "McNemar mid-p", setting, n, mcnemar_midp(f, g))
                yield level("paired binary", "McNemar exact", setting, n, mcnemar_exact(f, g))
                yield coverage("paired binary", "Newcombe 10", setting, n, *newcombe(both, f, g, neither), 0.0)
                other = rate - shift if rate > 0.5 else rate + shift
                yield _shifted(rate, other, phi, n, reps, rng)


def _shifted(rate: float, other: float, phi: float, n: int, reps: int, rng: np.random.Generator) -> Cell:
    low, high = sorted((rate, other))
    most = np.sqrt(low * (1 - high) / (high * (1 - low)))
    used = min(phi, 0.98 * most)
    counts = paired_binary(rate, other, used, n, reps, rng).T
    setting = f"rates {rate:g} and {other:g}, phi {used:.2g}"
    return coverage("paired binary", "Newcombe 10", setting, n, *newcombe(*counts), rate - other)


def graded(
    reps: int, rng: np.random.Generator, sizes: tuple = (20, 50, 200, 1000, 5000), kinds: tuple = SIGNED_KINDS
) -> Cells:
    """Level of the sign-flip test; its interval is the inversion, so coverage is one minus the level at the truth."""
    for n in sizes:
        for kind in kinds:
            p, t = np.empty(reps), np.empty(reps)
            step = max(500, 2_000_000 // n)
            for start in range(0, reps, step):
                d = signed_differences(kind, (min(step, reps - start), n), rng)
                part = slice(start, start + len(d))
                spread = d.std(axis=1, ddof=1)
                without = np.where(spread > 1e-12, 0.0, unseen_p(d.mean(axis=1), n))
                p[part] = np.maximum(flip_p_many(d, np.ones(n), rng), without)
                t[part] = 2 * sps.t.sf(
                    np.abs(d.mean(axis=1)) / np.where(spread > 0, spread, np.inf) * np.sqrt(n), n - 1
                )
            yield level("paired graded", "sign flips (kit)", kind, n, p)
            yield level("paired graded", "t", kind, n, t)
            yield Cell("paired graded", "inverted sign flips", kind, n, "coverage", float((p > 0.05).mean()), reps)


def clustered(reps: int, rng: np.random.Generator, shapes: tuple = CLUSTER_SHAPES) -> Cells:
    """Differences of right / wrong answers in clusters; `rate` of the shapes is used as the share of ties."""
    for groups, size, icc, ties in shapes:
        sizes = cluster_sizes(groups, size)
        sums = clustered_differences(1 - ties, icc, sizes, reps, rng)
        n = int(sizes.sum())
        p = flip_p_many(sums, sizes, rng)
        centre = sums.sum(axis=1) / n
        stderr = np.sqrt(groups / (groups - 1) * ((sums - centre[:, None] * sizes) ** 2).sum(axis=1)) / n
        t = 2 * sps.t.sf(np.abs(centre) / np.where(stderr > 0, stderr, np.inf), groups - 1)
        setting = f"{groups} clusters of {size}, icc {icc:g}, {ties:.0%} ties"
        yield level("paired clustered", "cluster sign flips (kit)", setting, n, p)
        yield level("paired clustered", "CR1 t", setting, n, t)
        yield Cell(
            "paired clustered", "inverted cluster sign flips", setting, n, "coverage", float((p > 0.05).mean()), reps
        )


def unpaired(
    reps: int, rng: np.random.Generator, sizes: tuple = (20, 100, 1000), rates: tuple = (0.1, 0.5, 0.9)
) -> Cells:
    """Welch on two aggregates; at phi > 0 it is careful, which is the price of not having the items."""
    for n in sizes:
        for rate in rates:
            for phi in (0.0, 0.5):
                both, f, g, _ = paired_binary(rate, rate, phi, n, reps, rng).T
                a, b = (both + f) / n, (both + g) / n
                va, vb = a * (1 - a) / (n - 1), b * (1 - b) / (n - 1)
                total = np.where(va + vb > 0, va + vb, np.inf)
                df = np.where(va + vb > 0, total**2 / ((va**2 + vb**2) / (n - 1) + 1e-300), 1)
                p = 2 * sps.t.sf(np.abs(a - b) / np.sqrt(total), np.minimum(df, 1e9))
                yield level("unpaired", "Welch t", f"rate {rate:g}, phi {phi:g}", n, p)


def margins(
    reps: int, rng: np.random.Generator, sizes: tuple = (50, 200, 1000), rates: tuple = (0.5, 0.8, 0.95)
) -> Cells:
    """Non-inferiority at its boundary: a is exactly the margin worse."""
    for n in sizes:
        for rate in rates:
            for phi in (0.3, 0.7):
                margin = 0.04
                most = np.sqrt((rate - margin) * (1 - rate) / (rate * (1 - rate + margin)))
                _, f, g, _ = paired_binary(rate - margin, rate, min(phi, most * 0.98), n, reps, rng).T
                score = (f - g + n * margin) / np.sqrt(
                    restricted_variance(f.astype(float), g.astype(float), float(n), -margin)
                )
                yield level(
                    "margin", "non-inferiority (Tango score)", f"rate {rate:g}, phi {phi:g}", n, sps.norm.sf(score)
                )
