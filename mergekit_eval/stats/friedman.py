"""Tasks as the sample: Friedman's test, critical-difference data, and groups drawn from item-level tests instead."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats as sps

from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.validate import TINY, Floats, as_fraction, counted, reject


class Friedman(NamedTuple):
    """Friedman's chi-square and the F form of Iman & Davenport; `n_dropped` tasks lacked a model and were left out.

    `mean_ranks` has shape (models,), 1 = highest score. `critical_difference` is Nemenyi's: mean ranks farther apart
    differ at the level. With few tasks it is wide, and it depends on which other models are in the pool (Benavoli,
    Corani & Mangili 2016, arXiv:1505.02288): prefer :func:`groups` with item-level p-values.
    """

    statistic: float | None
    p: float | None
    f_statistic: float | None
    f_p: float | None
    mean_ranks: Floats
    critical_difference: float | None
    n_tasks: int
    n_dropped: int
    note: str = ""


def friedman(scores: ArrayLike, *, level: float = LEVEL) -> Friedman:
    """Test whether all models rank alike over tasks (Friedman 1937; Demsar 2006, JMLR 7:1).

    Parameters
    ----------
    scores : array_like, shape (n_tasks, n_models)
        Higher better; NaN where a model has no score. Tasks with a gap are left out and counted.
    level : float
        Level of the critical difference.
    """
    table, level = np.asarray(scores, dtype=float), as_fraction(level, "level")
    if table.ndim != 2 or table.shape[1] < 2:
        raise reject("shape of scores", table.shape, "tasks x models, two or more models")
    whole = table[np.isfinite(table).all(axis=1)]
    (n, k), dropped = whole.shape, len(table) - len(whole)
    if n == 0:
        raise reject("tasks that every model has", 0, "1 or more (leave out the model with gaps, or the tasks)")
    ranks = sps.rankdata(-whole, axis=1)
    mean_ranks = ranks.mean(axis=0)
    spread = (ranks**2).sum() - n * k * (k + 1) ** 2 / 4
    if n < 2 or spread <= 0:
        note = "one task cannot rank models" if n < 2 else "all models are tied on every task"
        return Friedman(None, None, None, None, mean_ranks, None, n, dropped, note)
    chi = float((k - 1) * n**2 * ((mean_ranks - (k + 1) / 2) ** 2).sum() / spread)
    p = max(float(sps.chi2.sf(chi, k - 1)), TINY)
    difference = _nemenyi(k, level) * float(np.sqrt(k * (k + 1) / (6 * n)))
    note = f"{counted(n, 'task')}: little power, prefer item-level tests" if n < 10 else ""
    return Friedman(chi, p, *_iman_davenport(chi, n, k), mean_ranks, difference, n, dropped, note)


@lru_cache(maxsize=64)
def _nemenyi(k: int, level: float) -> float:
    return float(sps.studentized_range.isf(1 - level, k, np.inf) / np.sqrt(2))


def _iman_davenport(chi: float, n: int, k: int) -> tuple[float | None, float | None]:
    """F form (Iman & Davenport 1980); undefined where all tasks agree perfectly."""
    rest = n * (k - 1) - chi
    if rest <= 1e-9 * n * k:
        return None, None
    statistic = (n - 1) * chi / rest
    return float(statistic), max(float(sps.f.sf(statistic, k - 1, (k - 1) * (n - 1))), TINY)


def groups(order: ArrayLike, differs: ArrayLike) -> list[tuple[int, int]]:
    """Bars of a critical-difference diagram: longest runs of neighbours in which no two models differ.

    Parameters
    ----------
    order : array_like, shape (n_models,)
        Models from best to worst (their numbers).
    differs : array_like of bool, shape (n_models, n_models)
        Whether two models differ, from item-level adjusted p-values or from mean ranks and the critical difference.

    Returns
    -------
    list of (first, last)
        Places in `order`, both included; runs of a single model are left out.
    """
    rows = np.asarray(order, dtype=np.intp)
    table: NDArray[np.bool_] = np.asarray(differs, dtype=bool)
    if sorted(rows.tolist()) != list(range(rows.size)) or table.shape != (rows.size, rows.size):
        raise reject("(order, shape of differs)", (rows.tolist(), table.shape), "a permutation of 0 ... k-1 and (k, k)")
    sorted_table = (table | table.T)[np.ix_(rows, rows)]
    ends = [_last_alike(sorted_table, first) for first in range(rows.size)]
    return [(i, end) for i, end in enumerate(ends) if end > i and (i == 0 or ends[i - 1] < end)]


def _last_alike(table: NDArray[np.bool_], first: int) -> int:
    last = first
    while last + 1 < len(table) and not table[first : last + 1, last + 1].any():
        last += 1
    return last
