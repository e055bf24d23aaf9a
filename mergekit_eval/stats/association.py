"""Correlations of models that come in families."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mergekit_eval.stats.correlation import Correlation, correlate
from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.validate import Seed, as_pair, reject


class FamilyRange(NamedTuple):
    """Correlation over all models, and how far it moves when one family is left out."""

    full: Correlation
    lowest: float | None
    highest: float | None
    without: dict[Hashable, Correlation]


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
