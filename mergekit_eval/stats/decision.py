"""Which of several models to take: estimates shrunk to a shared prior, the chance of being best, and expected regret.

Rows of a shared prior (merges of one study) are draws from a normal distribution of unknown mean, whose standard
deviation tau has a half-Cauchy prior (Gelman 2006, doi:10.1214/06-BA117A) with a scale of half a standard error. It is
integrated over: one value of tau would be 0 in many studies and the regret then 0. Other rows keep a flat prior.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mergekit_eval.stats.defaults import BLOCK_BYTES, RESAMPLES
from mergekit_eval.stats.validate import ROUNDING, Floats, Seed, as_count, as_generator, as_scores, reject

SCALE = 0.5  # of the half-Cauchy prior, in standard errors; calibrated in docs/statistics.md
GRID = np.exp(np.linspace(-6, 10, 257))  # values of tau that are integrated over, in standard errors
TIED = 1e-9  # of the largest estimate: draws of models with the same answers differ by rounding alone


class Shrunk(NamedTuple):
    """Posterior means, shape (k,), and the mean and the standard deviation (posterior median) of the shared prior.

    Without two rows that share a prior and differ in some item, the means are the estimates and there is no prior.
    """

    means: Floats
    prior_mean: float | None
    prior_sd: float | None


class Choice(NamedTuple):
    """Chance to be best and expected regret (best minus own, in the unit of the estimates) of k models, shape (k,).

    `p_best` sums to 1: models that no item separates share their part evenly.
    """

    p_best: Floats
    regret: Floats
    shrunk: Shrunk


class _Prior(NamedTuple):
    """Contrasts of the rows that share a prior, with independent errors, and the posterior of the prior's tau.

    basis (k, c), errors (c,) their variances, covariance (k, c) of all rows' errors with them; sd, weight (g,).
    """

    basis: Floats
    errors: Floats
    covariance: Floats
    sd: Floats
    weight: Floats


def shrink(estimates: ArrayLike, covariance: ArrayLike, shared: ArrayLike | None = None) -> Shrunk:
    """Shrink estimates towards the mean of those that share a prior.

    Parameters
    ----------
    estimates : array_like, shape (k,)
        Scores or gains.
    covariance : array_like, shape (k, k)
        Of their errors; of models that answered the same items it is far from diagonal.
    shared : array_like of bool, shape (k,), optional
        Which rows share a prior; all of them if left out.

    Raises
    ------
    StatsError
        For shapes that do not fit, or a covariance that is not symmetric with variances of 0 or more.
    """
    y, errors, rows = _checked(estimates, covariance, shared)
    return _shrunk(y, rows, _prior(y, errors, rows))


def choose(
    estimates: ArrayLike,
    covariance: ArrayLike,
    shared: ArrayLike | None = None,
    *,
    draws: int = RESAMPLES,
    seed: Seed = 0,
) -> Choice:
    """Return each model's chance of being best and its expected regret.

    Parameters
    ----------
    estimates, covariance, shared
        As for `shrink`; higher estimates are better.
    draws : int
        From the joint posterior of all models: errors and prior are simulated and then conditioned on the estimates
        (Matheron's rule), one tau for each draw.
    seed : int, SeedSequence or Generator
        Of the draws.
    """
    y, errors, rows = _checked(estimates, covariance, shared)
    prior, half = _prior(y, errors, rows), root(errors)
    rng, left = as_generator(seed), as_count(draws, "draws")
    first, regret = np.zeros(y.size), np.zeros(y.size)
    step = max(1, BLOCK_BYTES // (32 * y.size))
    for start in range(0, left, step):
        drawn = _drawn(y, prior, half, rng, min(step, left - start))
        behind = drawn.max(axis=1, keepdims=True) - drawn
        tied = behind <= TIED * np.abs(y).max()
        first += (tied / tied.sum(axis=1, keepdims=True)).sum(axis=0)
        regret += behind.sum(axis=0)
    return Choice(first / left, regret / left, _shrunk(y, rows, prior))


def _checked(
    estimates: ArrayLike, covariance: ArrayLike, shared: ArrayLike | None
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    y = as_scores(estimates, "estimates")
    errors = as_covariance(covariance, y.size)
    rows = np.ones(y.size, dtype=bool) if shared is None else np.asarray(shared, dtype=bool)
    if rows.shape != y.shape:
        raise reject("shape of shared", rows.shape, f"({y.size},)")
    return y, errors, rows


def as_covariance(covariance: ArrayLike, size: int) -> Floats:
    """Return the covariance of the errors of so many estimates, or raise."""
    errors = as_scores(covariance, "covariance", ndim=2)
    if errors.shape != (size, size):
        raise reject("shape of covariance", errors.shape, f"({size}, {size}), as there are estimates")
    if errors.diagonal().min() < 0 or not np.allclose(errors, errors.T, rtol=1e-9, atol=0):
        raise reject("covariance", "not a covariance", "a symmetric matrix with variances of 0 or more")
    return errors


def _prior(y: Floats, covariance: Floats, rows: NDArray[np.bool_]) -> _Prior:
    """Return the contrasts of the rows and the weight of every tau, given the contrasts (restricted likelihood)."""
    basis, errors = _contrasts(covariance, rows)
    if not errors.size:
        return _Prior(basis, errors, basis, np.zeros(1), np.ones(1))
    sd = GRID * np.sqrt(np.median(errors))
    total = errors + sd[:, None] ** 2
    likelihood = -0.5 * (np.log(total) + (y @ basis) ** 2 / total).sum(axis=1)
    density = likelihood + np.log(GRID) - np.log1p((GRID / SCALE) ** 2)  # of log tau, whose grid is even
    weight = np.exp(density - density.max())
    return _Prior(basis, errors, covariance @ basis, sd, weight / weight.sum())


def _contrasts(covariance: Floats, rows: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return orthonormal contrasts of the rows whose errors are independent, and the variances of these errors.

    What no item separates has no error and is no evidence on tau: copies of a model count once.
    """
    if rows.sum() < 2:
        return np.zeros((rows.size, 0)), np.zeros(0)
    own = covariance[np.ix_(rows, rows)]
    middle = own.mean(axis=0)
    values, vectors = np.linalg.eigh(own - middle - middle[:, None] + middle.mean())
    live = values > ROUNDING * own.trace()
    basis = np.zeros((rows.size, int(live.sum())))
    basis[rows] = vectors[:, live]
    return basis, values[live]


def _shrunk(y: Floats, rows: NDArray[np.bool_], prior: _Prior) -> Shrunk:
    if not prior.errors.size:
        return Shrunk(y, None, None)
    precision = prior.weight @ (1 / (prior.errors + prior.sd[:, None] ** 2))
    means = y - prior.covariance @ (precision * (y @ prior.basis))
    middle = np.searchsorted(prior.weight.cumsum(), 0.5)
    return Shrunk(means, float(means[rows].mean()), float(prior.sd[middle]))


def root(covariance: Floats) -> Floats:
    """Return the symmetric square root, which is unique: draws do not depend on the linear-algebra library."""
    values, vectors = np.linalg.eigh(covariance)
    sure = np.where(values > ROUNDING * np.abs(values).max(), values, 0.0)
    return np.asarray((vectors * np.sqrt(sure)) @ vectors.T)


def _drawn(y: Floats, prior: _Prior, half: Floats, rng: np.random.Generator, count: int) -> Floats:
    """Return draws of the true values given the estimates, shape (count, k)."""
    noise = rng.standard_normal((count, y.size)) @ half
    tau = rng.choice(prior.sd, size=(count, 1), p=prior.weight)
    simulated = noise + tau * rng.standard_normal((count, y.size))
    surprise = ((y - simulated) @ prior.basis) / (prior.errors + tau**2)
    return np.asarray(y - noise - surprise @ prior.covariance.T)
