"""Claims on single tasks inside decided benchmarks, by whole studies of one merge: false ones, and true ones found."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.calibration.cells import ALPHA, Cell, Cells
from benchmarks.calibration.verdicts import Shape, frames
from mergekit_eval import compare, stats
from mergekit_eval.compare.place import TASK_SHARE
from mergekit_eval.compare.task_claims import claim_table
from mergekit_eval.compare.testing import outcome

NAME, POWER_NAME, PLACES_NAME = "claims on tasks", "true tasks found", "true benchmarks found"
FAMILIES = (NAME, POWER_NAME, PLACES_NAME)
BENCHMARKS, EACH = ("bbh", "blimp", "musr", "xnli"), 4  # known to average their tasks equally
PLACE, TASK, ANY = "false benchmark (kit)", "false task (kit)", "false benchmark or task (kit)"
HOLM, BH = "false task, one Holm family", "false task, Benjamini-Hochberg"
WHOLE = "all of alpha for the benchmarks"
FOUND = {"kit": "decided", "one Holm family": "holm", "one Holm family of 12 merges": "holm_of_12"}


class Truth(NamedTuple):
    """What the merge gains, in points, on the tasks of each of the four benchmarks; 0 on those not named."""

    name: str
    gains: tuple[tuple[float, ...], ...] = ()
    n: int = 100


NULL = (
    Truth("nothing differs"),
    Truth("one benchmark +10, by two of its four tasks", ((20, 20, 0, 0),)),
    Truth("two benchmarks +10, each by one of its four tasks", ((40, 0, 0, 0),) * 2, 200),
    Truth("three benchmarks +10, each by one of its four tasks", ((40, 0, 0, 0),) * 3, 200),
)
POWER = (
    Truth("one benchmark +10, by all of its four tasks", ((10,) * 4,), 400),
    Truth("one benchmark +10, by two of its four tasks", ((20, 20, 0, 0),), 400),
    Truth("one benchmark +10 and one -10, by all of their four tasks", ((10,) * 4, (-10,) * 4), 400),
)

PLACES = (
    Truth("one benchmark +10, by all of its four tasks", ((10,) * 4,), 100),
    Truth("three benchmarks +10, by all of their four tasks", ((10,) * 4,) * 3, 100),
)


def tasks(
    studies: int,
    rng: np.random.Generator,
    null: tuple[Truth, ...] = NULL,
    power: tuple[Truth, ...] = POWER,
    places: tuple[Truth, ...] = PLACES,
) -> Cells:
    """Share of merges with a false statement, on a benchmark or a task, and of true differences that are found."""
    streams = iter(rng.spawn(len(null) + len(power) + len(places)))
    for truth, stream in zip(null, streams, strict=False):
        yield from _levels(truth, studies, stream)
    for truth, stream in zip(power, streams, strict=False):
        yield from _powers(truth, max(studies // 10, 1), stream)
    for truth, stream in zip(places, streams, strict=True):
        yield from _places(truth, max(studies // 4, 1), stream)


def _levels(truth: Truth, studies: int, rng: np.random.Generator) -> Cells:
    shares = np.array([_false(truth, rng) for _ in range(studies)]).mean(axis=0)
    for name, share in zip((PLACE, TASK, ANY, HOLM, BH), shares, strict=True):
        yield Cell(NAME, name, truth.name, truth.n, "observed" if name == BH else "level", float(share), studies)


def _powers(truth: Truth, studies: int, rng: np.random.Generator) -> Cells:
    shares = np.array([_found(truth, rng) for _ in range(studies)]).mean(axis=0)
    for name, share in zip(FOUND, shares, strict=True):
        yield Cell(POWER_NAME, name, truth.name, truth.n, "observed", float(share), studies)


def _places(truth: Truth, studies: int, rng: np.random.Generator) -> Cells:
    """How many truly better benchmarks are found, as the kit does and if they had all of alpha."""
    shares = np.array([_placed(truth, rng) for _ in range(studies)]).mean(axis=0)
    for name, share in zip(("kit", WHOLE), shares, strict=True):
        yield Cell(PLACES_NAME, name, truth.name, truth.n, "observed", float(share), studies)


def _placed(truth: Truth, rng: np.random.Generator) -> list[float]:
    context, table = _frames(truth, rng)
    better = BENCHMARKS[: len(truth.gains)]
    made = [_on_benchmarks(context, table, alpha) for alpha in (ALPHA, ALPHA / (1 - TASK_SHARE))]
    return [float(places.loc[places["task"].isin(better), "place"].eq("above").mean()) for places in made]


def _false(truth: Truth, rng: np.random.Generator) -> tuple[bool, ...]:
    """Return whether a benchmark, a task, either of them, a task by Holm and one by exploration are wrongly decided.

    Of a benchmark the limits count, too: they have to hold its true gain.
    """
    claims, places = _study(truth, rng)
    by_task, gain = _gains(truth), pd.Series(claims["task"]).map(_gains(truth))
    by_benchmark = {name: np.mean([by_task[f"{name}_{at}"] for at in range(EACH)]) for name in BENCHMARKS}
    truly = places["task"].map(by_benchmark) / 100
    missed = bool((places["gain_low"].gt(truly) | places["gain_high"].lt(truly)).any())
    place = missed or wrong(places["place"].map({"above": "better", "below": "worse"}), truly)
    task, holm, listed = (wrong(claims[column], gain) for column in ("decided", "holm", "listed"))
    return place, task, place or task, holm, listed


def wrong(words: pd.Series, gain: pd.Series) -> bool:
    """Return whether a word says better where nothing is gained, or worse where nothing is lost."""
    return bool(((words == "better") & (gain <= 0) | (words == "worse") & (gain >= 0)).any())


def _found(truth: Truth, rng: np.random.Generator) -> list[float]:
    claims, _ = _study(truth, rng)
    gain = claims["task"].map(_gains(truth))
    right = gain.gt(0).map({True: "better", False: "worse"})
    return [float(claims[column].eq(right)[gain.ne(0)].mean()) for column in FOUND.values()]


def _gains(truth: Truth) -> dict[str, float]:
    gains = dict(zip(BENCHMARKS, truth.gains, strict=False))
    return {f"{name}_{at}": gains.get(name, (0.0,) * EACH)[at] for name in BENCHMARKS for at in range(EACH)}


def _frames(truth: Truth, rng: np.random.Generator) -> tuple[compare.MergeContext, pd.DataFrame]:
    """Return one study of one merge, and its differences task by task."""
    shape = Shape(truth.name, (0.0,), (0.0, 0.0), rate=0.5, own=1.0)
    names = ["base", "parent0", "parent1", "merge0"]
    points = {task: np.array([0.0, 0.0, 0.0, gain / 100]) for task, gain in _gains(truth).items()}
    collection, merges = frames(shape, names, points, dict.fromkeys(points, truth.n), rng)
    return compare.MergeContext(collection, merges), compare.differences(collection, merges)


def _on_benchmarks(context: compare.MergeContext, table: pd.DataFrame, alpha: float = ALPHA) -> pd.DataFrame:
    places = compare.place_table(context, table, alpha=alpha)
    return places[places["level"].eq("benchmark") & places["relation"].ne("best parent")]


def _study(truth: Truth, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the claims on tasks, Holm's decision beside them, and the places on benchmarks of one study."""
    context, table = _frames(truth, rng)
    places = _on_benchmarks(context, table)
    claims = claim_table(context, table, places)
    rest = np.ones(11 * len(table))  # of 11 merges that differ in nothing
    of_12 = pd.Series(stats.holm([*table["p"], *rest])[: len(table)], index=table.index)
    beside = table[["reference", "task"]].assign(holm=table["decided"], holm_of_12=outcome(table["gain"], of_12, ALPHA))
    return claims.merge(beside, on=["reference", "task"], validate="one_to_one"), places
