"""Correlation of two scores over models, with the number of models taken seriously."""

from functools import lru_cache
from itertools import permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as sps

from mergekit_eval.stats.defaults import FEWEST_MODELS, FLIPS, LEVEL, LIST_PERMUTATIONS_UP_TO
from mergekit_eval.stats.validate import (
    Floats,
    Seed,
    as_choice,
    as_fraction,
    as_generator,
    as_pair,
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
    method, level = as_choice(method, "method", METHODS), as_fraction(level, "level")
    if a.size < FEWEST_MODELS:
        note = f"n = {a.size}: below {FEWEST_MODELS} no correlation is reported"
        return Correlation(None, None, None, None, a.size, method, note)
    for name, values in (("x", a), ("y", b)):
        if is_flat(values):
            return Correlation(None, None, None, None, a.size, method, f"{name} is the same for all models")
    r = coefficient(a, b, method)
    low, high, note = limits(r, a.size, method, level)
    return Correlation(r, low, high, _permutation_p(a, b, method, seed), a.size, method, note)


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
    """Two-sided permutation p; (b + 1) / (m + 1) where the orders are drawn, so never 0."""
    n = a.size
    if method == "kendall" and n >= _KENDALL_NORMAL_FROM:
        return float(max(sps.kendalltau(a, b).pvalue, np.finfo(float).tiny))
    orders, listed = _orders(n, seed)
    theirs = np.abs(_scores_under(a, b, orders, method))
    ours = np.abs(_scores_under(a, b, np.arange(n)[None], method))[0]
    hits = int((theirs >= ours * (1 - 1e-9)).sum())
    return hits / len(orders) if listed else (hits + 1) / (len(orders) + 1)


def _orders(n: int, seed: Seed) -> tuple[np.ndarray, bool]:
    if n <= LIST_PERMUTATIONS_UP_TO:
        return _all_orders(n), True
    return as_generator(seed).permuted(np.tile(np.arange(n), (FLIPS, 1)), axis=1), False


@lru_cache(maxsize=8)
def _all_orders(n: int) -> np.ndarray:
    return np.array(list(permutations(range(n))))


def _scores_under(a: Floats, b: Floats, orders: np.ndarray, method: str) -> Floats:
    """Statistic of `a` against `b` in each order: sums for Spearman and Kendall, studentised for Pearson.

    The studentised one keeps its level when the scores are dependent but uncorrelated (DiCiccio & Romano 2017,
    doi:10.1080/01621459.2016.1202117).
    """
    if method == "kendall":
        upper = np.triu_indices(a.size, 1)
        signs_a = np.sign(a[upper[0]] - a[upper[1]])
        signs_b = np.sign(b[:, None] - b)
        return signs_b[orders[:, upper[0]], orders[:, upper[1]]] @ signs_a
    if method == "spearman":
        a, b = sps.rankdata(a), sps.rankdata(b)
    u, v = a - a.mean(), (b - b.mean())[orders]
    top = v @ u
    if method == "spearman":
        return top
    return top / np.sqrt(np.maximum(v**2 @ u**2, np.finfo(float).tiny))
