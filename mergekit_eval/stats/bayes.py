"""Bayesian view of a paired comparison of right / wrong answers."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.validate import Seed, as_fraction, as_generator, as_pair, as_scores, is_binary, reject

JEFFREYS = (0.5, 0.5, 0.5, 0.5)
_DRAWS = 100_000


class Posterior(NamedTuple):
    """Posterior of the difference a - b; the three probabilities over the region of practical equivalence sum to 1.

    Shares of draws, each with one more draw to its side, so that none is 0 or 1.
    """

    p_a_better: float
    p_same: float
    p_b_better: float
    p_a_higher: float
    mean: float
    low: float
    high: float
    rope: float
    prior: tuple[float, ...]
    method: str


def paired_dirichlet(
    a: ArrayLike, b: ArrayLike, *, rope: float, prior: Sequence[float] = JEFFREYS, level: float = LEVEL, seed: Seed = 0
) -> Posterior:
    """Draw the four cells (both right, only a, only b, neither) from their Dirichlet posterior.

    After Benavoli, Corani, Demsar & Zaffalon 2017 (JMLR 18:77), with items in place of data sets; the region of
    practical equivalence is Kruschke's (2018, doi:10.1177/2515245918771304).

    Parameters
    ----------
    a, b : array_like, shape (n_items,)
        Scores of 0 or 1, same items in the same order.
    rope : float
        Half-width of the region of practical equivalence, 0 or more, on the scale of the scores (0.01 = one point).
    prior : sequence of 4 numbers above 0
        Pseudo-counts of the cells; print it with the result. The default is Jeffreys'.
    """
    x, y = as_pair(a, b)
    if not is_binary(x, y):
        raise reject("a and b", "graded scores", "scores of 0 or 1")
    pseudo, level = as_scores(prior, "prior"), as_fraction(level, "level")
    if pseudo.size != 4 or pseudo.min() <= 0:
        raise reject("prior", tuple(prior), "four numbers above 0")
    if not 0 <= rope < 1:
        raise reject("rope", rope, "a number from 0 to below 1")
    cells = [(x * y).sum(), (x > y).sum(), (x < y).sum(), ((1 - x) * (1 - y)).sum()]
    shares = as_generator(seed).dirichlet(pseudo + cells, size=_DRAWS)
    delta = shares[:, 1] - shares[:, 2]
    up, down = (float((part.sum() + 1) / (_DRAWS + 3)) for part in (delta > rope, delta < -rope))
    higher = float(((delta > 0).sum() + 1) / (_DRAWS + 2))
    low, high = np.quantile(delta, [(1 - level) / 2, (1 + level) / 2])
    label = f"Dirichlet posterior, prior {tuple(map(float, prior))}, rope +-{rope:g}, {_DRAWS} draws"
    return Posterior(
        up, 1 - up - down, down, higher, float(delta.mean()), float(low), float(high), float(rope),
        tuple(map(float, prior)), label,
    )  # fmt: skip
