"""Gain against parent without the correlation that the construction puts there."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mergekit_eval.stats.correlation import Correlation, correlate
from mergekit_eval.stats.defaults import FLIPS, LEVEL
from mergekit_eval.stats.partial import fisher
from mergekit_eval.stats.validate import Floats, Seed, as_count, as_generator, as_scores, is_flat, reject


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
