"""Correlation with a common cause taken out: log parameters, the family of a model."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as sps

from mergekit_eval.stats.correlation import METHODS, Correlation
from mergekit_eval.stats.defaults import FEWEST_MODELS, LEVEL
from mergekit_eval.stats.validate import (
    TINY,
    Floats,
    as_choice,
    as_fraction,
    as_pair,
    as_scores,
    counted,
    reject,
    two_sided_z,
)


def partial_correlation(
    x: ArrayLike,
    y: ArrayLike,
    *,
    controls: ArrayLike | None = None,
    families: Sequence[Hashable] | None = None,
    method: str = "pearson",
    level: float = LEVEL,
) -> Correlation:
    """Correlate what is left of x and y after a linear fit on the controls and on family means.

    Parameters
    ----------
    x, y : array_like, shape (n_models,)
        Scores.
    controls : array_like, shape (n_models,) or (n_models, k), optional
        Such as log parameters.
    families : sequence, length n_models, optional
        Family of each model; each family gets its own level.
    method : {"pearson", "spearman"}
        Spearman works on ranks of everything.

    Notes
    -----
    Each control takes one model away: interval and p (t with n - k - 2 degrees of freedom; Fisher 1924) use n - k, and
    below 5 of those nothing is reported.
    """
    a, b = as_pair(x, y, ("x", "y"))
    method, level = as_choice(method, "method", METHODS[:2]), as_fraction(level, "level")
    design = _design(a.size, controls, families, method)
    if method == "spearman":
        a, b = sps.rankdata(a), sps.rankdata(b)
    used = int(np.linalg.matrix_rank(design)) - 1
    left, label = a.size - used, f"partial {method}, {used} controlled"
    if left < FEWEST_MODELS:
        few = f"{counted(a.size, 'model')} less {counted(used, 'control')}"
        note = f"{few}: below {FEWEST_MODELS} no correlation is reported"
        return Correlation(None, None, None, None, a.size, label, note)
    u, v = (w - design @ np.linalg.lstsq(design, w, rcond=None)[0] for w in (a, b))
    if min(np.linalg.norm(u) / np.linalg.norm(a), np.linalg.norm(v) / np.linalg.norm(b)) < 1e-10:
        return Correlation(None, None, None, None, a.size, label, "the controls explain a score completely")
    r = float(np.clip(u @ v / np.sqrt((u @ u) * (v @ v)), -1, 1))
    return fisher(r, left, a.size, label, level, extra=r * r / 2 if method == "spearman" else 0.0)


def fisher(r: float, left: int, n: int, label: str, level: float, extra: float = 0.0) -> Correlation:
    """Interval and t test of a product-moment correlation with `left` models' worth of information."""
    if abs(r) > 1 - 1e-12:
        return Correlation(r, None, None, None, n, label, "the residuals lie exactly on a line: no interval")
    half = two_sided_z(level) * np.sqrt((1 + extra) / (left - 3))
    t = r * np.sqrt((left - 2) / (1 - r * r))
    low, high = np.tanh(np.arctanh(r) - half), np.tanh(np.arctanh(r) + half)
    return Correlation(r, float(low), float(high), max(2 * float(sps.t.sf(abs(t), left - 2)), TINY), n, label)


def _design(n: int, controls: ArrayLike | None, families: Sequence[Hashable] | None, method: str) -> Floats:
    columns = [np.ones((n, 1))]
    if controls is not None:
        table = np.asarray(controls, dtype=float)
        table = as_scores(table[:, None] if table.ndim == 1 else table, "controls", ndim=2)
        if len(table) != n:
            raise reject("length of controls", len(table), f"{n}, one row per model")
        columns.append(sps.rankdata(table, axis=0) if method == "spearman" else table)
    if families is not None:
        if len(families) != n:
            raise reject("length of families", len(families), f"{n}, one family per model")
        labels = list(dict.fromkeys(families))
        columns.append(np.array([[float(f == label) for label in labels[1:]] for f in families]).reshape(n, -1))
    return np.hstack(columns)
