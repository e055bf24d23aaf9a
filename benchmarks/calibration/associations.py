"""Correlations over models: permutation tests, intervals, partial correlation, the gain trap; Friedman's test."""

import numpy as np
from scipy import stats as sps

from benchmarks.calibration.cells import Cell, Cells, level
from mergekit_eval import stats
from mergekit_eval.stats import correlation

SIZES = (5, 6, 8, 12, 20, 50)
_ORDERS = 999


def correlations(reps: int, rng: np.random.Generator, sizes: tuple = SIZES) -> Cells:
    """Level without association, coverage at true r of 0, 0.5 and 0.9 (bivariate normal, and t5 for the level)."""
    for n in sizes:
        orders = np.array([rng.permutation(n) for _ in range(_ORDERS)])
        for tail in ("normal", "t3"):
            x, y = (rng.standard_t(3, (reps, n)) if tail == "t3" else rng.standard_normal((reps, n)) for _ in range(2))
            for method in correlation.METHODS:
                if method == "kendall" and n > 20:
                    continue
                p = [_p(a, b, orders, method) for a, b in zip(x, y, strict=True)]
                yield level("correlation", f"{method}, permutation", f"no association, {tail}", n, np.array(p))
        yield from _coverage(reps, rng, n)


def _p(a: np.ndarray, b: np.ndarray, orders: np.ndarray, method: str) -> float:
    return float(correlation.permuted_p(correlation.centred(a[:, None], method), b, orders, False, method)[0])


def _coverage(reps: int, rng: np.random.Generator, n: int) -> Cells:
    for rho in (0.0, 0.5, 0.9):
        x = rng.standard_normal((reps, n))
        y = rho * x + np.sqrt(1 - rho**2) * rng.standard_normal((reps, n))
        truths = {"pearson": rho, "spearman": 6 / np.pi * np.arcsin(rho / 2), "kendall": 2 / np.pi * np.arcsin(rho)}
        for method, truth in truths.items():
            held = 0
            for a, b in zip(x, y, strict=True):
                low, high, _ = correlation.limits(correlation.coefficient(a, b, method), n, method, 0.95)
                held += low is not None and low <= truth <= high
            yield Cell(
                "correlation", f"{method}, interval", f"true Pearson r {rho:g}", n, "coverage", held / reps, reps
            )


def partial(reps: int, rng: np.random.Generator) -> Cells:
    """Two scores that share only a cause: the plain correlation sees it, the partial one should not."""
    for n in (10, 20, 50):
        size = rng.standard_normal((reps, n))
        x, y = (size + rng.standard_normal((reps, n)) for _ in range(2))
        p = [stats.partial_correlation(a, b, controls=c).p for a, b, c in zip(x, y, size, strict=True)]
        yield level("partial correlation", "given the cause (kit)", "common cause", n, np.array(p))
        plain = [sps.pearsonr(a, b).pvalue for a, b in zip(x, y, strict=True)]
        yield level("partial correlation", "plain Pearson", "common cause", n, np.array(plain))


GAIN_SHAPES = (
    (5, 100, 0.0, 0.0),
    (8, 100, 0.0, 0.0),
    (8, 100, 0.02, 0.6),
    (20, 500, 0.02, 0.6),
    (20, 100, 0.15, 0.0),
    (50, 100, 0.0, 0.0),
)


def gain(reps: int, rng: np.random.Generator, shapes: tuple = GAIN_SHAPES) -> Cells:
    """Merges that differ from their parents only by noise: gain against parent, naive and with split halves.

    Parents are equal, nearly equal or clearly different; `same` is the share of items on which parent and merge meet
    the same luck.
    """
    for merges, items, spread, same in shapes:
        guarded, naive = np.empty(reps), np.empty(reps)
        for i in range(reps):
            rate = np.clip(0.6 + spread * rng.standard_normal(merges), 0.05, 0.95)
            luck, own = rng.random((2, items, merges))
            other = np.where(rng.random((items, merges)) < same, luck, own)
            found = stats.gain_against_parent((other < rate) * 1.0, (luck < rate) * 1.0, halves=10, seed=i)
            guarded[i], naive[i] = found.guarded.p or 1.0, found.naive.p or 1.0
        setting = f"{merges} merges, parents {spread:g} apart, {same:.0%} of items alike"
        yield level("gain against parent", "split halves (kit)", setting, items, guarded)
        yield level("gain against parent", "naive", setting, items, naive)


def friedman(reps: int, rng: np.random.Generator) -> Cells:
    """Models exchangeable on every task."""
    for tasks, models in ((6, 5), (20, 5), (20, 10)):
        found = [stats.friedman(rng.standard_normal((tasks, models))) for _ in range(reps)]
        setting = f"{tasks} tasks x {models} models"
        yield level("friedman", "chi-square", setting, tasks, np.array([f.p for f in found]))
