"""Studies in which nothing differs: the macro comparison, the family of all tasks, and the best of a sweep."""

import numpy as np
from scipy import stats as sps

from benchmarks.calibration.cells import Cell, Cells, level
from benchmarks.calibration.draws import null_scores, paired_binary
from benchmarks.calibration.flips import FLIPS
from mergekit_eval.compare.testing import averaged, tested
from mergekit_eval.stats import cross_fit, holm, proportion
from mergekit_eval.stats.joint import step_down

MACRO_SHAPES = tuple(
    (t, n, rate, phi) for t in (3, 6, 20) for n in (20, 100, 500) for rate, phi in ((0.5, 0.5), (0.9, 0.7), (0.97, 0.9))
)


def macro(reps: int, rng: np.random.Generator, shapes: tuple = MACRO_SHAPES) -> Cells:
    """Macro difference of two equal models: t with separating items (the engine's average), and the normal law."""
    for tasks, n, rate, phi in shapes:
        counts = paired_binary(rate, rate, phi, n, reps * tasks, rng).reshape(reps, tasks, 4).astype(float)
        wins, losses = counts[..., 1], counts[..., 2]
        diff = (wins - losses) / n
        stderr = np.sqrt(np.maximum(wins + losses - n * diff**2, 0) / (n - 1) / n)
        setting = f"{tasks} tasks of {n}, rate {rate:g}, phi {phi:g}"
        studies = zip(diff, stderr, wins + losses, strict=True)
        ours = np.array([_macro_p(*study) for study in studies])
        error = np.sqrt((stderr**2).sum(axis=1)) / tasks
        plain = 2 * sps.norm.sf(np.abs(diff.mean(axis=1)) / np.where(error > 0, error, np.inf))
        yield level("macro difference", "t, separating items (kit)", setting, tasks * n, ours)
        yield level("macro difference", "normal law", setting, tasks * n, plain)


def _macro_p(diff: np.ndarray, stderr: np.ndarray, separating: np.ndarray) -> float:
    """Two-sided p of the plain mean of tasks; 1 where nothing separates the models anywhere."""
    parts = list(zip(diff, stderr, np.maximum(separating - 1, 1), strict=True))
    return tested(*averaged(parts), 0.95)["p"] if stderr.any() else 1.0


def families(reps: int, rng: np.random.Generator, tasks: int = 20, merges: int = 10, n: int = 100) -> Cells:
    """Share of null studies with any claim over tasks x merges, under max-T and under Holm."""
    for noise in (0.2, 0.8):
        joint, stepped = np.empty(reps), np.empty(reps)
        for i in range(reps):
            p, statistic, null = _study(tasks, merges, n, noise, rng)
            joint[i], stepped[i] = step_down(statistic, iter([null]))[0].min(), holm(p).min()
        setting = f"{merges} merges x {tasks} tasks of {n}, {noise:.0%} of items re-drawn"
        yield level("family-wise", "step-down max-T (kit)", setting, tasks * n, joint)
        yield level("family-wise", "Holm on sign-flip p", setting, tasks * n, stepped)


def _study(tasks: int, merges: int, n: int, noise: float, rng: np.random.Generator) -> tuple:
    """Sign-flip p, statistics and their joint null of every merge against the base on every task."""
    statistics, nulls, p = [], [], []
    signs = 1.0 - 2.0 * rng.integers(0, 2, size=(FLIPS, tasks * n))
    for t in range(tasks):
        scores = null_scores(merges + 1, n, 0.7, noise, rng)
        d = scores[:, 1:] - scores[:, :1]
        scale = np.sqrt(np.maximum((d**2).sum(axis=0), 1e-12))
        statistics.append(np.abs(d.sum(axis=0)) / scale)
        nulls.append(np.abs(signs[:, t * n : (t + 1) * n] @ d) / scale)
        p.append(((nulls[-1] >= statistics[-1] - 1e-9).sum(axis=0) + 1) / (FLIPS + 1))
    return np.concatenate(p), np.concatenate(statistics), np.concatenate(nulls, axis=1)


def winners(reps: int, rng: np.random.Generator) -> Cells:
    """Coverage for the best of 20 equal candidates: naive interval, and cross-fitting."""
    for n in (200, 1000):
        for noise in (0.3, 1.0):
            naive, fitted = np.empty(reps, dtype=bool), np.empty(reps, dtype=bool)
            truth = 0.6
            for i in range(reps):
                x = (rng.random((n, 20)) < truth).astype(float) if noise == 1 else null_scores(20, n, truth, noise, rng)
                plain = proportion(int(x.mean(axis=0).max() * n + 0.5), n)
                honest = cross_fit([x], seed=i).cross_fitted
                naive[i], fitted[i] = plain.low <= truth <= plain.high, honest.low <= truth <= honest.high
            setting = f"20 equal candidates, {noise:.0%} of items differ"
            yield Cell("selection", "naive best", setting, n, "coverage", float(naive.mean()), reps)
            yield Cell("selection", "cross-fitting (kit)", setting, n, "coverage", float(fitted.mean()), reps)
