"""What chance alone would do to many averages at once: joint draws of differences between models that share items."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from mergekit_eval.compare.engine import PSEUDO
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.compare.scores import standard_error
from mergekit_eval.compare.shared_units import Asked, outside, shared_units
from mergekit_eval.compare.task_matrix import covariance
from mergekit_eval.rows import grouped

Floats = NDArray[np.float64]
Draws = NDArray[np.float32]  # only their quantiles count
MOST, FEWEST, CELLS = 20_000, 1_000, 1_600_000  # draws: so many, fewer for a large table, never below
BLOCK = 4_000_000  # numbers that are drawn at once


class Cell(NamedTuple):
    """One average of differences in a table: its place, the two models, and task -> share."""

    row: int
    column: int
    merge: str
    reference: str
    shares: Mapping[str, float]


def contrast_draws(
    context: MergeContext, cells: Sequence[Cell], shape: tuple[int, int], *, cells_of: int = CELLS, seed: int = 0
) -> Draws:
    """Return joint normal draws of averages under "nothing differs".

    Parameters
    ----------
    context : MergeContext
        Knows the scores and their items.
    cells : sequence of Cell
        What is drawn.
    shape : (int, int)
        Rows and columns of the table.
    cells_of : int
        How many numbers are drawn at most, where that does not make the draws too few.
    seed : int
        Of the draws.

    Returns
    -------
    ndarray, shape (draws, rows, columns)
        0 where there is no cell. Models that answered the same items move together by the covariance of their items
        (clusters summed), in all tasks that share questions; models over other items, and aggregates, move by
        themselves.
    """
    rng, size = np.random.default_rng(seed), shape[0] * shape[1]
    draws = int(np.clip(cells_of // max(size, 1), FEWEST, MOST))
    out = np.zeros((size, draws), dtype=np.float32)
    for tasks in _blocks(cells, max(BLOCK // draws, 1), context.evidence.questions.sharing):
        columns = {place: at for at, place in enumerate(tasks)}
        out += _weights(cells, columns, shape) @ _errors(context, list(columns), draws, rng)
    return out.T.reshape(draws, *shape)


def _blocks(cells: Sequence[Cell], most: int, sharing: Collection[str]) -> Iterator[list[tuple[str, str]]]:
    """Yield pairs of task and model, whole tasks at a time, about as many as are held in memory at once.

    Tasks that share questions with others come first, in one block.
    """
    by_task: dict[str, dict[str, None]] = {}
    for cell in cells:
        for task in cell.shares:
            by_task.setdefault(task, {}).update({cell.merge: None, cell.reference: None})
    block = [(task, model) for task, models in by_task.items() if task in sharing for model in models]
    for task, models in by_task.items():
        block += [(task, model) for model in models if task not in sharing]
        if len(block) >= most:
            yield block
            block = []
    if block:
        yield block


def _weights(cells: Sequence[Cell], columns: Mapping[tuple[str, str], int], shape: tuple[int, int]) -> Any:
    """Return what the error of each model on each task weighs in each cell, as a sparse matrix."""
    entries = [
        (cell.row * shape[1] + cell.column, columns[task, model], sign * share)
        for cell in cells
        for task, share in cell.shares.items()
        if (task, cell.merge) in columns
        for model, sign in ((cell.merge, 1.0), (cell.reference, -1.0))
    ]
    at, column, value = zip(*entries, strict=True)
    size = (shape[0] * shape[1], len(columns))
    return sparse.csr_array((np.array(value, dtype=np.float32), (at, column)), shape=size)


def _errors(context: MergeContext, places: Sequence[tuple[str, str]], draws: int, rng: np.random.Generator) -> Draws:
    """Return draws of the errors of models on tasks, shape (places, draws)."""
    rows = [context.rows[model][task] for task, model in places]
    carrying = [at for at, row in enumerate(rows) if context.evidence.carries(row)]
    alone = sorted({*range(len(rows))}.difference(carrying))
    spread = np.zeros(len(rows), dtype=np.float32)
    spread[alone] = [_error(context, rows[at]) for at in alone]
    out: Draws = rng.standard_normal((len(rows), draws), dtype=np.float32)
    matrices = list(_together(context.evidence, rows, carrying))
    asked = [one for _, one in matrices]
    groups = shared_units(asked)
    for at in outside(groups, len(matrices)):
        together, one = matrices[at]
        cov, _, _ = covariance(one.values, one.clusters)
        roots, axes = np.linalg.eigh(np.nan_to_num(cov))
        root = (axes * np.sqrt(np.maximum(roots, 0.0))).astype(np.float32)
        out[together] = root @ out[together]
    for group in groups:
        together = [place for at in group.places for place in matrices[at][0]]
        half = [np.sqrt(covariance(asked[at].values, asked[at].clusters)[1]) for at in group.places]
        _, roots, axes = np.linalg.svd(np.nan_to_num(np.hstack(group.errors(asked))), full_matrices=False)
        multipliers = rng.standard_normal((len(roots), draws), dtype=np.float32)  # those of the questions, rotated
        moved = (axes.T * roots).astype(np.float32) @ multipliers
        out[together] = np.concatenate(half).astype(np.float32)[:, None] * out[together] + moved
    out[alone] *= spread[alone, None]
    return out


def _error(context: MergeContext, row: Any) -> float:
    """Return the standard error of an aggregate, at least that of half an item."""
    least = 0.0 if pd.isna(row.n) or not row.n else float(np.sqrt(PSEUDO)) / float(row.n)
    error = standard_error(context.evidence, row, context.level)
    return least if np.isnan(error) else max(error, least)


def _together(evidence: Evidence, rows: Sequence[Any], carrying: list[int]) -> Iterator[tuple[list[int], Asked]]:
    """Yield the places of models that answered the same items, and their values."""
    for places in grouped(carrying, lambda at: (rows[at].task, evidence.layout(rows[at]))).values():
        yield places, evidence.questions.asked([rows[at] for at in places])
