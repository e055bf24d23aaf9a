"""Pairwise preferences: games between models on prompts, where the prompt is the unit that is redrawn.

A game is (a, b, score): two model numbers and 1 where a won, 0 where b won, 0.5 for a tie. Several games on one prompt
(both orders, several judges) are one unit, because they share the prompt.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.intervals import Interval, mean
from mergekit_eval.stats.paired import paired_difference
from mergekit_eval.stats.validate import Floats, Ints, Seed, as_clusters, as_scores, reject


class Games(NamedTuple):
    """Checked games, all of shape (n_games,); `first` is +1 where a was shown first, -1 where b was, 0 unknown."""

    a: Ints
    b: Ints
    score: Floats
    prompt: Ints
    first: Floats


class WinRate(NamedTuple):
    """Win rate of a over b with ties as half a win; `p` tests 0.5, flipping whole prompts."""

    interval: Interval
    p: float
    wins: int
    ties: int
    losses: int
    prompts: int


class PositionBias(NamedTuple):
    """How much the model shown first gains: its win rate minus 0.5, and how often swapped games agree.

    `consistent` is the share of (prompt, pair) shown in both orders whose verdicts name the same winner (or both a
    tie); ``None`` where no prompt was shown in both orders.
    """

    interval: Interval
    p: float
    consistent: float | None
    swapped: int


def as_games(a: ArrayLike, b: ArrayLike, score: ArrayLike, prompts: ArrayLike, first: ArrayLike | None = None) -> Games:
    """Check games: model numbers from 0, scores 0 / 0.5 / 1, a prompt id each, `first` True where a was shown first."""
    left, right, points = np.asarray(a), np.asarray(b), as_scores(score, "score")
    for name, models in (("a", left), ("b", right)):
        if models.shape != points.shape or models.dtype.kind not in "iu" or models.min() < 0:
            raise reject(f"model numbers {name}", models.tolist()[:5], f"{points.size} whole numbers of 0 or more")
    if (left == right).any():
        raise reject("a and b", int(left[left == right][0]), "two different models in every game")
    if not np.isin(points, (0, 0.5, 1)).all():
        raise reject("score", float(points[~np.isin(points, (0, 0.5, 1))][0]), "0, 0.5 or 1")
    shown = np.zeros(points.size) if first is None else np.where(np.asarray(first, dtype=bool), 1.0, -1.0)
    if shown.shape != points.shape:
        raise reject("length of first", shown.size, f"{points.size}, one per game")
    return Games(left.astype(np.intp), right.astype(np.intp), points, as_clusters(prompts, points.size), shown)


def win_rate(score: ArrayLike, prompts: ArrayLike, *, level: float = LEVEL, seed: Seed = 0) -> WinRate:
    """Win rate of one model over another (`score` 1, 0.5 or 0 per game), prompts as units."""
    points = as_scores(score, "score")
    if not np.isin(points, (0, 0.5, 1)).all():
        raise reject("score", float(points[~np.isin(points, (0, 0.5, 1))][0]), "0, 0.5 or 1")
    ids = as_clusters(prompts, points.size)
    test = paired_difference(points, 1 - points, clusters=ids, level=level, seed=seed)
    counts = [int((points == v).sum()) for v in (1, 0.5, 0)]
    return WinRate(mean(points, clusters=ids, level=level, seed=seed), test.p, *counts, int(ids.max()) + 1)


def position_bias(games: Games, *, level: float = LEVEL, seed: Seed = 0) -> PositionBias:
    """Estimate the advantage of being shown first; fair only where every pair met in both orders equally often."""
    known = games.first != 0
    if not known.any():
        raise reject("games with a known order", 0, "at least one (give `first` to as_games)")
    points = np.where(games.first > 0, games.score, 1 - games.score)[known]
    rate = win_rate(points, games.prompt[known], level=level, seed=seed)
    limits = [None if v is None else v - 0.5 for v in (rate.interval.low, rate.interval.high)]
    interval = rate.interval._replace(estimate=rate.interval.estimate - 0.5, low=limits[0], high=limits[1])
    agreed, swapped = _consistency(games)
    return PositionBias(interval, rate.p, agreed / swapped if swapped else None, swapped)


def _consistency(games: Games) -> tuple[int, int]:
    """Prompts and pairs seen in both orders: how many, and how many with one verdict throughout."""
    turned = games.a > games.b
    verdict = np.where(turned, 1 - games.score, games.score)
    low_first = np.where(turned, -games.first, games.first)
    keys = np.column_stack([games.prompt, np.minimum(games.a, games.b), np.maximum(games.a, games.b)])
    _, group = np.unique(keys, axis=0, return_inverse=True)
    group = group.ravel()
    both = (np.bincount(group, low_first > 0) > 0) & (np.bincount(group, low_first < 0) > 0)
    most, least = np.full(both.size, -np.inf), np.full(both.size, np.inf)
    np.maximum.at(most, group, verdict)
    np.minimum.at(least, group, verdict)
    return int((both & (most == least)).sum()), int(both.sum())
