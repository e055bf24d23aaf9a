"""How much of the spread between models is item noise, and a correlation with that noise taken out."""

import numpy as np
from numpy.typing import ArrayLike

from mergekit_eval.stats.correlation import Correlation, correlate
from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.validate import Seed, as_pair, is_flat, reject

LEAST_RELIABILITY = 0.5


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
    shared: ArrayLike | None = None,
    level: float = LEVEL,
    seed: Seed = 0,
) -> Correlation:
    """Pearson correlation with the item sampling noise taken out (Spearman 1904); it can exceed 1 and is not cut.

    Parameters
    ----------
    x, y, stderr_x, stderr_y : array_like, shape (n_models,)
        Scores of each model on two benchmarks with their standard errors.
    shared : array_like, shape (n_models,), optional
        Covariance of the two errors of a model, where benchmarks share items.

    Notes
    -----
    Refused below a reliability of 0.5. The limits are those of the plain correlation over the same root, so they leave
    out the uncertainty of the reliabilities.
    """
    plain = correlate(x, y, level=level, seed=seed)
    a, b = as_pair(x, y, ("x", "y"))
    kept = [reliability(a, stderr_x), reliability(b, stderr_y)]
    if plain.r is None:
        return plain._replace(method="disattenuated pearson")
    if min(kept) < LEAST_RELIABILITY:
        note = f"reliability {kept[0]:.2f} and {kept[1]:.2f}: below {LEAST_RELIABILITY} nothing can be corrected"
        return Correlation(None, None, None, None, a.size, "disattenuated pearson", note)
    root = float(np.sqrt(kept[0] * kept[1]))
    common = 0.0 if shared is None else float(as_pair(a, shared, ("x", "shared"))[1].mean())
    shift = common / float(np.sqrt(a.var(ddof=1) * b.var(ddof=1)))
    values = [None if v is None else (v - shift) / root for v in (plain.r, plain.low, plain.high)]
    note = f"reliability {kept[0]:.2f} and {kept[1]:.2f}"
    return Correlation(*values, plain.p, a.size, "disattenuated pearson", note)
