"""Every pair of tasks at once: the same coefficient, interval and p as `correlate`, with the permutations shared."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from scipy import stats as sps

from mergekit_eval.stats.correlation import _KENDALL_NORMAL_FROM, Correlation, _orders, coefficient, correlate, limits
from mergekit_eval.stats.defaults import BLOCK_BYTES, FEWEST_MODELS, LEVEL, LIST_PERMUTATIONS_UP_TO
from mergekit_eval.stats.validate import Floats, as_choice, as_fraction, is_flat

_LARGE = 400
_METHODS = ("pearson", "spearman", "kendall")


def correlate_all(
    values: Floats, *, method: str = "kendall", level: float = LEVEL, seed: int = 0
) -> Iterator[tuple[int, int, Correlation]]:
    """Yield (i, j, correlation of columns i and j) for all i < j, over the models that have both.

    Parameters
    ----------
    values : ndarray, shape (n_models, n_tasks)
        One score per model and task, NaN where one is missing.
    method, level, seed
        As in `correlate`.

    Notes
    -----
    Without missing scores every pair gets exactly what `correlate` gives it. With some, and by tau-b over more models
    than are listed, p permutes the second column among its own models, also those that lack the first: as valid, and
    shared by all pairs of that column.
    """
    method, level = as_choice(method, "method", _METHODS), as_fraction(level, "level")
    known = np.isfinite(values)
    p = _known_p(values, known, method, seed)
    for i in range(values.shape[1]):
        for j in range(i + 1, values.shape[1]):
            both = known[:, i] & known[:, j]
            yield i, j, _one(values[both, i], values[both, j], float(p[i, j]), method, level, seed)


def _one(a: Floats, b: Floats, p: float, method: str, level: float, seed: int) -> Correlation:
    if a.size == 0:
        return Correlation(None, None, None, None, 0, method, "no model has both scores")
    settled = a.size < FEWEST_MODELS or is_flat(a) or is_flat(b)
    if settled or np.isnan(p) or (method == "kendall" and a.size >= _KENDALL_NORMAL_FROM):
        return correlate(a, b, method=method, level=level, seed=seed)
    r = coefficient(a, b, method)
    low, high, note = limits(r, a.size, method, level)
    return Correlation(r, low, high, p, a.size, method, note)


def _known_p(values: Floats, known: np.ndarray, method: str, seed: int) -> Floats:
    """Return the p that columns can share, NaN for pairs that have to be permuted alone."""
    n, k = values.shape
    p, whole = np.full((k, k), np.nan), bool(known.all())
    live = [c for c in range(k) if known[:, c].sum() >= FEWEST_MODELS and not is_flat(values[known[:, c], c])]
    if len(live) < 2 or (method == "kendall" and n >= _KENDALL_NORMAL_FROM):
        return p
    at = np.ix_(live, live)
    if method == "kendall" and (n > LIST_PERMUTATIONS_UP_TO or (whole and values.size * (n - 1) / 2 > _LARGE)):
        p[at] = _kendall_p(values[:, live], known[:, live], seed)
    elif whole:
        p[at] = _shared_p(values[:, live], method, seed)
    return p


def _shared_p(values: Floats, method: str, seed: int) -> Floats:
    """Return the permutation p of every ordered pair of whole columns: rows stay, columns are permuted."""
    orders, listed = _known_orders(values.shape[0], seed)
    fixed = np.column_stack([_fixed(column, method) for column in values.T])
    squares = fixed**2
    out = np.empty((values.shape[1],) * 2)
    for j, column in enumerate(values.T):
        moved, still = _moved(column, orders, method), _moved(column, np.arange(column.size)[None], method)
        theirs, ours = (np.abs(_statistic(m, fixed, squares, method)) for m in (moved, still))
        hits = (theirs >= ours * (1 - 1e-9)).sum(axis=0)
        out[:, j] = hits / len(orders) if listed else (hits + 1) / (len(orders) + 1)
    return out


def _kendall_p(values: Floats, known: np.ndarray, seed: int) -> Floats:
    """Return the permutation p of every ordered pair by tau-b, all columns at once; missing scores have no signs.

    An order of the models moves the signs of their pairs to other places, some of them turned: rows of one table. The
    sums are whole numbers, which single precision holds exactly.
    """
    n, k = values.shape
    first, second = np.triu_indices(n, 1)
    signs = np.nan_to_num(np.sign(np.where(known, values, np.nan)[first] - values[second])).astype(np.float32)
    place = np.zeros((n, n), dtype=np.intp)
    place[first, second], place[second, first] = np.arange(len(first)), np.arange(len(first)) + len(first)
    floor, p = np.abs(signs.T @ signs) * (1 - 1e-6), np.empty((k, k))
    patterns: dict[bytes, list[int]] = {}
    for column in range(k):
        patterns.setdefault(known[:, column].tobytes(), []).append(column)
    for columns in patterns.values():
        orders, listed = _known_orders(int(known[:, columns[0]].sum()), seed)
        moving = np.tile(np.arange(n), (len(orders), 1))
        here = np.flatnonzero(known[:, columns[0]])
        moving[:, here] = here[orders]
        both = np.vstack([signs[:, columns], -signs[:, columns]])
        hits = np.zeros((k, len(columns)))
        step = max(1, BLOCK_BYTES // (8 * len(first) * len(columns)))
        for start in range(0, len(orders), step):
            some = moving[start : start + step]
            moved = both[place[some[:, first], some[:, second]].T].reshape(len(first), -1)
            reach = np.abs(signs.T @ moved).reshape(k, len(some), len(columns))
            hits += (reach >= floor[:, None, columns]).sum(axis=1)
        p[:, columns] = hits / len(orders) if listed else (hits + 1) / (len(orders) + 1)
    return p


@lru_cache(maxsize=16)
def _known_orders(n: int, seed: int) -> tuple[np.ndarray, bool]:
    return _orders(n, seed)


def _fixed(column: Floats, method: str) -> Floats:
    if method == "kendall":
        upper = np.triu_indices(column.size, 1)
        return np.sign(column[upper[0]] - column[upper[1]])
    ranked = sps.rankdata(column) if method == "spearman" else column
    return ranked - ranked.mean()


def _moved(column: Floats, orders: np.ndarray, method: str) -> Floats:
    if method == "kendall":
        upper = np.triu_indices(column.size, 1)
        return np.sign(column[:, None] - column)[orders[:, upper[0]], orders[:, upper[1]]]
    return _fixed(column, method)[orders]


def _statistic(moved: Floats, fixed: Floats, squares: Floats, method: str) -> Floats:
    top = moved @ fixed
    if method != "pearson":
        return top
    return top / np.sqrt(np.maximum(moved**2 @ squares, np.finfo(float).tiny))
