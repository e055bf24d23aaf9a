"""Correlations with what distorts them taken out: common causes, item noise, shared items."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats as sps

from mergekit_eval.stats.correlation import METHODS, Correlation, correlate, limits
from mergekit_eval.stats.defaults import FEWEST_MODELS, FLIPS, LEVEL
from mergekit_eval.stats.validate import (
    TINY,
    Floats,
    Seed,
    as_choice,
    as_count,
    as_fraction,
    as_generator,
    as_pair,
    as_scores,
    counted,
    is_flat,
    reject,
)

LEAST_RELIABILITY = 0.5


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
    return fisher(r, left, a.size, label, level, method)


def fisher(r: float, left: int, n: int, label: str, level: float, method: str = "pearson") -> Correlation:
    """Interval and t test of a product-moment correlation with `left` models' worth of information."""
    if abs(r) > 1 - 1e-12:
        return Correlation(r, None, None, None, n, label, "the residuals lie exactly on a line: no interval")
    low, high, _ = limits(r, left, method, level)
    t = r * np.sqrt((left - 2) / (1 - r * r))
    return Correlation(r, low, high, max(2 * float(sps.t.sf(abs(t), left - 2)), TINY), n, label)


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


def reliability(scores: ArrayLike, stderrs: ArrayLike) -> float | None:
    """Share of the variance between models that is not item sampling noise; negative where the noise is larger.

    ``1 - mean(stderr^2) / var(scores)`` (Spearman 1904, doi:10.2307/1412159); ``None`` where all are equal.
    """
    x, se = as_pair(scores, stderrs, ("scores", "stderrs"))
    if se.min() < 0:
        raise reject("stderrs", float(se.min()), "0 or more")
    return None if is_flat(x) else float(1 - (se**2).mean() / x.var(ddof=1))


def disattenuate(
    x: ArrayLike,
    y: ArrayLike,
    stderr_x: ArrayLike,
    stderr_y: ArrayLike,
    *,
    level: float = LEVEL,
    seed: Seed = 0,
) -> Correlation:
    """Pearson correlation with the item sampling noise taken out (Spearman 1904); it can exceed 1 and is not cut.

    Parameters
    ----------
    x, y, stderr_x, stderr_y : array_like, shape (n_models,)
        Scores of each model on two benchmarks with their standard errors; the benchmarks share no items.

    Notes
    -----
    Refused below a reliability of 0.5. The limits are those of the plain correlation over the same root, so they leave
    out the uncertainty of the reliabilities.
    """
    plain = correlate(x, y, level=level, seed=seed)._replace(method="disattenuated pearson")
    reliable_x, reliable_y = reliability(x, stderr_x), reliability(y, stderr_y)
    if plain.r is None or reliable_x is None or reliable_y is None:
        return plain
    note = f"reliability {reliable_x:.2f} and {reliable_y:.2f}"
    if min(reliable_x, reliable_y) < LEAST_RELIABILITY:
        below = f"{note}: below {LEAST_RELIABILITY} nothing can be corrected"
        return plain._replace(r=None, low=None, high=None, p=None, note=below)
    root = float(np.sqrt(reliable_x * reliable_y))
    r, low, high = (None if v is None else v / root for v in plain[:3])
    return plain._replace(r=r, low=low, high=high, note=note)


class GainCorrelation(NamedTuple):
    """Gain against parent: the naive figure, negative by construction, and the one from separate halves of items."""

    naive: Correlation
    guarded: Correlation


def gain_against_parent(
    merge: ArrayLike, parent: ArrayLike, *, halves: int = 50, level: float = LEVEL, seed: Seed = 0
) -> GainCorrelation:
    """Correlate (merge - parent) with parent over merges, with parent and gain from different halves of the items.

    The same items in both put the parent's luck on both axes with opposite signs, which correlates them whatever the
    truth is. Both directions of `halves` random divisions are averaged. p permutes the merges and widens the permuted
    correlations by `_inflation`: averaged over both directions a merge's own halves vary more than two strangers' do.

    Parameters
    ----------
    merge, parent : array_like, shape (n_items, n_merges)
        Scores of each merge and of its parent on the same items.
    """
    x, y = as_scores(merge, "merge", ndim=2), as_scores(parent, "parent", ndim=2)
    if x.shape != y.shape or len(x) < 2:
        raise reject("shapes of merge and parent", (x.shape, y.shape), "equal, with two or more items")
    naive = correlate(y.mean(axis=0), (x - y).mean(axis=0), level=level, seed=seed)
    generator = as_generator(seed)
    if naive.r is None:
        return GainCorrelation(naive, naive)
    cross = np.zeros((y.shape[1], y.shape[1]))
    for _ in range(as_count(halves, "halves")):
        first = generator.permutation(len(x)) < len(x) // 2
        for half in (first, ~first):
            u, v = y[half].mean(axis=0), (x - y)[~half].mean(axis=0)
            if is_flat(u) or is_flat(v):
                return GainCorrelation(
                    naive, naive._replace(r=None, low=None, high=None, p=None, note="a half is constant")
                )
            cross += np.outer((u - u.mean()) / u.std(), (v - v.mean()) / v.std()) / (2 * halves * u.size)
    return GainCorrelation(naive, _guarded(cross, _inflation(y, x - y), generator, level))


def _inflation(parent: Floats, gain: Floats) -> float:
    """Variance of one merge's parent x gain product over that of two unrelated merges: 1 + s^2 / (V_parent V_gain).

    The product of sums over different items, ``sum_{i != j} y_i g_j``, has variance ``n^2 (V_y V_g + s^2)`` with s the
    covariance of the two item means, because y_i g_j and y_j g_i go together; permuted merges have s = 0.
    """
    n = len(parent)
    shared = float(((parent - parent.mean(axis=0)) * (gain - gain.mean(axis=0))).sum(axis=0).mean()) / (n * (n - 1))
    spread = float(parent.mean(axis=0).var(ddof=1) * gain.mean(axis=0).var(ddof=1))
    return 1 + min(shared**2 / spread, 1.0) if spread > 0 else 2.0


def _guarded(cross: Floats, inflation: float, generator: np.random.Generator, level: float) -> Correlation:
    n, label = len(cross), "pearson, split halves"
    r = float(np.trace(cross))
    orders = generator.permuted(np.tile(np.arange(n), (FLIPS, 1)), axis=1)
    theirs = cross[np.arange(n), orders].sum(axis=1) * np.sqrt(inflation)
    p = (int((np.abs(theirs) >= abs(r) * (1 - 1e-9)).sum()) + 1) / (FLIPS + 1)
    return fisher(float(np.clip(r, -1, 1)), n, n, label, level)._replace(p=p)
