"""Covariance of the averages of models that answered the same items, and what follows for their differences."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mergekit_eval.stats.resample import TaskColumns, check_tasks
from mergekit_eval.stats.validate import Floats, reject

Pairs = NDArray[np.intp]


class PairMoments(NamedTuple):
    """Differences of pairs of models per task; arrays of shape (tasks, pairs), NaN only where `present` is False.

    `stderr` is the standard error of the mean difference (CR1 with clusters; infinite for one unit),
    `null_stderr` the same under the null of no difference (the spread of its sign flips).
    """

    diff: Floats
    stderr: Floats
    null_stderr: Floats
    present: NDArray[np.bool_]


def as_pairs(pairs: ArrayLike | None, models: int) -> Pairs:
    """Return model index pairs, shape (P, 2); ``None`` means every pair once."""
    if pairs is None:
        return np.column_stack(np.triu_indices(models, 1))
    index = np.asarray(pairs)
    good = index.ndim == 2 and index.shape[1] == 2 and len(index) and index.dtype.kind in "iu"
    if not good or index.min() < 0 or index.max() >= models or (index[:, 0] == index[:, 1]).any():
        raise reject("pairs", pairs, f"rows of two different model numbers from 0 to {models - 1}")
    return index.astype(np.intp)


def pair_moments(tasks: Sequence[ArrayLike], pairs: Pairs, clusters: Sequence | None = None) -> PairMoments:
    """Difference and standard errors of every pair on every task, from one matrix product per task."""
    return column_moments(check_tasks(tasks, clusters), pairs)


def column_moments(columns: list[TaskColumns], pairs: Pairs) -> PairMoments:
    """As `pair_moments`, for tasks that are checked already."""
    left, right = pairs.T
    rows = [_moments(c, left, right) for c in columns]
    present = np.array([c.present[left] & c.present[right] for c in columns])
    return PairMoments(*(np.where(present, np.array(x), np.nan) for x in zip(*rows, strict=True)), present)


def _moments(column: TaskColumns, left: Floats, right: Floats) -> tuple[Floats, Floats, Floats]:
    """Difference, its standard error and its standard error under the null, for each pair on one task."""
    means, units = column.sums.sum(axis=0) / column.n, len(column.sums)
    residuals = column.sums - column.sizes[:, None] * means
    variances = [_spread(x.T @ x, left, right) for x in (residuals, column.sums)]
    stderr = np.sqrt(units / (units - 1) * variances[0]) / column.n if units > 1 else np.full(left.size, np.inf)
    return means[left] - means[right], stderr, np.sqrt(variances[1]) / column.n


def _spread(cross: Floats, left: Floats, right: Floats) -> Floats:
    total = cross[left, left] + cross[right, right] - 2 * cross[left, right]
    return np.where(total > 1e-12 * (cross[left, left] + cross[right, right]), total, 0.0)
