"""Correlation of two scores over models, with the number of models taken seriously."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as sps

from mergekit_eval.stats.defaults import BLOCK_BYTES, FEWEST_MODELS, FLIPS, LEVEL, LIST_PERMUTATIONS_UP_TO
from mergekit_eval.stats.validate import (
    Floats,
    Seed,
    as_choice,
    as_fraction,
    as_generator,
    as_pair,
    counted,
    is_flat,
    two_sided_z,
)

METHODS = ("pearson", "spearman", "kendall")
_KENDALL_NORMAL_FROM = 60


class Correlation(NamedTuple):
    """A correlation over `n` models; ``None`` where it has no honest value, with the reason in `note`."""

    r: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int
    method: str
    note: str = ""


def correlate(
    x: ArrayLike, y: ArrayLike, *, method: str = "pearson", level: float = LEVEL, seed: Seed = 0
) -> Correlation:
    """Correlate two scores over models.

    Parameters
    ----------
    x, y : array_like, shape (n_models,)
        One score per model, same models in the same order, none missing.
    method : {"pearson", "spearman", "kendall"}
        Interval on the Fisher scale with variance 1 / (n - 3) (Fisher 1915), (1 + r^2 / 2) / (n - 3) (Bonett & Wright
        2000, doi:10.1007/BF02294183) or, for Kendall's tau-b, 0.437 / (n - 4) (Fieller, Hartley & Pearson 1957,
        doi:10.1093/biomet/44.3-4.470) times the factor of Bonett and Wright.
    level : float
        Confidence level.
    seed : int, SeedSequence or Generator
        For the random permutations; up to 8 models all orders are listed.

    Returns
    -------
    Correlation
        Below 5 models, or with a constant score, `r`, its interval and `p` are ``None``.
    """
    a, b = as_pair(x, y, ("x", "y"))
    return _correlated(a, b, as_choice(method, "method", METHODS), as_fraction(level, "level"), seed)


def _correlated(a: Floats, b: Floats, method: str, level: float, seed: Seed, p: float | None = None) -> Correlation:
    """Correlate checked scores; `p` is the permutation p where it is known already."""
    nothing = Correlation(None, None, None, None, a.size, method)
    if a.size < FEWEST_MODELS:
        few = f"{counted(a.size, 'model')}: below {FEWEST_MODELS} no correlation is reported"
        return nothing._replace(note=few if a.size else "no model has both scores")
    for name, values in (("x", a), ("y", b)):
        if is_flat(values):
            return nothing._replace(note=f"{name} is the same for all models")
    r = coefficient(a, b, method)
    low, high, note = limits(r, a.size, method, level)
    return Correlation(r, low, high, _permutation_p(a, b, method, seed) if p is None else p, a.size, method, note)


def coefficient(a: Floats, b: Floats, method: str) -> float:
    """Return the plain coefficient, exactly -1 or 1 where only rounding keeps it from there."""
    if method == "spearman":
        a, b = sps.rankdata(a), sps.rankdata(b)
    r = float(sps.kendalltau(a, b).statistic if method == "kendall" else np.corrcoef(a, b)[0, 1])
    return float(np.sign(r)) if abs(r) > 1 - 1e-12 else r


def limits(r: float, n: int, method: str, level: float) -> tuple[float | None, float | None, str]:
    """Interval on the Fisher scale; at |r| = 1, where that scale ends, see the note."""
    used, note = r, ""
    if abs(r) > 1 - 1e-12:
        if method == "pearson":
            return None, None, "the points lie exactly on a line: no interval"
        gap = 4 / (n * (n - 1)) if method == "kendall" else 12 / (n * (n * n - 1))
        used, note = np.sign(r) * (1 - gap), "perfect order: interval from the order one swap away"
    half = two_sided_z(level) * np.sqrt(_fisher_variance(used, n, method))
    low, high = np.tanh(np.arctanh(used) - half), np.tanh(np.arctanh(used) + half)
    return float(min(low, r)), float(max(high, r)), note


def _fisher_variance(r: float, n: int, method: str) -> float:
    """Variance of Fisher's z; Kendall's takes the factor of Spearman's too: at |tau| of 0.7 it covers 87 % without."""
    if method == "pearson":
        return 1 / (n - 3)
    return (1 + r**2 / 2) * (0.437 / (n - 4) if method == "kendall" else 1 / (n - 3))


