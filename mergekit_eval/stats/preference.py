"""Pairwise preferences: games between models on prompts, where the prompt is the unit that is redrawn.

A game is (a, b, score): two model numbers and 1 where a won, 0 where b won, 0.5 for a tie. Several games on one prompt
(both orders, several judges) are one unit, because they share the prompt.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.special import expit

from mergekit_eval.stats.defaults import LEVEL
from mergekit_eval.stats.intervals import Interval, mean
from mergekit_eval.stats.paired import paired_difference
from mergekit_eval.stats.ranks import rank_distribution
from mergekit_eval.stats.resample import resampled_sums
from mergekit_eval.stats.validate import (
    Floats,
    Ints,
    Seed,
    as_count,
    as_fraction,
    as_numbers,
    as_scores,
    counted,
    reject,
)

_RESAMPLES = 2_000
_STEPS = 60
_RIDGE = 1e-2
_CLOSE = 1e-11
_FINITE = 20  # log odds of a game: so far out a fit goes on for ever, stopped by rounding alone
_LEAST_P = 1e-15
_DIGITS = 9  # what Newton's steps leave open is no difference between models


class Games(NamedTuple):
    """Checked games, all of shape (n_games,); `first` is +1 where a was shown first, -1 where b was, 0 unknown."""

    a: Ints
    b: Ints
    score: Floats
    prompt: Ints
    first: Floats


class WinRate(NamedTuple):
    """Win rate of a over b with ties as half a win; `p` tests 0.5 and is <= 1 - level where the limits exclude it."""

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
    p: float | None
    consistent: float | None
    swapped: int


class Strengths(NamedTuple):
    """Log strengths of the models, mean 0 (a lead of 1 wins 73 % of the games that have a winner).

    `low`, `high` are percentile limits over redrawn prompts, `leads` the share of resamples each model leads, all of
    shape (models,). `first` is the log advantage of being shown first. All ``None`` with a note where some models never
    lost to (or never met) the rest, so that no finite strength exists.
    """

    log_strength: Floats | None
    low: Floats | None
    high: Floats | None
    leads: Floats | None
    first: float | None
    prompts: int
    note: str = ""


def as_games(a: ArrayLike, b: ArrayLike, score: ArrayLike, prompts: ArrayLike, first: ArrayLike | None = None) -> Games:
    """Check games: model numbers from 0, scores 0 / 0.5 / 1, a prompt id each, `first` True where a was shown first."""
    left, right, points = np.asarray(a), np.asarray(b), _as_points(score)
    for name, models in (("a", left), ("b", right)):
        if models.shape != points.shape or models.dtype.kind not in "iu" or models.min() < 0:
            raise reject(f"model numbers {name}", models.tolist()[:5], f"{points.size} whole numbers of 0 or more")
    if (left == right).any():
        raise reject("a and b", int(left[left == right][0]), "two different models in every game")
    shown = np.zeros(points.size) if first is None else np.where(np.asarray(first, dtype=bool), 1.0, -1.0)
    if shown.shape != points.shape:
        raise reject("length of first", shown.size, f"{points.size}, one per game")
    return Games(
        left.astype(np.intp), right.astype(np.intp), points, as_numbers(prompts, points.size, "prompts"), shown
    )


def _as_points(score: ArrayLike) -> Floats:
    points = as_scores(score, "score")
    wrong = points[~np.isin(points, (0, 0.5, 1))]
    if wrong.size:
        raise reject("score", float(wrong[0]), "0, 0.5 or 1")
    return points


def win_rate(score: ArrayLike, prompts: ArrayLike, *, level: float = LEVEL, seed: Seed = 0) -> WinRate:
    """Win rate of one model over another (`score` 1, 0.5 or 0 per game), prompts as units.

    Returns
    -------
    WinRate
        The limits of `mean` and a test with flips of whole prompts (mid-p of the sign test, one game a prompt without
        ties) decide together whether the rate is 0.5: `p` is the larger of the test's and of the limits' own, and the
        limits hold 0.5 wherever p > 1 - level.
    """
    points = _as_points(score)
    ids = as_numbers(prompts, points.size, "prompts")
    flips = int(seed.integers(2**63)) if isinstance(seed, np.random.Generator) else seed

    def interval(at: float) -> Interval:
        return mean(points, clusters=ids, level=at, seed=flips)

    test = paired_difference(points, 1 - points, clusters=ids, level=level, seed=flips)
    found, p = interval(level), max(test.p or 0.0, _p_of_half(interval))
    if p > 1 - level and found.low is not None and found.high is not None:
        found = found._replace(low=min(found.low, 0.5), high=max(found.high, 0.5))
    wins, ties, losses = (int((points == v).sum()) for v in (1, 0.5, 0))
    return WinRate(found, p, wins, ties, losses, int(ids.max()) + 1)


def _p_of_half(interval: Callable[[float], Interval]) -> float:
    """Return the least error rate at which the limits of a share exclude one half."""

    def excess(log_p: float) -> float:
        found = interval(float(-np.expm1(log_p)))
        return -1.0 if found.low is None or found.high is None else max(found.low - 0.5, 0.5 - found.high)

    ends = float(np.log(_LEAST_P)), -1e-3
    if excess(ends[1]) <= 0:
        return 1.0
    return _LEAST_P if excess(ends[0]) > 0 else float(np.exp(brentq(excess, *ends, xtol=1e-6)))


def position_bias(games: Games, *, level: float = LEVEL, seed: Seed = 0) -> PositionBias:
    """Estimate the advantage of being shown first; fair only where every pair met in both orders equally often."""
    known = games.first != 0
    if not known.any():
        raise reject("games with a known order", 0, "at least one (give `first` to as_games)")
    points = np.where(games.first > 0, games.score, 1 - games.score)[known]
    rate = win_rate(points, games.prompt[known], level=level, seed=seed)
    low, high = (None if v is None else v - 0.5 for v in (rate.interval.low, rate.interval.high))
    interval = rate.interval._replace(estimate=rate.interval.estimate - 0.5, low=low, high=high)
    agreed, swapped = _consistency(games)
    return PositionBias(interval, rate.p, agreed / swapped if swapped else None, swapped)


def _consistency(games: Games) -> tuple[int, int]:
    """Prompts and pairs seen in both orders: how many with one verdict throughout, and how many at all."""
    turned = games.a > games.b
    verdict = np.where(turned, 1 - games.score, games.score)
    low_first = np.where(turned, -games.first, games.first)
    keys = np.column_stack([games.prompt, np.minimum(games.a, games.b), np.maximum(games.a, games.b)])
    group = np.unique(keys, axis=0, return_inverse=True)[1].ravel()
    both = (np.bincount(group, low_first > 0) > 0) & (np.bincount(group, low_first < 0) > 0)
    verdicts = np.unique(np.column_stack([group, 2 * verdict]).astype(int), axis=0)
    return int((both & (np.bincount(verdicts[:, 0]) == 1)).sum()), int(both.sum())


def strengths(
    games: Games, *, order: bool = False, n_resamples: int = _RESAMPLES, level: float = LEVEL, seed: Seed = 0
) -> Strengths:
    """Fit strengths to games: Bradley & Terry 1952 (doi:10.1093/biomet/39.3-4.324), a tie as half a win for both.

    Parameters
    ----------
    games : Games
        From :func:`as_games`; models numbered without gaps.
    order : bool
        Fit the advantage of being shown first as well (Davidson & Beaver 1977, doi:10.2307/2529467).
    n_resamples : int
        Redrawn sets of prompts; in them, and only there, a small ridge keeps strengths finite.
    """
    level = as_fraction(level, "level")
    models, prompts = int(max(games.a.max(), games.b.max())) + 1, int(games.prompt.max()) + 1
    parts = _components(games, models)
    if parts > 1:
        note = f"the games fall into {counted(parts, 'group')} of models that do not beat one another both ways"
        return Strengths(None, None, None, None, None, prompts, f"{note}: no finite strengths")
    if order and not games.first.all():
        raise reject("games of unknown order", int((games.first == 0).sum()), "0 where order=True (give `first`)")
    design, counts = _counted(games, models, prompts, order)
    try:
        fitted = fit(counts.sum(axis=0)[None], design, models, 0.0)[0]
        widest = float(np.abs(design @ fitted).max())
    except np.linalg.LinAlgError:  # no curvature left on the way to an infinite parameter
        widest = np.inf
    if widest > _FINITE:
        note = "one outcome rules out the others: no finite parameters"
        return Strengths(None, None, None, None, None, prompts, note)
    redrawn = resampled_sums(counts, as_count(n_resamples, "n_resamples"), seed)
    draws = fit(redrawn, design, models, _RIDGE)[:, :models]
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    leads = rank_distribution(np.round(draws, _DIGITS)).first
    return Strengths(fitted[:models], low, high, leads, float(fitted[-1]) if order else None, prompts)


def _components(games: Games, models: int) -> int:
    """Number of strongly connected groups of the "took points from" graph; strengths are finite for one (Ford 1957)."""
    gave = np.concatenate([games.a[games.score > 0], games.b[games.score < 1]])
    took = np.concatenate([games.b[games.score > 0], games.a[games.score < 1]])
    graph = csr_array((np.ones(gave.size), (gave, took)), shape=(models, models))
    return int(connected_components(graph, directed=True, connection="strong")[0])


def _counted(games: Games, models: int, prompts: int, order: bool) -> tuple[Floats, Floats]:
    """Design of the distinct (a, b, order), and points of a and of b per prompt and cell, shape (prompts, 2 cells)."""
    cells, row = np.unique(np.column_stack([games.a, games.b, games.first]), axis=0, return_inverse=True)
    identity = np.eye(models)
    design = identity[cells[:, 0].astype(int)] - identity[cells[:, 1].astype(int)]
    points = np.zeros((2, prompts, len(cells)))
    for side, score in enumerate((games.score, 1 - games.score)):
        np.add.at(points[side], (games.prompt, row.ravel()), score)
    return np.column_stack([design, cells[:, 2]]) if order else design, np.hstack([*points])


def fit(points: Floats, design: Floats, models: int, ridge: float) -> Floats:
    """Logistic regression by Newton steps for each row of `points` (sets, 2 cells) at once; strengths have mean 0.

    scipy.optimize fits one set a call; thousands of redrawn sets take one solve of stacked systems per step here.
    """
    won, games = points[:, : len(design)], points[:, : len(design)] + points[:, len(design) :]
    theta, width = np.zeros((len(points), design.shape[1])), design.shape[1]
    centred = ridge * np.eye(width)
    centred[:models, :models] += 1.0
    squares = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    for _ in range(_STEPS):
        rate = expit(theta @ design.T)
        gradient = (won - games * rate) @ design - ridge * theta
        curvature = (games * rate * (1 - rate) @ squares).reshape(-1, width, width) + centred
        step = np.linalg.solve(curvature, gradient[..., None])[..., 0]
        theta += step / np.maximum(1, np.abs(step).max(axis=1, keepdims=True) / 2)
        if np.abs(step).max() < _CLOSE:
            break
    return theta
