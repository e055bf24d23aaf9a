"""Which one to take: stated chance and regret against what is true, the winner's score, and pooled gains of tasks."""

from itertools import pairwise
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
from mergekit_eval.thresholds import thresholds

TASKS, UNITS, RATE = 4, 100, 0.6
SAME = 0.5  # share of the units (items or clusters) that all models answer alike: their errors are paired
ERROR = np.sqrt((1 - SAME) * RATE * (1 - RATE) / (TASKS * UNITS))  # standard error of a model beside the others
SPREADS = (0.0, 0.5, 1.0, 2.0)
BINS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.6, 0.75, 0.9, 1.0)
DRAWS = 2_000
KIT, FLAT = "shared priors (kit)", "flat draws"
BEST, REGRET, SCORE = "P(best)", "expected regret", "score of the first"
NAMED, BINNED = "P(best) in the sentence", "P(best) by what is stated"


class Shape(NamedTuple):
    """Merges and parents of a study, items of a cluster, and how they lie.

    Parents scatter as merges do, or by `unlike` standard errors, and lie `above` standard errors over them. On the
    share `twins` of the units that models answer on their own all merges have the same luck.
    """

    merges: int
    parents: int = 0
    size: int = 1
    unlike: float = 0.0
    above: float = 0.0
    twins: float = 0.0

    @property
    def name(self) -> str:
        """As the settings of the cells name it."""
        parts = [f"{self.merges} merges"]
        if self.parents:
            parts.append(f"{self.parents} parent" + ("s" if self.parents > 1 else ""))
        if self.size > 1:
            parts.append(f"clusters of {self.size}")
        if self.unlike:
            parts.append(f"parents scatter by {self.unlike:g}")
        if self.above:
            parts.append(f"parents {self.above:g} above")
        if self.twins:
            parts.append(f"errors of merges correlated {self.twins:g}")
        return ", ".join(parts)


SHAPES = (
    Shape(3), Shape(5), Shape(12), Shape(30), Shape(12, size=5), Shape(5, 1), Shape(5, 3), Shape(12, 1), Shape(12, 2),
    Shape(12, 3), Shape(12, 8), Shape(12, 3, unlike=4), Shape(12, 8, unlike=4), Shape(12, 3, above=3),
    Shape(12, 3, twins=0.5),
)  # fmt: skip


class Taken(NamedTuple):
    """What is said of the model that is taken, and what is true of it; scores and regret in standard errors."""

    stated: float
    best: float
    regret: float
    behind: float
    score: float
    truth: float


def choices(reps: int, rng: np.random.Generator, shapes: tuple[Shape, ...] = SHAPES) -> Cells:
    """Merges of a study alone and beside parents, at true spreads of 0 to 2 standard errors; then what is stated."""
    stated: dict[str, list[tuple[float, float]]] = {"merges alone": [], "merges and parents": []}
    for shape in shapes:
        for spread in SPREADS:
            studies = [_study(shape, spread, rng) for _ in range(reps)]
            for at, method in enumerate((KIT, FLAT)):
                yield from _cells(f"{shape.name}, spread {spread:g}", method, [one[at] for one in studies])
            who = "merges and parents" if shape.parents else "merges alone"
            stated[who] += [(kit.stated, kit.best) for kit, _ in studies]
    for who, found in stated.items():
        yield from _binned(who, np.array(found).reshape(-1, 2))


def _cells(setting: str, method: str, found: list[Taken]) -> Cells:
    stated, best, regret, behind, score, truth = np.mean(found, axis=0)
    n, reps = TASKS * UNITS, len(found)
    yield Cell(BEST, method, setting, n, "gap", stated - best, reps)
    yield Cell(BEST, method, setting, n, "observed", best, reps)
    yield Cell(REGRET, method, setting, n, "bias", regret - behind, reps)
    yield Cell(REGRET, method, setting, n, "observed", behind, reps)
    yield Cell(SCORE, method, setting, n, "bias", score - truth, reps)
    if method == KIT:
        named = [one for one in found if one.stated >= thresholds()["likely_best"]]
        yield Cell(NAMED, method, setting, n, "observed share", len(named) / reps, reps)
        if named:
            yield Cell(NAMED, method, setting, n, "observed stated", np.mean([one.stated for one in named]), reps)
            yield Cell(NAMED, method, setting, n, "observed true", np.mean([one.best for one in named]), reps)


