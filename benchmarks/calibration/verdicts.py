"""Whole studies of known truth, taken through the kit's own route: frames in, places out. The rule alone: `claims`.

Every study is built as the frames that reading result files gives, and judged by the functions the notebooks call.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.calibration.cells import Cell, Cells
from mergekit_eval import compare, stats
from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare.engine import averages
from mergekit_eval.schema import conform

NAME = "verdicts"
FALSE, HOLM = "any false statement (kit)", "Holm over the merges, one-sided"
EVERY, POWER_OF = "better than every parent (kit)", "better than every parent, Holm over the merges, one-sided"


class Shape(NamedTuple):
    """One kind of study. Scores are in points beside the common ``rate``: of the merges, the parents and the base.

    ``own`` is the share of questions on which every model answers by itself; the rest all models answer alike. With
    ``named`` the study names the first parent as the reference of every merge beforehand.
    """

    name: str
    merges: tuple[float, ...]
    parents: tuple[float, ...]
    base: float | None = 0.0
    sizes: tuple[int, ...] = (100,) * 6
    rate: float = 0.6
    own: float = 0.4
    cluster: int = 1
    named: bool = False

    def parents_tested(self) -> list[str]:
        """Return the parents that a verdict is about."""
        return [f"parent{at}" for at in range(1 if self.named else len(self.parents))]


NULL, FIRST, UNEQUAL = (0.0,) * 12, (3.0,) + (0.0,) * 11, (20, 40, 80, 160, 320, 500)
SHAPES = (
    Shape("12 merges, 3 parents and base alike", NULL, (0.0,) * 3),
    Shape("12 merges, 2 parents and base alike, near chance", NULL, (0.0,) * 2, rate=0.27),
    Shape("12 merges, 2 parents and base alike, near the ceiling", NULL, (0.0,) * 2, rate=0.96),
    Shape("12 merges, 2 parents and base alike, 20 clusters of 5 a task", NULL, (0.0,) * 2, cluster=5),
    Shape("12 merges, 2 parents and base alike, tasks of 20 to 500", NULL, (0.0,) * 2, sizes=UNEQUAL),
    Shape("12 merges, 8 parents and base alike", NULL, (0.0,) * 8),
    Shape("12 merges, 8 parents and base alike, one parent named beforehand", NULL, (0.0,) * 8, named=True),
)
POWER = tuple(
    Shape(f"12 merges, the first +3 points over {what}", FIRST, parents, -3.0, sizes=(400,) * 6, named=named)
    for what, parents, named in (
        ("a clear best parent", (0.0, -6.0, -6.0), False),
        ("three equal parents", (0.0,) * 3, False),
        ("eight equal parents", (0.0,) * 8, False),
        ("eight equal parents, one named beforehand", (0.0,) * 8, True),
    )
)


def verdicts(
    studies: int, rng: np.random.Generator, shapes: tuple[Shape, ...] = SHAPES, power: tuple[Shape, ...] = POWER
) -> Cells:
    """Share of studies with any false statement in the table of verdicts, and how often a true claim is made."""
    for shape, own in zip(shapes, rng.spawn(len(shapes)), strict=True):
        found = np.array([_study(shape, own)[:2] for _ in range(studies)])
        for name, share in zip((FALSE, HOLM), found.mean(axis=0), strict=True):
            yield Cell(NAME, name, shape.name, sum(shape.sizes), "level", float(share), studies)
    for shape, own in zip(power, rng.spawn(len(power)), strict=True):
        found = np.array([_study(shape, own)[2:] for _ in range(studies)])
        for name, share in zip((EVERY, POWER_OF), found.mean(axis=0), strict=True):
            yield Cell(NAME, name, shape.name, sum(shape.sizes), "observed", float(share), studies)


def _study(shape: Shape, rng: np.random.Generator) -> tuple[bool, bool, bool, bool]:
    """Return whether a statement is false, and whether the first merge is better than every parent; by kit and Holm."""
    collection, merges, truth = study(shape, rng)
    kin, table = compare.MergeContext(collection, merges), compare.differences(collection, merges)
    places = compare.place_table(kin, table, benchmarks=False)
    tested = shape.parents_tested()
    holm = _by_holm(averages(table, kin.votes, kin.evidence), list(merges["merge"]), tested)
    wrong = any(_false(row, truth) for row in places[places["place"].ne("")].itertuples())
    parents = [truth[name] for name in tested]
    above = {name: all(truth[name] > one for one in parents) for name in merges["merge"]}
    below = {name: all(truth[name] < one for one in parents) for name in merges["merge"]}
    unjust = any(not above[name] for name in holm["better"]) or any(not below[name] for name in holm["worse"])
    first = places[places["merge"].eq("merge0") & places["reference"].isin(tested) & places["relation"].eq("parent")]
    return wrong, unjust, bool(first["place"].eq("above").all()), "merge0" in holm["better"]


def study(shape: Shape, rng: np.random.Generator) -> tuple[Collection, pd.DataFrame, dict[str, float]]:
    """Return the collection, the merges and the true score of every model."""
    kin = ([] if shape.base is None else [("base", shape.base)]) + [
        (f"parent{k}", x) for k, x in enumerate(shape.parents)
    ]
    models = dict(kin) | {f"merge{k}": x for k, x in enumerate(shape.merges)}
    names, points = list(models), np.array(list(models.values())) / 100
    sizes = {f"task{t}": n for t, n in enumerate(shape.sizes)}
    collection, merges = frames(shape, names, dict.fromkeys(sizes, points), sizes, rng)
    return collection, merges, dict(zip(names, points, strict=True))


def frames(
    shape: Shape, names: list[str], points: dict[str, np.ndarray], sizes: dict[str, int], rng: np.random.Generator
) -> tuple[Collection, pd.DataFrame]:
    """Return the collection and the merges: of each task, how the models score beside the common rate, and its size."""
    parts = [_items(t, _answers(shape, n, points[t], rng), names, shape.cluster) for t, n in sizes.items()]
    items = pd.concat(parts, ignore_index=True)
    scores = items.groupby(["run", "model", "role", "task", "metric", "filter"], sort=False, as_index=False)["value"]
    facts = {"higher_is_better": True, "scale": "unit", "primary": True, "kind": "task"}
    found = scores.mean().assign(**facts)
    tables = [
        conform(found.assign(n=found["task"].map(sizes)), "scores"),
        conform(items, "items"),
        conform([], "problems"),
    ]
    parents = tuple(name for name in names if name.startswith("parent"))
    base = "base" if "base" in names else ""
    rows = [(name, "linear", parents, base, "study") for name in names if name.startswith("merge")]
    merges = pd.DataFrame(rows, columns=["merge", "method", "parents", "base", "known_from"])
    return Collection(*tables), merges.assign(reference="parent0" if shape.named else "")


def _answers(shape: Shape, n: int, points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return right and wrong answers, (n, models); a cluster is one question asked several times."""
    units = n // shape.cluster
    alike, shared = rng.random((units, 1)) >= shape.own, rng.random((units, 1)) < shape.rate
    own = rng.random((units, len(points))) < shape.rate + points / shape.own
    return np.repeat(np.where(alike, shared, own), shape.cluster, axis=0).astype(float)


