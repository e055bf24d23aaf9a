"""The gain of a recipe that was merged with a few seeds: how often its limits hold the truth."""

import numpy as np

from benchmarks.calibration.cells import Cell, Cells, coverage
from mergekit_eval.compare.recipe_places import placed, recipe_gain
from mergekit_eval.compare.sweeps import Counted
from mergekit_eval.compare.task_matrix import Block, covariance

SPREADS = (0.0, 0.01, 0.03)  # standard deviation of the true scores over seeds; items alone: about 0.015
TASKS, ITEMS, RATE = 6, 100, 0.6
OWN = 0.4  # share of the questions on which every model answers by itself


def seeds(reps: int, rng: np.random.Generator) -> Cells:
    """Coverage of the gain of a recipe over its base, with 3 and 5 seeds; by items alone it stands beside."""
    for count in (3, 5):
        for spread in SPREADS:
            found = [_study(count, spread, rng) for _ in range(reps)]
            low, high, narrow = (np.array(one) for one in zip(*found, strict=True))
            setting, n = f"{count} seeds, {100 * spread:g} points between them", TASKS * ITEMS
            yield coverage("recipe", "seeds in the error (kit)", setting, n, low, high, 0.0)
            yield Cell("recipe", "items alone", setting, n, "observed coverage", float(narrow.mean()), reps)


def _study(count: int, spread: float, rng: np.random.Generator) -> tuple[float, float, bool]:
    """Return the limits of a gain that truly is 0, and whether limits from the items alone would hold it."""
    shifts = np.append(rng.normal(0, spread, count), 0.0)
    used = [Counted(_block(shifts, rng), 1 / TASKS) for _ in range(TASKS)]
    row = placed(recipe_gain(used), 0.95)
    items = sum(one.block.contrast(np.append(np.full(count, 1 / count), -1.0))[1] ** 2 for one in used) / TASKS**2
    return row["gain_low"], row["gain_high"], bool(abs(row["gain"]) <= 1.96 * np.sqrt(items))


def _block(shifts: np.ndarray, rng: np.random.Generator) -> Block:
    alike, shared = rng.random((ITEMS, 1)) >= OWN, rng.random((ITEMS, 1)) < RATE
    own = rng.random((ITEMS, len(shifts))) < RATE + shifts / OWN
    values = np.where(alike, shared, own).astype(float)
    cov, extra, df = covariance(values, None)
    nothing: dict = {"clusters": None, "places": None, "rows": (), "chance": 0.0, "absent": {}, "note": ""}
    names = (*(f"seed{at}" for at in range(len(shifts) - 1)), "base")
    return Block(names, values.mean(axis=0), cov, extra, values, n=ITEMS, df=df, **nothing)