def _binned(who: str, found: np.ndarray) -> Cells:
    """Studies of all spreads by the chance that is stated: its mean less the share in which it is true."""
    for low, high in pairwise(BINS):
        held = found[(found[:, 0] >= low) & ((found[:, 0] < high) | (high == 1))]
        if len(held):
            stated, best = held.mean(axis=0)
            setting = f"{who}, {low:g} to {high:g}"
            yield Cell(BINNED, KIT, setting, len(held), "observed stated", stated, len(found))
            yield Cell(BINNED, KIT, setting, len(held), "observed true", best, len(found))


def _study(shape: Shape, spread: float, rng: np.random.Generator) -> tuple[Taken, Taken]:
    """Return what is taken with the priors of the kit, and with flat ones."""
    error = ERROR * np.sqrt(1 - shape.twins)
    truth = (1 - SAME) * _rates(shape, spread * error, rng)
    chosen = truth == truth.max()
    blocks = [block(truth / (1 - SAME), shape, rng) for _ in range(TASKS)]
    means, cov = macro(blocks, [1 / len(blocks)] * len(blocks))
    kinds = np.repeat(["merge", "parent"], [shape.merges, shape.parents])
    kit = choose(means, cov, kinds, draws=DRAWS, seed=int(rng.integers(2**31)))
    found = []
    for p_best, regret, shrunk in ((kit.p_best, kit.regret, kit.shrunk.means), (*_flat(means, cov, rng), means)):
        first = int(regret.argmin())
        points = (regret[first], truth.max() - truth[first], shrunk[first] - SAME * RATE, truth[first])
        found.append(Taken(p_best[first], chosen[first] / chosen.sum(), *np.array(points) / error))
    return found[0], found[1]


def _rates(shape: Shape, spread: float, rng: np.random.Generator) -> np.ndarray:
    """Return the share of right answers of every model on the units that not all answer alike."""
    error = ERROR * np.sqrt(1 - shape.twins)
    wide = shape.unlike * error if shape.unlike else spread
    merges = spread * rng.standard_normal(shape.merges)
    parents = shape.above * error + wide * rng.standard_normal(shape.parents)
    return np.clip(RATE + np.append(merges, parents) / (1 - SAME), 0.01, 0.99)


def _flat(means: np.ndarray, cov: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return chances to be the best and regrets where each model has a flat prior."""
    drawn = rng.multivariate_normal(means, cov, size=DRAWS, method="eigh")
    behind = drawn.max(axis=1, keepdims=True) - drawn
    return (behind == 0).mean(axis=0), behind.mean(axis=0)


def block(rates: np.ndarray, shape: Shape, rng: np.random.Generator) -> Block:
    """Return one task, on half of whose units all models answer alike."""
    alike, shared = rng.random((UNITS, 1)) < SAME, rng.random((UNITS, 1)) < RATE
    luck = rng.random((UNITS, rates.size))
    if shape.twins:
        together = rng.random(UNITS) < shape.twins
        luck[together, : shape.merges] = luck[together, :1]
    values = np.repeat(np.where(alike, shared, luck < rates), shape.size, axis=0).astype(float)
    clusters = np.repeat(np.arange(UNITS), shape.size) if shape.size > 1 else None
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
        "gain": gains.ravel(),
        "stderr": np.tile(errors, reps),
    }
    table = pd.DataFrame(rows).assign(
        relation="base", reference="b", scale="unit", n=100, df=99.0, evidence=UNPAIRED, note=""
    )
    nothing = Evidence(Collection(*(conform([], name) for name in ("scores", "items", "problems"))))
    return pooled_gains(table, nothing)["gain_pooled"].to_numpy(float).reshape(reps, tasks)
