"""Correlations of many columns over models, and of models that come in families."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mergekit_eval.stats.correlation import Correlation, correlate
from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.multiplicity import benjamini_hochberg
from mergekit_eval.stats.validate import Floats, Seed, as_pair, reject


class ColumnPair(NamedTuple):
    """Correlation of columns `i` and `j`, with its p adjusted over the matrix (Benjamini-Hochberg)."""

    i: int
    j: int
    correlation: Correlation
    p_adjusted: float | None


class FamilyRange(NamedTuple):
    """Correlation over all models, and how far it moves when one family is left out."""

    full: Correlation
    lowest: float | None
    highest: float | None
    without: dict[Hashable, Correlation]


def correlate_columns(
    scores: ArrayLike, *, method: str = "pearson", level: float = LEVEL, seed: Seed = 0
) -> list[ColumnPair]:
    """Correlate every pair of columns over the models that have both.

    `scores` has shape (n_models, n_columns), NaN where a model has no score; the number of models is that of each pair.
    """
    table = np.asarray(scores, dtype=float)
    if table.ndim != 2 or table.shape[1] < 2:
        raise reject("shape of scores", table.shape, "models x columns, two or more columns")
    pairs = [(i, j, _pairwise(table[:, i], table[:, j], method, level, seed)) for i, j in _upper(table.shape[1])]
    known = [k for k, (_, _, c) in enumerate(pairs) if c.p is not None]
    adjusted: list[float | None] = [None] * len(pairs)
    if known:
        for k, p in zip(known, benjamini_hochberg([pairs[k][2].p for k in known]), strict=True):
            adjusted[k] = float(p)
    return [ColumnPair(i, j, c, p) for (i, j, c), p in zip(pairs, adjusted, strict=True)]


def _upper(width: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(width) for j in range(i + 1, width)]


def _pairwise(x: Floats, y: Floats, method: str, level: float, seed: Seed) -> Correlation:
    both = np.isfinite(x) & np.isfinite(y)
    missing = int((~both).sum())
    if not both.any():
        return Correlation(None, None, None, None, 0, method, "no model has both scores")
    result = correlate(x[both], y[both], method=method, level=level, seed=seed)
    gap = f"models that lack one of the scores: {missing}" if missing else ""
    return result._replace(note="; ".join(filter(None, (result.note, gap))))


def leave_family_out(
    x: ArrayLike,
    y: ArrayLike,
    families: Sequence[Hashable],
    *,
    method: str = "pearson",
    level: float = LEVEL,
    seed: Seed = 0,
) -> FamilyRange:
    """Correlate again without each family in turn: merges share weights, so one family can carry the whole figure."""
    a, b = as_pair(x, y, ("x", "y"))
    if len(families) != a.size:
        raise reject("length of families", len(families), f"{a.size}, one family per model")
    settings = {"method": method, "level": level, "seed": seed}
    labels = list(dict.fromkeys(families))
    keep = {label: np.array([f != label for f in families]) for label in labels}
    empty = Correlation(None, None, None, None, 0, method, "no other family")
    without = {k: correlate(a[m], b[m], **settings) if m.any() else empty for k, m in keep.items()}
    found = [c.r for c in without.values() if c.r is not None]
    return FamilyRange(correlate(a, b, **settings), min(found, default=None), max(found, default=None), without)