def _items(task: str, x: np.ndarray, names: list[str], cluster: int) -> pd.DataFrame:
    n, model = len(x), np.repeat(names, len(x))
    lines = np.tile(np.arange(n), len(names))
    facts = {"task": task, "metric": "acc", "filter": "none"}
    keys = np.char.add(f"{task}-", lines.astype(str))
    where = {"line": lines, "doc_id": lines.astype(str), "item_key": keys}
    if cluster > 1:
        where["cluster"] = np.char.add(f"{task}-passage-", (lines // cluster).astype(str))
    role = pd.Series(model).str.rstrip("0123456789").to_numpy()
    return pd.DataFrame({"model": model, "run": model, "role": role, "value": x.T.ravel(), **where}).assign(**facts)


def _false(row: tuple, truth: dict[str, float]) -> bool:
    """Return whether a place or its limits are false; the best parent is the one that truly is best."""
    gain = truth[row.merge] - truth[row.reference]
    if row.relation == "best parent":
        gain = truth[row.merge] - max(score for name, score in truth.items() if name.startswith("parent"))
    claim = (row.place == "above" and gain <= 0) or (row.place == "below" and gain >= 0)
    return claim or not row.gain_low - 1e-12 <= gain <= row.gain_high + 1e-12


def _by_holm(table: pd.DataFrame, merges: list[str], parents: list[str]) -> dict[str, list[str]]:
    """Return the merges above, and below, every parent by the largest one-sided p, Holm over the merges."""
    rows = table[table["level"].eq("overall") & table["relation"].eq("parent") & table["reference"].isin(parents)]
    found = {}
    for word, sign in (("better", 1), ("worse", -1)):
        p = [
            stats.one_sided_all(mine["p"], sign * mine["gain"]).max()
            for mine in (rows[rows["merge"].eq(m)] for m in merges)
        ]
        found[word] = [name for name, adjusted in zip(merges, stats.holm(p), strict=True) if adjusted <= 0.05]
    return found
