"""What the other parts leave out: agreement, correlations without item noise, planning."""

import numpy as np
from scipy import stats as sps

from benchmarks.calibration.cells import Cell, Cells
from benchmarks.calibration.draws import paired_binary
from benchmarks.calibration.functionals import _from_intervals
from mergekit_eval import stats
from mergekit_eval.stats.binary import kappa, mcnemar_midp


def agreements(reps: int, rng: np.random.Generator, sizes: tuple = (50, 200, 500)) -> Cells:
    """Cohen's kappa of two models; items redrawn."""
    for n in sizes:
        for rate, phi in ((0.5, 0.0), (0.7, 0.5), (0.9, 0.5)):
            cells = paired_binary(rate, rate, phi, n, reps, rng) / n
            share = np.array([rate**2 + phi * rate * (1 - rate), *[(1 - phi) * rate * (1 - rate)] * 2])
            truth = float(kappa(np.append(share, 1 - share.sum())[None])[0])
            found = [_kappa(c, n, i) for i, c in enumerate(cells)]
            yield _from_intervals("agreement", "kappa, percentile", f"rate {rate:g}, phi {phi:g}", n, found, truth)


def _kappa(cells: np.ndarray, n: int, seed: int) -> stats.Agreement:
    a, b = np.repeat([(1, 1), (1, 0), (0, 1), (0, 0)], np.round(cells * n).astype(int), axis=0).T
    return stats.agreement(a, b, seed=seed)


def corrected(reps: int, rng: np.random.Generator, sizes: tuple = (8, 20, 50)) -> Cells:
    """Correlation of true scores from noisy ones; refused data sets are replaced and counted in the setting."""
    for n in sizes:
        for rho, noise in ((0.5, 0.3), (0.9, 0.6)):
            error, kept, tried = np.full(n, noise), [], 0
            while len(kept) < reps:
                true = rng.standard_normal((2, n))
                both = np.array([true[0], rho * true[0] + np.sqrt(1 - rho**2) * true[1]])
                found = stats.disattenuate(*(both + noise * rng.standard_normal((2, n))), error, error)
                kept.extend([found] * (found.low is not None))
                tried += 1
            setting = f"true r {rho:g}, noise {noise:g}, {1 - reps / tried:.0%} refused"
            yield _from_intervals("disattenuated", "limits over the root", setting, n, kept, rho)


def planning(reps: int, rng: np.random.Generator) -> Cells:
    """Whether `items_needed` items find the difference 80 % of the time, by mid-p McNemar."""
    for rate, gap, phi in ((0.5, 0.05, 0.5), (0.5, 0.05, 0.8), (0.8, 0.1, 0.3), (0.9, 0.03, 0.5), (0.7, 0.2, 0.5)):
        first, second = rate * (1 - rate), (rate - gap) * (1 - rate + gap)
        n = stats.items_needed(gap, float(np.sqrt(first + second - 2 * phi * np.sqrt(first * second))))
        _, f, g, _ = paired_binary(rate, rate - gap, phi, n, reps, rng).T
        share = float((mcnemar_midp(f, g) <= 0.05).mean())
        setting = f"rate {rate:g}, {gap:g} apart, phi {phi:g}"
        yield Cell("planning", "items_needed, mid-p McNemar", setting, n, "power", share, reps)
    d = rng.standard_normal((reps, 200)) + stats.mde(1 / np.sqrt(200))
    found = sps.ttest_1samp(d, 0, axis=1).pvalue
    yield Cell("planning", "mde, t test", "normal differences", 200, "power", float((found <= 0.05).mean()), reps)
