"""Whole studies in which nothing differs, taken through the kit's own route: frames in, `verdict_table` out.

Every study is built as the frames that reading result files gives, and judged by the functions the notebooks call. The
chance level is left unknown, so that "collapsed" cannot stand where a false "better" would.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.calibration.cells import Cell, Cells
from benchmarks.calibration.draws import null_scores
from mergekit_eval import compare
from mergekit_eval.collect.folders import Collection
from mergekit_eval.schema import conform

OURS = ("verdict: better than every parent", "task by task: better", "any claim of better")


class Shape(NamedTuple):
    """One kind of study; `noise` is the share of items whose answer is drawn anew for every copy."""

    parents: int
    noise: float
    n: int
    rate: float = 0.7
    merges: int = 10
    tasks: int = 20
    base: bool = False

    def __str__(self) -> str:
        kin = f"{self.parents} parent{'s' if self.parents > 1 else ''}{' and base' if self.base else ''}"
        size = f"{self.merges} merges, {kin}, {self.tasks} tasks of {self.n}"
        return f"{size}, rate {self.rate:g}, {self.noise:.0%} of items re-drawn"


SHAPES = (
    Shape(1, 0.2, 100),
    Shape(1, 0.8, 100),
    Shape(2, 0.2, 100),
    Shape(2, 0.8, 100, base=True),
    Shape(1, 0.5, 40, rate=0.95),
)


def verdicts(studies: int, rng: np.random.Generator, shapes: tuple[Shape, ...] = SHAPES) -> Cells:
    """Share of null studies with a false "better" among the verdicts, among the tasks, and anywhere."""
    for shape in shapes:
        found = np.array([claims(*frames(answers(shape, rng), shape)) for _ in range(studies)])
        for name, share in zip(OURS, found.mean(axis=0), strict=True):
            yield Cell("null study", name, str(shape), shape.tasks * shape.n, "level", float(share), studies)


def answers(shape: Shape, rng: np.random.Generator) -> list[np.ndarray]:
    """Right / wrong answers of copies of one model, (n, models) per task."""
    models = shape.merges + shape.parents + shape.base
    return [null_scores(models, shape.n, shape.rate, shape.noise, rng) for _ in range(shape.tasks)]


def frames(tasks: list[np.ndarray], shape: Shape) -> tuple[Collection, pd.DataFrame]:
    """Return the collection and the table of merges of one study."""
    kin = ["base"] * shape.base + [f"parent{k}" for k in range(shape.parents)]
    names = kin + [f"merge{k}" for k in range(shape.merges)]
    parents = tuple(name for name in kin if name != "base")
    merges = [(name, "linear", parents, "base" if shape.base else "", "study") for name in names[len(kin) :]]
    items = pd.concat([_items(f"task{t}", x, names) for t, x in enumerate(tasks)], ignore_index=True)
    scores = items.groupby(["run", "model", "role", "task", "metric", "filter"], sort=False, as_index=False)["value"]
    facts = {"higher_is_better": True, "scale": "unit", "primary": True, "kind": "task"}
    found = scores.mean().assign(n=shape.n, **facts)
    tables = [conform(found, "scores"), conform(items, "items"), conform([], "problems")]
    return Collection(*tables), pd.DataFrame(merges, columns=["merge", "method", "parents", "base", "known_from"])


def _items(task: str, x: np.ndarray, names: list[str]) -> pd.DataFrame:
    n, model = len(x), np.repeat(names, len(x))
    lines = np.tile(np.arange(n), len(names))
    facts = {"task": task, "metric": "acc", "filter": "none"}
    where = {"line": lines, "doc_id": lines.astype(str), "item_key": np.char.add(f"{task}-", lines.astype(str))}
    role = pd.Series(model).str.rstrip("0123456789").to_numpy()
    return pd.DataFrame({"model": model, "run": model, "role": role, "value": x.T.ravel(), **where}).assign(**facts)


def claims(collection: Collection, merges: pd.DataFrame) -> tuple[bool, bool, bool]:
    """Whether the kit calls any merge better than every parent, better on any task, or makes any claim of better."""
    differences = compare.differences(collection, merges)
    table = compare.verdict_table(compare.score_table(collection), differences, merges)
    best, task = (table["verdict"] == compare.verdicts.BETTER).any(), (differences["decided"] == "better").any()
    return best, task, best or task or (table["verdict"] == compare.verdicts.BETWEEN).any()
