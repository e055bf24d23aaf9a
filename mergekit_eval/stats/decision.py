"""Which of several models to take: estimates shrunk to a shared prior, the chance of being best, and expected regret.

Models of one kind (the merges of a study, its parents) are draws from a normal distribution of unknown mean; the means
of the kinds are draws from a second one. True differences spread as their errors do, times an unknown ratio, which is
integrated over a grid: one value would be 0 in many studies, and the regret then 0.
"""

from collections.abc import Hashable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mergekit_eval.stats.defaults import BLOCK_BYTES, RESAMPLES
from mergekit_eval.stats.validate import ROUNDING, Floats, Seed, as_count, as_generator, as_scores, reject

ALIKE, SCALE = 0.2, 1.0  # prior chance of a ratio of 0; else it is half-Cauchy with this scale
RATIOS = np.append(0.0, 2.0 ** np.arange(-2, 8))  # of true differences to their standard errors
MOST_KINDS = 2  # of several models each: the grid has one dimension for each, and one for their means
NEGLIGIBLE = 1e-6  # of the largest weight on the grid
FEWEST_DRAWS = 1_000  # at a time
TIED = 1e-9  # of the largest estimate: draws of models with the same answers differ by rounding alone

Groups: TypeAlias = dict[Hashable, NDArray[np.intp]]


class Kind(NamedTuple):
    """Mean and standard deviation (posterior median) of the normal distribution that models of a kind are from."""

    mean: float
    sd: float


class Shrunk(NamedTuple):
    """Posterior means, shape (k,), and the kinds by their names: those of several models that some item separates."""

    means: Floats
    kinds: dict[Hashable, Kind]


class Choice(NamedTuple):
    """Chance to be best and expected regret (best minus own, in the unit of the estimates) of k models, shape (k,).

    `p_best` sums to 1: models that no item separates share their part evenly.
    """

    p_best: Floats
    regret: Floats
    shrunk: Shrunk


class _Prior(NamedTuple):
    """Independent normal effects: design (k, m) at a ratio of 1, and the kind they belong to.

    No kind where the effects are the means of the kinds.
    """

    design: Floats
    kind: Hashable | None


class _Posterior(NamedTuple):
    """Contrasts of all rows with independent errors, basis (k, c), and what they say of the ratios of the priors.

    ratios (g, priors) on the grid, their weight (g,), and the gain (g, k, c) of the errors on the contrasts given them.
    """

    basis: Floats
    priors: Sequence[_Prior]
    ratios: Floats
    weight: Floats
    gain: Floats


def shrink(estimates: ArrayLike, covariance: ArrayLike) -> Floats:
    """Return estimates shrunk towards their mean, shape (k,): their true values have one normal distribution.

    Parameters
    ----------
    estimates : array_like, shape (k,)
        Gains of one model on several tasks, say.
    covariance : array_like, shape (k, k)
        Of their errors.

    Raises
    ------
    StatsError
        For shapes that do not fit, or a covariance that is not symmetric with variances of 0 or more.
    """
    y, errors = _checked(estimates, covariance)
    variances = _contrasts(errors)[1]
    unit = np.sqrt(np.median(variances)) if variances.size else 0.0
    posterior = _posterior(y, errors, [_Prior(unit * np.eye(y.size), None)])
    return _means(y, posterior)


