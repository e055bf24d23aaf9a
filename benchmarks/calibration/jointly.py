"""``compare_all``: percentile intervals and sign-flip p of tasks and of their average, from shared draws."""

import numpy as np

from benchmarks.calibration.cells import Cell, Cells, level
from benchmarks.calibration.draws import paired_binary
from mergekit_eval.stats import compare_all

RESAMPLES = 499
TASKS, PHI = 3, 0.5
SHAPES = ((20, 0.5, 0.05), (20, 0.9, 0.05), (100, 0.5, 0.05), (100, 0.9, 0.0), (500, 0.9, 0.05))


def joint(reps: int, rng: np.random.Generator, shapes: tuple = SHAPES) -> Cells:
    """Two models on three tasks: level at equal rates, and coverage."""
    for n, rate, gap in shapes:
        found = _compared(reps, rng, n, rate, gap)
        if gap == 0:
            yield level("joint draws", "sign flips, one task", f"rate {rate:g}", n, [r.tasks.p[0, 0] for r in found])
            yield level("joint draws", "sign flips, average of 3", f"rate {rate:g}", n, [r.macro.p[0] for r in found])
        for name, part in (("one task", "tasks"), ("average of 3", "macro")):
            limits = [(getattr(r, part).low.flat[0], getattr(r, part).high.flat[0]) for r in found]
            yield _held(f"percentile, {name}", rate, gap, n, limits)


def _compared(reps: int, rng: np.random.Generator, n: int, rate: float, gap: float) -> list:
    cells = paired_binary(rate, rate - gap, PHI, n, reps * TASKS, rng).reshape(reps, TASKS, 4)
    both = np.array([(1, 1), (1, 0), (0, 1), (0, 0)], dtype=float)
    found = []
    for i, counts in enumerate(cells):
        result = compare_all([np.repeat(both, c, axis=0) for c in counts], n_resamples=RESAMPLES, seed=i)
        found.append(result._replace(boot=None, flip=None))
    return found


def _held(method: str, rate: float, gap: float, n: int, limits: list) -> Cell:
    low, high = np.array(limits).T
    held = (low <= gap + 1e-6) & (high >= gap - 1e-6)
    return Cell("joint draws", method, f"rate {rate:g}, {gap:g} apart", n, "coverage", float(held.mean()), len(limits))
