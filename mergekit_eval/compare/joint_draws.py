"""What chance alone would do to many averages at once: joint draws of differences between models that share items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergekit_eval.compare.engine import PSEUDO, grouped
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.compare.merge_context import Relatives
from mergekit_eval.compare.scores import interval
from mergekit_eval.compare.task_matrix import covariance

Floats = NDArray[np.float64]
MOST, FEWEST, CELLS = 20_000, 2_000, 2_000_000  # draws: so many, fewer for a large table, never below


class Cell(NamedTuple):
    """One average of differences in a table: its place, the two models, and task -> share."""

    row: int
    column: int
    merge: str
    reference: str
    shares: Mapping[str, float]


def contrast_draws(
    kin: Relatives, cells: Sequence[Cell], shape: tuple[int, int], *, most: int = 0, seed: int = 0
) -> Floats:
    """Return joint normal draws of averages under "nothing differs".

    Parameters
    ----------
    kin : Relatives
        Knows the scores and their items.
    cells : sequence of Cell
        What is drawn.
    shape : (int, int)
        Rows and columns of the table.
    most, seed : int
        Of the draws: at most so many, `MOST` if 0.

    Returns
    -------
    ndarray, shape (draws, rows, columns)
        0 where there is no cell. Models that answered the same items move together by the covariance of their items
        (clusters summed); models over other items, and aggregates, move by themselves.
    """
    rng = np.random.default_rng(seed)
    draws = int(np.clip(CELLS // max(shape[0] * shape[1], 1), FEWEST, most or MOST))
    out = np.zeros((draws, *shape))
    by_task = grouped(((task, cell) for cell in cells for task in cell.shares), lambda pair: pair[0])
    for task, pairs in by_task.items():
        mine = [cell for _, cell in pairs]
        models = list(dict.fromkeys(name for cell in mine for name in (cell.merge, cell.reference)))
        place = {name: at for at, name in enumerate(models)}
        moved = _errors(kin, [kin.rows[name][task] for name in models], draws, rng)
        one, other = ([place[getattr(cell, side)] for cell in mine] for side in ("merge", "reference"))
        weights = np.array([cell.shares[task] for cell in mine])
        rows, columns = [cell.row for cell in mine], [cell.column for cell in mine]
        out[:, rows, columns] += weights * (moved[:, one] - moved[:, other])
    return out


def _errors(kin: Relatives, rows: Sequence[Any], draws: int, rng: np.random.Generator) -> Floats:
    """Return draws of the errors of some models on one task, shape (draws, models)."""
    out = np.zeros((draws, len(rows)))
    for places, values, clusters in _together(kin.evidence, rows):
        cov, _, _ = covariance(values, clusters)
        if np.isfinite(cov).all():
            roots, axes = np.linalg.eigh(cov)
            out[:, places] = rng.standard_normal((draws, len(places))) @ (axes * np.sqrt(np.maximum(roots, 0.0))).T
    for at, row in enumerate(rows):
        if not kin.evidence.carries(row):
            error = interval(kin.evidence, row, kin.level)[2]
            least = 0.0 if pd.isna(row.n) or not row.n else np.sqrt(PSEUDO) / float(row.n)
            out[:, at] = rng.standard_normal(draws) * max(float(np.nan_to_num(error)), least)
    return out


def _together(evidence: Evidence, rows: Sequence[Any]) -> Iterable[tuple[list[int], Floats, Any]]:
    """Yield the places of models that answered the same items, their values, and what belongs together."""
    carrying = [at for at, row in enumerate(rows) if evidence.carries(row)]
    for places in grouped(carrying, lambda at: evidence.layout(rows[at])).values():
        yield (
            places,
            np.column_stack([evidence.oriented(rows[at]) for at in places]),
            evidence.known(rows[places[0]]).cluster,
        )
