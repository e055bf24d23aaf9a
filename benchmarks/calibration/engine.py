"""The engine of the kit's averages, run on its own functions, clusters of 5 to 12 units included."""

import numpy as np

from benchmarks.calibration.cells import Cell, Cells
from mergekit_eval.compare.task_matrix import Block, covariance
from mergekit_eval.compare.testing import averaged, tested

SHAPES = tuple(
    (tasks, units, size) for tasks in (3, 6) for units, size in ((5, 10), (8, 10), (12, 10), (40, 5), (100, 1))
)
GAPS = (0.0, 0.1)
SAME = 0.4  # share of the questions that all models answer alike


def averages(reps: int, rng: np.random.Generator) -> Cells:
    """Level and coverage of the mean gain over one reference, and over the mean of two, by `Block.contrast`."""
    for tasks, units, size in SHAPES:
        for gap in GAPS:
            for name, weights in (("one reference", (1.0, -1.0, 0.0)), ("mean of two", (1.0, -0.5, -0.5))):
                found = [_study(tasks, units, size, gap, np.array(weights), rng) for _ in range(reps)]
                covered = np.mean([low <= gap <= high for low, high, _ in found])
                setting = f"{tasks} tasks of {units} units of {size}, {name}, gain {gap:g}"
                yield Cell(
                    "average gain", "engine (kit)", setting, tasks * units * size, "coverage", float(covered), reps
                )
                if not gap:
                    wrong = np.mean([p <= 0.05 for *_, p in found])
                    yield Cell(
                        "average gain", "engine (kit)", setting, tasks * units * size, "level", float(wrong), reps
                    )


def _study(
    tasks: int, units: int, size: int, gap: float, weights: np.ndarray, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Return limits and p of one simulated study; the true gain is ``gap`` whatever the clusters share."""
    parts = [_block(units, size, gap, rng).contrast(weights) for _ in range(tasks)]
    row = tested(*averaged(parts), 0.95)
    return row["gain_low"], row["gain_high"], row["p"]


def _block(units: int, size: int, gap: float, rng: np.random.Generator) -> Block:
    """Return three models on one task: a cluster moves all of its answers, and the models differ within it as well."""
    rates = np.array([0.5 + gap, 0.5, 0.5])
    shared = np.repeat(rng.random((units, 1)), size, axis=0)
    own = np.repeat(rng.random((units, 3)), size, axis=0)
    draw = np.where(rng.random((units * size, 1)) < SAME, shared, np.where(rng.random((units * size, 3)) < 0.5, own, 0))
    draw = np.where(draw == 0, rng.random((units * size, 3)), draw)
    values = (draw < rates).astype(float)
    clusters = np.repeat(np.arange(units), size) if size > 1 else None
    cov, extra, df = covariance(values, clusters)
    nothing: dict = {"places": None, "rows": (), "chance": 0.0, "absent": {}, "note": ""}
    names = ("merge", "one", "two")
    return Block(names, values.mean(axis=0), cov, extra, values, clusters, n=len(values), df=df, **nothing)
