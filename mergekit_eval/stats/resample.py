"""One resample of a task's items serves every model: the counts times the scores, as a matrix product.

Bootstrap draws answer "how far could these averages be off", sign-flip draws answer "how far apart would averages be if
no two models differed". Both keep the covariance between models, because the draw belongs to the item.

Same seed, same digits, whatever `workers`: every chunk of draws has a fixed size and its own child of the seed, and
scores that are not 0 / 1 are rounded to 2^-30 of their largest, so that the sums are exact in any order. Chunks are
gathered into few large products, because many small ones spend their time waiting for threads.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mergekit_eval.stats.defaults import BLOCK_BYTES, RESAMPLES
from mergekit_eval.stats.validate import Floats, Seed, as_clusters, as_count, as_generator, is_binary, reject, units_of

_CHUNK_CELLS = 2**18
_JOB_CELLS = BLOCK_BYTES // 8


Clusters = Sequence[ArrayLike | None]


Draws = NDArray[np.float32]
"""Averages of every model on every task in every draw, shape (tasks, draws, models), NaN where a model has no scores.

Single precision, because a large study has hundreds of millions of them.
"""


class TaskColumns(NamedTuple):
    """One task, ready for products: sums per independent unit and model, unit sizes, and the item count."""

    sums: Floats
    sizes: Floats
    present: NDArray[np.bool_]
    n: int


def bootstrap_draws(
    tasks: Sequence[ArrayLike],
    *,
    clusters: Clusters | None = None,
    n_resamples: int = RESAMPLES,
    seed: Seed = 0,
    workers: int = 1,
) -> Draws:
    """Redraw items (or whole clusters) with replacement within each task.

    Parameters
    ----------
    tasks : sequence of array_like, shape (n_items, n_models)
        Scores of the models (columns, the same in every task) on the items. A column that is NaN throughout means the
        model was not run on that task; a column that is NaN in part is refused.
    clusters : sequence of array_like or None, optional
        Per task the cluster of each item, or ``None``.
    n_resamples : int
        Number of draws.
    seed : int, SeedSequence or Generator
        Fixes every digit of the result.
    workers : int
        Threads. They change the time, not the numbers.
    """
    return _draw(tasks, clusters, n_resamples, seed, workers, fill_counts)


def flip_draws(
    tasks: Sequence[ArrayLike],
    *,
    clusters: Clusters | None = None,
    n_resamples: int = RESAMPLES,
    seed: Seed = 0,
    workers: int = 1,
) -> Draws:
    """Flip the signs of items (or whole clusters), the same for all models: differences then follow the null.

    Parameters as `bootstrap_draws`.
    """
    return _draw(tasks, clusters, n_resamples, seed, workers, fill_signs)


def task_columns(task: ArrayLike, clusters: ArrayLike | None, name: str) -> TaskColumns:
    """Check one task and sum its scores per independent unit; columns without scores become 0 and absent."""
    scores = np.asarray(task, dtype=np.float64)
    if scores.ndim != 2 or scores.size == 0:
        raise reject(f"shape of {name}", scores.shape, "items x models, at least one of each")
    missing = ~np.isfinite(scores)
    present = np.asarray(~missing.all(axis=0))
    partly = np.flatnonzero(missing.any(axis=0) & present)
    if partly.size:
        gaps = int(missing[:, partly[0]].sum())
        raise reject(
            f"missing scores in {name}[:, {partly[0]}]", gaps, "none, or the whole column: pair the items first"
        )
    filled = _on_grid(np.where(missing, 0.0, scores))
    ids = as_clusters(clusters, len(filled))
    if ids is None:
        return TaskColumns(filled, np.ones(len(filled)), present, len(filled))
    sums = np.zeros((units_of(len(filled), ids), filled.shape[1]))
    np.add.at(sums, ids, filled)
    return TaskColumns(sums, np.bincount(ids).astype(float), present, len(filled))


def _on_grid(x: Floats) -> Floats:
    if is_binary(x):
        return x
    unit = 2.0 ** (np.ceil(np.log2(np.abs(x).max())) - 30)
    return np.asarray(np.round(x / unit) * unit)


Fill = Callable[[Floats, np.random.Generator], None]


class Job(NamedTuple):
    """A run of draws of one task, made of whole chunks."""

    task: int
    start: int
    stop: int
    chunk: int


def _draw(
    tasks: Sequence[ArrayLike], clusters: Clusters | None, n_resamples: int, seed: Seed, workers: int, fill: Fill
) -> Draws:
    draws, workers = as_count(n_resamples, "n_resamples"), as_count(workers, "workers")
    columns = check_tasks(tasks, clusters)
    means = np.empty((len(columns), draws, len(columns[0].present)), dtype=np.float32)
    roots = _children(seed, len(columns))

    def run(job: Job) -> None:
        column, rows = columns[job.task], slice(job.start, job.stop)
        means[job.task, rows] = _redrawn(column, job, roots[job.task], fill)
        means[job.task, rows, ~column.present] = np.nan

    jobs = [job for t, column in enumerate(columns) for job in _jobs(t, len(column.sums), draws)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(run, jobs))
    return means


def _redrawn(column: TaskColumns, job: Job, root: list[int], fill: Fill) -> Floats:
    """Averages of all models in the draws of one job; every chunk has its own child of the seed."""
    scores = _product_type(column)
    weights = np.empty((job.stop - job.start, len(scores)), dtype=scores.dtype)
    for start in range(job.start, job.stop, job.chunk):
        key = np.random.SeedSequence(root, spawn_key=(start // job.chunk,))
        fill(weights[start - job.start : start - job.start + job.chunk], np.random.default_rng(key))
    redrawn_clusters = fill is fill_counts and len(scores) < column.n
    sizes = weights.astype(np.float64) @ column.sizes if redrawn_clusters else np.array([column.n])
    return np.asarray((weights @ scores) / sizes[:, None])


def check_tasks(tasks: Sequence[ArrayLike], clusters: Clusters | None) -> list[TaskColumns]:
    """Check all tasks together: at least one, and the same number of models in each."""
    if not len(tasks):
        raise reject("tasks", tasks, "at least one task")
    if clusters is not None and len(clusters) != len(tasks):
        raise reject("length of clusters", len(clusters), f"one entry (ids or None) for each of {len(tasks)} tasks")
    ids = clusters if clusters is not None else [None] * len(tasks)
    columns = [task_columns(x, c, f"tasks[{t}]") for t, (x, c) in enumerate(zip(tasks, ids, strict=True))]
    widths = sorted({c.sums.shape[1] for c in columns})
    if len(widths) > 1:
        raise reject("numbers of models over the tasks", widths, "one number: the same models in the same order")
    return columns


def _children(seed: Seed, count: int) -> list[list[int]]:
    root = as_generator(seed).integers(0, 2**32, size=4).tolist()
    return [child.generate_state(4).tolist() for child in np.random.SeedSequence(root).spawn(count)]


def _jobs(t: int, units: int, draws: int) -> list[Job]:
    chunk = int(np.clip(_CHUNK_CELLS // units, 1, 512))
    rows = chunk * max(1, _JOB_CELLS // (units * chunk))
    return [Job(t, start, min(start + rows, draws), chunk) for start in range(0, draws, rows)]


def _product_type(column: TaskColumns) -> Floats:
    """Scores in single precision where sums of whole numbers are exact in it, else in double."""
    whole = bool((column.sums == np.rint(column.sums)).all()) and np.abs(column.sums).max() * column.n < 2**24
    return column.sums.astype(np.float32 if whole else np.float64)


def fill_counts(out: Floats, generator: np.random.Generator) -> None:
    """Fill each row with how often each unit is drawn when as many as there are are drawn with replacement."""
    rows, units = out.shape
    kind = np.uint16 if units <= 2**16 else np.int64
    flat = generator.integers(0, units, size=out.shape, dtype=kind) + (np.arange(rows) * units)[:, None]
    out[:] = np.bincount(flat.ravel(), minlength=out.size).reshape(out.shape)


def fill_signs(out: Floats, generator: np.random.Generator) -> None:
    """Fill with random signs."""
    packed = generator.integers(0, 256, size=(len(out), -(-out.shape[1] // 8)), dtype=np.uint8)
    out[:] = np.unpackbits(packed, axis=1, count=out.shape[1])
    out *= -2
    out += 1


Pairs = NDArray[np.intp]


class PairMoments(NamedTuple):
    """Differences of pairs of models per task; arrays of shape (tasks, pairs), NaN only where `present` is False.

    `null_stderr` is the standard error of the mean difference under the null of no difference: the spread of its sign
    flips, of whole clusters where there are any.
    """

    diff: Floats
    null_stderr: Floats
    present: NDArray[np.bool_]


def as_pairs(pairs: ArrayLike, models: int) -> Pairs:
    """Return model index pairs, shape (P, 2)."""
    index = np.asarray(pairs)
    good = index.ndim == 2 and index.shape[1] == 2 and len(index) and index.dtype.kind in "iu"
    if not good or index.min() < 0 or index.max() >= models or (index[:, 0] == index[:, 1]).any():
        raise reject("pairs", pairs, f"rows of two different model numbers from 0 to {models - 1}")
    return index.astype(np.intp)


def pair_moments(tasks: Sequence[ArrayLike], pairs: Pairs, clusters: Clusters | None = None) -> PairMoments:
    """Difference of every pair on every task and its error under the null, from one matrix product per task."""
    columns, (left, right) = check_tasks(tasks, clusters), pairs.T
    present = np.array([c.present[left] & c.present[right] for c in columns])
    diff, variance = np.full(present.shape, np.nan), np.full(present.shape, np.nan)
    for t, column in enumerate(columns):
        means, cross = column.sums.sum(axis=0) / column.n, column.sums.T @ column.sums
        separate = cross[left, left] + cross[right, right]
        total = separate - 2 * cross[left, right]
        diff[t] = means[left] - means[right]
        variance[t] = np.where(total > 1e-12 * separate, total, 0.0) / column.n**2
    return PairMoments(np.where(present, diff, np.nan), np.where(present, np.sqrt(variance), np.nan), present)
