"""Leaderboard-normalised averages: chance becomes 0, a perfect score 1, and what lies below chance is cut to 0.

The cut makes the error lopsided and lifts the average of tasks near chance: noise that would cancel is cut on one side
only, in the figure and once more in every draw. So the upper limit comes from draws pushed through the cut, and
the lower one from draws of the average before the cut, which is never above the average after it. (100 times these
figures are the scores of the Open LLM Leaderboard v2.)
"""

import numpy as np
from numpy.typing import ArrayLike

from mergekit_eval.stats.aggregate import as_weights
from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.intervals import Interval
from mergekit_eval.stats.resample import Draws
from mergekit_eval.stats.validate import Floats, as_fraction, as_scores, is_flat, reject


def normalise(means: ArrayLike, chance: ArrayLike, *, top: ArrayLike = 1.0, clip: bool = True) -> Floats:
    """Rescale averages so that `chance` is 0 and `top` is 1; `chance` broadcasts against `means`, missing stays NaN.

    Raises
    ------
    StatsError
        Where chance is not below the top score.
    """
    floor, ceiling = np.asarray(chance, dtype=float), np.asarray(top, dtype=float)
    if not (np.isfinite(floor).all() and np.isfinite(ceiling).all() and (floor < ceiling).all()):
        raise reject("chance", np.asarray(chance).tolist(), "finite numbers below the top score")
    scaled = (np.asarray(means, dtype=float) - floor) / (ceiling - floor)
    return np.maximum(scaled, 0.0) if clip else scaled


def normalised_means(
    draws: Draws, chance: ArrayLike, *, weights: ArrayLike | None = None, level: float = LEVEL, clip: bool = True
) -> list[Interval | None]:
    """Normalised average of each model with its interval; ``None`` for a model that misses a task.

    Parameters
    ----------
    draws : Draws
        Bootstrap draws of all leaf tasks (each is normalised with its own chance level before averaging).
    chance : array_like, shape (n_tasks,)
        Score of a guesser on each task, on the scale of the scores.
    weights : array_like, shape (n_tasks,), optional
        Equal if left out; nested averages (a mean of subtask means) are expressed by their products.
    """
    floor, level = as_scores(chance, "chance"), as_fraction(level, "level")
    if floor.size != len(draws.means) or draws.kind != "bootstrap":
        raise reject(
            "(length of chance, kind of draws)", (floor.size, draws.kind), f"({len(draws.means)}, 'bootstrap')"
        )
    w, kept = as_weights(weights, floor.size), draws.present.all(axis=0)
    observed = w @ normalise(draws.observed, floor[:, None], clip=clip)
    redrawn = normalise(draws.means, floor[:, None, None], clip=False)
    return [
        _limits(float(observed[m]), redrawn[:, :, m], w, level, clip, int(draws.n.sum())) if whole else None
        for m, whole in enumerate(kept)
    ]


def _limits(estimate: float, redrawn: Floats, w: Floats, level: float, clip: bool, n: int) -> Interval:
    """Percentile limits from draws (tasks, draws); tasks that are surely below chance stay at 0 for both limits."""
    tail, label = (1 - level) / 2, f"percentile bootstrap, normalised{', cut at chance' if clip else ''}"
    upper = np.maximum(redrawn, 0) if clip else redrawn
    sunk = np.quantile(redrawn, 1 - tail, axis=1, keepdims=True) < 0
    lower = np.where(sunk & clip, 0, redrawn)
    averages = w @ upper
    if is_flat(averages):
        return Interval(estimate, None, None, 0.0, n, label, "every draw gives the same value: no interval")
    low, high = float(np.quantile(w @ lower, tail)), float(np.quantile(averages, 1 - tail))
    low = max(low, 0.0) if clip else low
    return Interval(estimate, min(low, estimate), max(high, estimate), float(averages.std(ddof=1)), n, label)
