"""Averages of tasks that share questions (languages, prompts, nested sets), on the kit's own functions."""

from itertools import product

import numpy as np

from benchmarks.calibration.cells import ALPHA, Cell, Cells
from mergekit_eval.compare.shared_units import OWN
from mergekit_eval.compare.task_averages import mean_contrast
from mergekit_eval.compare.task_matrix import Block, covariance
from mergekit_eval.compare.testing import tested

FAMILY = "tasks that share questions"
KIT, DISTINCT = "sums over questions (kit)", "tasks as distinct items"
SHAPES = tuple(product((2, 6), (40, 200), (1.0, 0.5), (0.3, 0.6, 0.9)))
GAPS = (0.0, 0.1)
DIFFERENCE = np.array([1.0, -1.0])
ALIKE = 0.4  # share of the questions that both models answer alike


def shared_questions(
    reps: int, rng: np.random.Generator, shapes: tuple[tuple[int, int, float, float], ...] = SHAPES
) -> Cells:
    """Level and coverage of the average gain over a reference, with and without what the tasks share.

    A shape is the number of tasks, their items, the share of these that all tasks ask, and the correlation of what
    models answer to one question in two tasks.
    """
    for tasks, items, share, correlation in shapes:
        for gap in GAPS:
            found = np.array([_study(tasks, items, share, correlation, gap, rng) for _ in range(reps)])
            setting = f"{tasks} tasks, {share:.0%} of the questions shared, correlation {correlation:g}, gain {gap:g}"
            for method, (low, high, p) in zip((KIT, DISTINCT), found.transpose(1, 2, 0), strict=True):
                covered = float(((low <= gap) & (gap <= high)).mean())
                yield Cell(FAMILY, method, setting, items, "coverage", covered, reps)
                if not gap:
                    yield Cell(FAMILY, method, setting, items, "level", float((p <= ALPHA).mean()), reps)


def _study(
    tasks: int, items: int, share: float, correlation: float, gap: float, rng: np.random.Generator
) -> list[tuple[float, float, float]]:
    """Return limits and p of the average gain, of the kit and with the tasks taken for distinct."""
    common = round(items * share)
    questions = np.where(np.arange(items) < common, np.arange(items), OWN)
    source = _answers(items, gap, rng)
    blocks = []
    for _ in range(tasks):
        same = (rng.random(items) < np.sqrt(correlation)) & (questions != OWN)
        blocks.append(_block(np.where(same[:, None], source, _answers(items, gap, rng)), questions))
    distinct = [block._replace(questions=None) for block in blocks]
    weights, shares = [DIFFERENCE] * tasks, [1 / tasks] * tasks
    rows = [tested(*mean_contrast(held, weights, shares), 1 - ALPHA) for held in (blocks, distinct)]
    return [(row["gain_low"], row["gain_high"], row["p"]) for row in rows]


def _answers(items: int, gap: float, rng: np.random.Generator) -> np.ndarray:
    """Return right and wrong answers of two models, of which the first is better by ``gap``, (items, 2)."""
    alike, own = rng.random((items, 1)), rng.random((items, 2))
    draw = np.where(rng.random((items, 1)) < ALIKE, alike, own)
    return (draw < np.array([0.5 + gap, 0.5])).astype(float)


def _block(values: np.ndarray, questions: np.ndarray) -> Block:
    cov, extra, df = covariance(values, None)
    nothing: dict = {"clusters": None, "places": None, "rows": (), "chance": 0.0, "absent": {}, "note": ""}
    names = ("merge", "reference")
    return Block(names, values.mean(axis=0), cov, extra, values, n=len(values), df=df, questions=questions, **nothing)