def choose(
    estimates: ArrayLike,
    covariance: ArrayLike,
    kinds: ArrayLike | None = None,
    *,
    draws: int = RESAMPLES,
    seed: Seed = 0,
) -> Choice:
    """Return each model's chance of being best and its expected regret.

    Parameters
    ----------
    estimates : array_like, shape (k,)
        Average scores; higher ones are better.
    covariance : array_like, shape (k, k)
        Of their errors; of models that answered the same items it is far from diagonal.
    kinds : array_like, shape (k,), optional
        Rows of one value are of one kind; all are if left out. At most two kinds have several rows.
    draws : int
        From the joint posterior of all models: errors and priors are simulated and then conditioned on the estimates
        (Matheron's rule), one point of the grid for each draw.
    seed : int, SeedSequence or Generator
        Of the draws.

    Raises
    ------
    StatsError
        For shapes that do not fit, a covariance that is not symmetric with variances of 0 or more, or too many kinds.
    """
    y, errors = _checked(estimates, covariance)
    groups = _groups(kinds, y.size)
    posterior, half = _posterior(y, errors, _priors(errors, groups)), root(errors)
    rng, left = as_generator(seed), as_count(draws, "draws")
    first, regret = np.zeros(y.size), np.zeros(y.size)
    step = max(FEWEST_DRAWS, BLOCK_BYTES // (32 * y.size**2))
    for start in range(0, left, step):
        drawn = _drawn(y, posterior, half, rng, min(step, left - start))
        behind = drawn.max(axis=1, keepdims=True) - drawn
        tied = behind <= TIED * np.abs(y).max()
        first += (tied / tied.sum(axis=1, keepdims=True)).sum(axis=0)
        regret += behind.sum(axis=0)
    return Choice(first / left, regret / left, _shrunk(y, groups, posterior))


def _checked(estimates: ArrayLike, covariance: ArrayLike) -> tuple[Floats, Floats]:
    y = as_scores(estimates, "estimates")
    return y, as_covariance(covariance, y.size)


def as_covariance(covariance: ArrayLike, size: int) -> Floats:
    """Return the covariance of the errors of so many estimates, or raise."""
    errors = as_scores(covariance, "covariance", ndim=2)
    if errors.shape != (size, size):
        raise reject("shape of covariance", errors.shape, f"({size}, {size}), as there are estimates")
    if errors.diagonal().min() < 0 or (np.abs(errors - errors.T) > 1e-9 * np.abs(errors)).any():
        raise reject("covariance", "not a covariance", "a symmetric matrix with variances of 0 or more")
    return errors


def _groups(kinds: ArrayLike | None, count: int) -> Groups:
    """Return the rows of every kind, the kinds in the order in which they come."""
    names = np.zeros(count) if kinds is None else np.asarray(kinds)
    if names.shape != (count,):
        raise reject("shape of kinds", names.shape, f"({count},)")
    groups: Groups = {name: np.flatnonzero(names == name) for name in dict.fromkeys(names.tolist())}
    if (several := sum(rows.size > 1 for rows in groups.values())) > MOST_KINDS:
        raise reject("kinds of several models", several, f"at most {MOST_KINDS}")
    return groups


def _posterior(y: Floats, covariance: Floats, priors: Sequence[_Prior]) -> _Posterior:
    """Return the weight of every point of the grid given the contrasts (restricted likelihood), and the gains."""
    basis, errors = _contrasts(covariance)
    used = list(priors) if errors.size else []
    added = [(seen := basis.T @ prior.design) @ seen.T for prior in used]
    sized = len(RATIOS) ** len(used) * max(errors.size, 1) ** 2 * errors.itemsize
    points = _whole_grid(len(used)) if sized <= BLOCK_BYTES else _grid_near_the_mode(errors, added, y @ basis)
    log = _log_posterior(errors, added, y @ basis, points)
    weight = np.exp(log - log.max())
    kept = weight > NEGLIGIBLE
    gain = np.stack([covariance @ basis @ np.linalg.inv(_total(errors, added, point)) for point in points[kept]])
    return _Posterior(basis, used, RATIOS[points[kept]], weight[kept] / weight[kept].sum(), gain)


def _whole_grid(dimensions: int) -> NDArray[np.intp]:
    return np.indices([RATIOS.size] * dimensions).reshape(dimensions, RATIOS.size**dimensions).T


def _grid_near_the_mode(errors: Floats, added: Sequence[Floats], z: Floats) -> NDArray[np.intp]:
    """Return the points that are not negligible and hang together with the mode: of many models these are few.

    The whole grid would need a matrix of all models for each of its points.
    """
    known: dict[tuple[int, ...], float] = {}

    def value(point: tuple[int, ...]) -> float:
        if point not in known:
            known[point] = float(_log_posterior(errors, added, z, np.array([point]))[0])
        return known[point]

    def around(point: tuple[int, ...]) -> list[tuple[int, ...]]:
        steps = [(at, place + move) for at, place in enumerate(point) for move in (-1, 1)]
        return [(*point[:at], to, *point[at + 1 :]) for at, to in steps if 0 <= to < RATIOS.size]

    mode = (RATIOS.size // 2,) * len(added)
    while (better := max(around(mode), key=value)) and value(better) > value(mode):
        mode = better
    todo, found = [mode], {mode}
    while todo:
        near = {one for one in around(todo.pop()) if value(one) - value(mode) > np.log(NEGLIGIBLE)} - found
        todo += near
        found |= near
    return np.array(sorted(found))


def _total(errors: Floats, added: Sequence[Floats], point: NDArray[np.intp]) -> Floats:
    """Return the covariance of the contrasts at one point of the grid."""
    total = np.diag(errors)
    for ratio, what in zip(RATIOS[point], added, strict=True):
        total = total + ratio**2 * what
    return total


def _log_posterior(errors: Floats, added: Sequence[Floats], z: Floats, points: NDArray[np.intp]) -> Floats:
    """Return the log weight of points of the grid given the contrasts z."""
    log = _log_prior()[points].sum(axis=1)
    for at, point in enumerate(points):
        lower = np.linalg.cholesky(_total(errors, added, point))
        log[at] -= np.log(lower.diagonal()).sum() + 0.5 * np.square(np.linalg.solve(lower, z)).sum()
    return np.asarray(log)


def _log_prior() -> Floats:
    """Return the log prior of each ratio: a point at 0, and a half-Cauchy density, evenly spaced in the log."""
    density = RATIOS[1:] / (1 + (RATIOS[1:] / SCALE) ** 2)
    return np.asarray(np.log(np.append(ALIKE, (1 - ALIKE) * density / density.sum())))


def _priors(covariance: Floats, groups: Groups) -> list[_Prior]:
    """Return the prior of each kind of several models that some item separates, and that of the means of the kinds.

    True differences spread as errors do: models that give nearly the same answers have nearly the same true average.
    """
    each = np.eye(len(covariance))
    found = [
        _Prior(each[:, rows] @ root(_centred(covariance[np.ix_(rows, rows)])), kind)
        for kind, rows in groups.items()
        if _contrasts(covariance[np.ix_(rows, rows)])[1].size
    ]
    if len(groups) > 1:
        members = np.stack([each[:, rows].sum(axis=1) for rows in groups.values()], axis=1)
        shares = members / members.sum(axis=0)
        found.append(_Prior(members @ root(_centred(shares.T @ covariance @ shares)), None))
    return found


def _centred(covariance: Floats) -> Floats:
    """Return the covariance of the deviations from the mean over rows."""
    middle = covariance.mean(axis=0)
    return np.asarray(covariance - middle - middle[:, None] + middle.mean())


def _contrasts(covariance: Floats) -> tuple[Floats, Floats]:
    """Return orthonormal contrasts of the rows whose errors are independent, and the variances of these errors.

    What no item separates has no error and is no evidence on a spread: copies of a model count once.
    """
    values, vectors = np.linalg.eigh(_centred(covariance))
    live = values > ROUNDING * covariance.trace()
    return np.asarray(vectors[:, live]), np.asarray(values[live])


def _means(y: Floats, posterior: _Posterior) -> Floats:
    gain = np.tensordot(posterior.weight, posterior.gain, axes=1)
    return np.asarray(y - gain @ (y @ posterior.basis))


def _shrunk(y: Floats, groups: Groups, posterior: _Posterior) -> Shrunk:
    means, kinds = _means(y, posterior), {}
    for prior, ratios in zip(posterior.priors, posterior.ratios.T, strict=True):
        if prior.kind is not None:
            rows = groups[prior.kind]
            typical = np.sqrt((prior.design**2).sum() / (rows.size - 1))
            kinds[prior.kind] = Kind(float(means[rows].mean()), typical * _median(ratios, posterior.weight))
    return Shrunk(means, kinds)


def _median(values: Floats, weight: Floats) -> float:
    order = np.argsort(values, kind="stable")
    return float(values[order][np.searchsorted(weight[order].cumsum(), 0.5)])


def root(covariance: Floats) -> Floats:
    """Return the symmetric square root, which is unique: draws do not depend on the linear-algebra library."""
    values, vectors = np.linalg.eigh(covariance)
    sure = np.where(values > ROUNDING * np.abs(values).max(), values, 0.0)
    return np.asarray((vectors * np.sqrt(sure)) @ vectors.T)


def _drawn(y: Floats, posterior: _Posterior, half: Floats, rng: np.random.Generator, count: int) -> Floats:
    """Return draws of the true values given the estimates, shape (count, k)."""
    noise = rng.standard_normal((count, y.size)) @ half
    point = rng.choice(posterior.weight.size, size=count, p=posterior.weight)
    simulated = noise.copy()
    for prior, ratio in zip(posterior.priors, posterior.ratios[point].T, strict=True):
        simulated += ratio[:, None] * rng.standard_normal((count, prior.design.shape[1])) @ prior.design.T
    surprise = (y - simulated) @ posterior.basis
    drawn = y - noise
    for at in np.unique(point):
        drawn[point == at] -= surprise[point == at] @ posterior.gain[at].T
    return np.asarray(drawn)
