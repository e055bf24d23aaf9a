"""Which one to take: stated chance and regret against what is true, the winner's score, and pooled gains of tasks."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.calibration.cells import Cell, Cells
from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare.engine import UNPAIRED
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.compare.pooled_gains import pooled_gains
from mergekit_eval.compare.task_averages import macro
from mergekit_eval.compare.task_matrix import Block, covariance
from mergekit_eval.schema import conform
from mergekit_eval.stats import choose

TASKS, UNITS, RATE = 4, 100, 0.6
SAME = 0.5  # share of the units (items or clusters) that all models answer alike: their errors are paired
ERROR = np.sqrt((1 - SAME) * RATE * (1 - RATE) / (TASKS * UNITS))  # standard error of a merge beside the others
SHAPES = ((3, 0, 1), (5, 0, 1), (12, 0, 1), (30, 0, 1), (12, 0, 5), (12, 3, 1))  # merges, parents, items of a cluster
SPREADS = (0.0, 0.5, 1.0, 2.0)
DRAWS = 2_000
KIT, FLAT = "shared prior (kit)", "flat draws"


class Taken(NamedTuple):
    """What is said of the model that is taken, and what is true of it; scores and regret in standard errors."""

    stated: float
    best: float
    regret: float
    behind: float
    score: float
    truth: float


def choices(reps: int, rng: np.random.Generator, shapes: tuple = SHAPES) -> Cells:
    """Merges of a study at true spreads of 0 to 2 standard errors, a clustered study, and merges beside parents."""
    for merges, parents, size in shapes:
        for spread in SPREADS:
            studies = [_study(merges, parents, size, spread, rng) for _ in range(reps)]
            name = f"{merges} merges" + (f", {parents} parents" if parents else "")
            name += f", clusters of {size}" if size > 1 else ""
            for at, method in enumerate((KIT, FLAT)):
                yield from _cells(f"{name}, spread {spread:g}", method, [one[at] for one in studies])


def _cells(setting: str, method: str, found: list[Taken]) -> Cells:
    stated, best, regret, behind, score, truth = np.mean(found, axis=0)
    n, reps = TASKS * UNITS, len(found)
    yield Cell("P(best)", method, setting, n, "gap", stated - best, reps)
    yield Cell("P(best)", method, setting, n, "observed", best, reps)
    yield Cell("expected regret", method, setting, n, "bias", regret - behind, reps)
    yield Cell("expected regret", method, setting, n, "observed", behind, reps)
    yield Cell("score of the first", method, setting, n, "bias", score - truth, reps)


def _study(merges: int, parents: int, size: int, spread: float, rng: np.random.Generator) -> tuple[Taken, Taken]:
    """Return what is taken with a prior that merges share, and with flat ones; parents scatter as merges do."""
    rates = RATE + spread * ERROR * rng.standard_normal(merges + parents) / (1 - SAME)
    truth = (1 - SAME) * rates
    chosen = truth == truth.max()
    blocks = [_block(rates, size, rng) for _ in range(TASKS)]
    means, cov = macro(blocks, [1 / len(blocks)] * len(blocks))
    shared, seed = np.arange(merges + parents) < merges, int(rng.integers(2**31))
    found = []
    for rows in (shared, np.zeros_like(shared)):
        result = choose(means, cov, rows, draws=DRAWS, seed=seed)
        first = int(result.regret.argmin())
        score = result.shrunk.means[first] - SAME * RATE
        points = (result.regret[first], truth.max() - truth[first], score, truth[first])
        found.append(Taken(result.p_best[first], chosen[first] / chosen.sum(), *np.array(points) / ERROR))
    return found[0], found[1]


def _block(rates: np.ndarray, size: int, rng: np.random.Generator) -> Block:
    """Return one task, on half of whose units all models answer alike."""
    alike, shared = rng.random((UNITS, 1)) < SAME, rng.random((UNITS, 1)) < RATE
    own = rng.random((UNITS, rates.size)) < rates
    values = np.repeat(np.where(alike, shared, own), size, axis=0).astype(float)
    clusters = np.repeat(np.arange(UNITS), size) if size > 1 else None
    cov, extra, df = covariance(values, clusters)
    nothing: dict = {"places": None, "rows": (), "chance": 0.0, "absent": {}, "note": ""}
    names = tuple(str(at) for at in range(rates.size))
    return Block(names, values.mean(axis=0), cov, extra, values, clusters, n=len(values), df=df, **nothing)


def pooled(reps: int, rng: np.random.Generator) -> Cells:
    """Root mean square error of pooled gains as a share of that of the raw ones; tasks of 50 to 400 items."""
    for tasks in (6, 20):
        for spread in SPREADS:
            errors = 0.4 / np.sqrt(np.resize([50, 100, 200, 400], tasks))
            typical = float(np.sqrt(np.median(errors**2)))
            truth = 0.01 + spread * typical * rng.standard_normal((reps, tasks))
            gains = truth + errors * rng.standard_normal((reps, tasks))
            found = _pooled(gains, errors)
            raw, shrunk = (float(np.sqrt(np.mean((one - truth) ** 2))) for one in (gains, found))
            setting = f"{tasks} tasks of 50 to 400 items, spread {spread:g}"
            yield Cell("gains of tasks", "partial pooling (kit)", setting, tasks, "ratio", shrunk / raw, reps)


def _pooled(gains: np.ndarray, errors: np.ndarray) -> np.ndarray:
    reps, tasks = gains.shape
    rows = {
        "merge": np.repeat(np.arange(reps), tasks).astype(str),
        "task": [f"task{at}" for at in range(tasks)] * reps,
        "gain": gains.ravel(),
        "stderr": np.tile(errors, reps),
    }
    table = pd.DataFrame(rows).assign(
        relation="base", reference="b", scale="unit", n=100, df=99.0, evidence=UNPAIRED, note=""
    )
    nothing = Evidence(Collection(*(conform([], name) for name in ("scores", "items", "problems"))))
    return pooled_gains(table, nothing)["gain_pooled"].to_numpy(float).reshape(reps, tasks)
