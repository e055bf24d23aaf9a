"""Pairwise preferences: games between models on prompts, where the prompt is the unit that is redrawn.

A game is (a, b, score): two model numbers and 1 where a won, 0 where b won, 0.5 for a tie. Several games on one prompt
(both orders, several judges) are one unit, because they share the prompt.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from mergekit_eval.stats.bootstrap import resampled_sums
from mergekit_eval.stats.defaults import BLOCK_BYTES, LEVEL
from mergekit_eval.stats.intervals import Interval, mean
from mergekit_eval.stats.paired import paired_difference
from mergekit_eval.stats.validate import (
    Floats,
    Ints,
    Seed,
    as_choice,
    as_clusters,
    as_count,
    as_fraction,
    as_scores,
    counted,
    reject,
)

_RESAMPLES = 2_000
_STEPS = 60
_RIDGE = 1e-2
_CLOSE = 1e-11
_FINITE = 20


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


class Strengths(NamedTuple):
    """Log strengths of the models, mean 0 (a lead of 1 wins 73 % of the games that have a winner).

    `low`, `high` are percentile limits over redrawn prompts, `p_best` the share of resamples each model leads, all of
    shape (models,). `tie` is Davidson's log tie parameter, `first` the log advantage of being shown first. All ``None``
    with a note where some models never lost to (or never met) the rest, so that no finite strength exists.
    """

    log_strength: Floats | None
    low: Floats | None
    high: Floats | None
    p_best: Floats | None
    tie: float | None
    first: float | None
    prompts: int
    method: str
    note: str = ""


class Design(NamedTuple):
    """Log-linear model of the cells: rows (pair, order), outcomes (a wins, tie, b wins), parameters last."""

    tensor: Floats
    models: int
    ties: bool


def strengths(
    games: Games,
    *,
    ties: str = "davidson",
    order: bool = False,
    n_resamples: int = _RESAMPLES,
    level: float = LEVEL,
    seed: Seed = 0,
) -> Strengths:
    """Fit strengths to games.

    Parameters
    ----------
    games : Games
        From :func:`as_games`; models numbered without gaps.
    ties : {"davidson", "half"}
        Davidson 1970 (doi:10.1080/01621459.1970.10481082) gives ties their own parameter; "half" is Bradley & Terry
        1952 (doi:10.1093/biomet/39.3-4.324) with a tie as half a win for both.
    order : bool
        Fit the advantage of being shown first (Davidson & Beaver 1977, doi:10.2307/2529467).
    n_resamples : int
        Redrawn sets of prompts; in them, and only there, a small ridge keeps strengths finite.
    """
    ties, level = as_choice(ties, "ties", ("davidson", "half")), as_fraction(level, "level")
    models, prompts = int(max(games.a.max(), games.b.max())) + 1, int(games.prompt.max()) + 1
    kind = f"{'Davidson' if ties == 'davidson' else 'Bradley-Terry'}{' with order' if order else ''}"
    label = f"{kind}, {counted(prompts, 'prompt')}"
    parts = _components(games, models)
    if parts > 1:
        note = (
            f"the games fall into {parts} groups of models that do not beat one another both ways: no finite strengths"
        )
        return Strengths(None, None, None, None, None, None, prompts, label, note)
    if order and not games.first.all():
        raise reject(
            "games of unknown order", int((games.first == 0).sum()), "0 where order=True (give `first` to as_games)"
        )
    cells, counts = _count(games, prompts, ties == "half")
    design = _design(cells, models, ties == "davidson" and bool((games.score == 0.5).any()), order)
    try:
        fitted = fit(counts.sum(axis=0)[None], design, 0.0)[0]
    except np.linalg.LinAlgError:
        fitted = np.array([np.inf])
    if np.abs(fitted).max() > _FINITE:
        return Strengths(*[None] * 6, prompts, label, "one outcome rules out the others: no finite parameters")
    redrawn = resampled_sums(counts, as_count(n_resamples, "n_resamples"), seed)
    draws = fit(redrawn, design, _RIDGE)[:, :models]
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    best = np.bincount(draws.argmax(axis=1), minlength=models) / len(draws)
    extra = list(fitted[models:])
    first = float(extra.pop()) if order else None
    return Strengths(fitted[:models], low, high, best, float(extra[0]) if extra else None, first, prompts, label)


def _components(games: Games, models: int) -> int:
    """Number of strongly connected groups of the "took points from" graph; strengths are finite for one (Ford 1957)."""
    gave = np.concatenate([games.a[games.score > 0], games.b[games.score < 1]])
    took = np.concatenate([games.b[games.score > 0], games.a[games.score < 1]])
    graph = csr_array((np.ones(gave.size), (gave, took)), shape=(models, models))
    return int(connected_components(graph, directed=True, connection="strong")[0])


def _count(games: Games, prompts: int, half: bool) -> tuple[Floats, Floats]:
    """Distinct (a, b, order) and per prompt the outcomes of each, shape (prompts, 3 * cells)."""
    cells, row = np.unique(np.column_stack([games.a, games.b, games.first]), axis=0, return_inverse=True)
    counts = np.zeros((prompts, len(cells), 3))
    for outcome, weight in enumerate(_outcomes(games.score, half)):
        np.add.at(counts, (games.prompt, row.ravel(), outcome), weight)
    return cells, counts.reshape(prompts, -1)


def _outcomes(score: Floats, half: bool) -> tuple[Floats, Floats, Floats]:
    if half:
        return score, np.zeros_like(score), 1 - score
    return (score == 1).astype(float), (score == 0.5).astype(float), (score == 0).astype(float)


def _design(cells: Floats, models: int, ties: bool, order: bool) -> Design:
    """Log weights of the outcomes: strengths for the wins, their mean plus the tie parameter for the tie."""
    tensor = np.zeros((len(cells), 3, models + ties + order))
    rows = np.arange(len(cells))
    for column, outcome in ((0, 0), (1, 2)):
        tensor[rows, outcome, cells[:, column].astype(int)] = 1
    if order:
        tensor[:, 0, -1], tensor[:, 2, -1] = (cells[:, 2] > 0), (cells[:, 2] < 0)
    tensor[:, 1] = (tensor[:, 0] + tensor[:, 2]) / 2
    if ties:
        tensor[:, 1, models] = 1
    return Design(tensor, models, ties)


def fit(counts: Floats, design: Design, ridge: float) -> Floats:
    """Maximum likelihood by Newton steps for each row of `counts` (sets, 3 * cells); strengths have mean 0."""
    step = max(1, BLOCK_BYTES // (8 * design.tensor.size))
    return np.vstack([_fit_block(counts[i : i + step], design, ridge) for i in range(0, len(counts), step)])


def _fit_block(counts: Floats, design: Design, ridge: float) -> Floats:
    cells, _, width = design.tensor.shape
    totals = counts.reshape(-1, cells, 3).sum(axis=2)
    target, theta = counts @ design.tensor.reshape(-1, width), np.zeros((len(counts), width))
    centred = np.zeros((width, width))
    centred[: design.models, : design.models] = 1.0
    for _ in range(_STEPS):
        expected, curvature = _moments(theta, totals, design)
        curvature += ridge * np.eye(width) + centred
        step = np.linalg.solve(curvature, (target - expected - ridge * theta)[..., None])[..., 0]
        theta += step / np.maximum(1, np.abs(step).max(axis=1, keepdims=True) / 2)
        if np.abs(step).max() < _CLOSE:
            break
    return theta


def _moments(theta: Floats, totals: Floats, design: Design) -> tuple[Floats, Floats]:
    """Expected outcome sums and their covariance at `theta`; Newton's gradient and curvature."""
    x, width = design.tensor, theta.shape[1]
    logits = np.einsum("cow,sw->sco", x, theta, optimize=True)
    if not design.ties:
        logits[:, :, 1] = -np.inf
    weight = np.exp(logits - logits.max(axis=2, keepdims=True))
    weight *= (totals / weight.sum(axis=2))[:, :, None]
    centre = np.einsum("sco,cow->scw", weight, x, optimize=True)
    squares = weight.reshape(len(theta), -1) @ (x[..., :, None] * x[..., None, :]).reshape(-1, width * width)
    scaled = centre / np.sqrt(np.where(totals > 0, totals, 1))[:, :, None]
    return centre.sum(axis=1), squares.reshape(-1, width, width) - scaled.swapaxes(1, 2) @ scaled
