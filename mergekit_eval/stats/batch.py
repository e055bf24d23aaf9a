"""Many pairs of models on one task: each gets what `paired_difference` gives it, the work that they share done once."""

import numpy as np
from numpy.typing import ArrayLike

from mergekit_eval.stats.binary import mcnemar_exact, mcnemar_midp, newcombe
from mergekit_eval.stats.covariance import Pairs, as_pairs
from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.paired import PairedDifference, detectable, flipped
from mergekit_eval.stats.signflip import flip_nulls
from mergekit_eval.stats.validate import Floats, Seed, as_clusters, as_fraction, as_scores, is_binary


def paired_differences(
    values: ArrayLike,
    pairs: ArrayLike | None = None,
    *,
    clusters: ArrayLike | None = None,
    level: float = LEVEL,
    seed: Seed = 0,
) -> list[PairedDifference]:
    """Compare pairs of models item by item; see `paired_difference`.

    Parameters
    ----------
    values : array_like, shape (n_items, n_models)
        Scores of the models on the same items, none missing.
    pairs : array_like of int, shape (P, 2), optional
        Pairs (first minus second); every pair once if left out.
    clusters, level, seed
        As for `paired_difference`.

    Returns
    -------
    list of PairedDifference
        One per pair, equal to what `paired_difference` gives.
    """
    table, level = as_scores(values, "values", ndim=2), as_fraction(level, "level")
    index = as_pairs(pairs, table.shape[1])
    ids = None if clusters is None else as_clusters(clusters, len(table))
    alone = ids is None or ids.max() + 1 == len(table)
    right = np.array([alone and is_binary(column) for column in table.T])
    whole = right[index].all(axis=1)
    found: dict[int, PairedDifference] = {}
    if whole.any():
        found = dict(zip(np.flatnonzero(whole).tolist(), _binary(table, index[whole], level), strict=True))
    rest, units = np.flatnonzero(~whole), None if alone else ids
    nulls = flip_nulls([table[:, i] - table[:, j] for i, j in index[rest]], units, seed)
    for k, null in zip(rest.tolist(), nulls, strict=True):
        found[k] = flipped(*(table[:, model] for model in index[k]), units, level, seed, null)
    return [found[k] for k in range(len(index))]


def _binary(table: Floats, index: Pairs, level: float) -> list[PairedDifference]:
    n, used = len(table), np.unique(index)
    single = table[:, used].astype(np.float32 if n < 2**24 else np.float64)
    place = np.searchsorted(used, index)
    right = single.sum(axis=0, dtype=np.float64)
    both = (single.T @ single)[place[:, 0], place[:, 1]].astype(np.float64)
    f, g = (right[place[:, side]] - both for side in (0, 1))
    low, high = newcombe(both, f, g, n - both - f - g, level)
    midp, exact = mcnemar_midp(f, g), mcnemar_exact(f, g)
    mean = right / n
    spread = np.sqrt(np.maximum(f + g - (f - g) ** 2 / n, 0) / max(n - 1, 1) / n)
    rows = np.column_stack([mean[place[:, 0]], mean[place[:, 1]], (f - g) / n, spread, low, high, f, g, midp, exact])
    return [_result(n, row, level) for row in rows.tolist()]


def _result(n: int, row: list[float], level: float) -> PairedDifference:
    mean_a, mean_b, diff, spread, low, high, f, g, p, exact = row
    wins, losses = int(f), int(g)
    stderr = None if n == 1 else spread if wins + losses > 0 and abs(wins - losses) < n else 0.0
    note = "" if wins + losses else "no item separates the two models"
    return PairedDifference(
        n, mean_a, mean_b, diff, stderr, low, high, wins, losses, n - wins - losses, p, exact,
        detectable(stderr, n, level, True), "McNemar mid-p, newcombe", note,
    )  # fmt: skip