def _permutation_p(a: Floats, b: Floats, method: str, seed: Seed) -> float:
    """Two-sided permutation p of one pair."""
    if _takes_normal(a.size, method):
        return float(max(sps.kendalltau(a, b).pvalue, np.finfo(float).tiny))
    return float(permuted_p(centred(a[:, None], method), b, *_orders(a.size, seed), method)[0])


def _orders(n: int, seed: Seed) -> tuple[np.ndarray, bool]:
    if n <= LIST_PERMUTATIONS_UP_TO:
        return _all_orders(n), True
    return as_generator(seed).permuted(np.tile(np.arange(n), (FLIPS, 1)), axis=1), False


@lru_cache(maxsize=8)
def _all_orders(n: int) -> np.ndarray:
    return np.array(list(permutations(range(n))))


def permuted_p(fixed: Floats, moved: Floats, orders: np.ndarray, listed: bool, method: str) -> Floats:
    """Permutation p of each column of `fixed`, from `centred`, with the scores `moved` (n,) in the orders (m, n).

    (b + 1) / (m + 1) where the orders are not all `listed`, so never 0. The statistic is a sum for Spearman and
    Kendall, studentised for Pearson: that keeps its level when the scores are dependent but uncorrelated (DiCiccio &
    Romano 2017, doi:10.1080/01621459.2016.1202117).
    """
    same = np.arange(moved.size)[None]
    theirs, ours = (np.abs(_statistic(_ordered(moved, one, method), fixed, method)) for one in (orders, same))
    hits = (theirs >= ours * (1 - 1e-9)).sum(axis=0)
    return np.asarray(hits / len(orders) if listed else (hits + 1) / (len(orders) + 1))


def centred(columns: Floats, method: str) -> Floats:
    """Centred scores (ranks for Spearman, signs of all pairs of models for Kendall) of each column (n, k)."""
    same = np.arange(len(columns))[None]
    return np.column_stack([_ordered(column, same, method)[0] for column in columns.T])


def _ordered(scores: Floats, orders: np.ndarray, method: str) -> Floats:
    if method == "kendall":
        first, second = np.triu_indices(scores.size, 1)
        return np.asarray(np.sign(scores[:, None] - scores)[orders[:, first], orders[:, second]])
    ranked = sps.rankdata(scores) if method == "spearman" else scores
    return np.asarray((ranked - ranked.mean())[orders])


def _statistic(moved: Floats, fixed: Floats, method: str) -> Floats:
    top: Floats = moved @ fixed
    if method != "pearson":
        return top
    return np.asarray(top / np.sqrt(np.maximum(moved**2 @ fixed**2, np.finfo(float).tiny)))


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
    method, level = as_choice(method, "method", METHODS), as_fraction(level, "level")
    known = np.isfinite(values)
    p = _known_p(values, known, method, seed)
    for i in range(values.shape[1]):
        for j in range(i + 1, values.shape[1]):
            both = known[:, i] & known[:, j]
            shared = None if np.isnan(p[i, j]) or _takes_normal(int(both.sum()), method) else float(p[i, j])
            yield i, j, _correlated(values[both, i], values[both, j], method, level, seed, shared)


def _takes_normal(n: int, method: str) -> bool:
    return method == "kendall" and n >= _KENDALL_NORMAL_FROM


def _known_p(values: Floats, known: np.ndarray, method: str, seed: int) -> Floats:
    """Return the p that columns can share, NaN for pairs that have to be permuted alone."""
    n, k = values.shape
    p, whole = np.full((k, k), np.nan), bool(known.all())
    live = [c for c in range(k) if known[:, c].sum() >= FEWEST_MODELS and not is_flat(values[known[:, c], c])]
    at = np.ix_(live, live)
    if len(live) < 2 or _takes_normal(n, method):
        return p
    if method == "kendall" and (whole or n > LIST_PERMUTATIONS_UP_TO):
        p[at] = _kendall_p(values[:, live], known[:, live], seed)
    elif whole:
        fixed, orders = centred(values[:, live], method), _known_orders(n, seed)
        p[at] = np.column_stack([permuted_p(fixed, values[:, c], *orders, method) for c in live])
    return p


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
