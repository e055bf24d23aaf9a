"""Data generators with a known truth."""

import numpy as np

UNIT_KINDS = ("uniform", "beta(9, .5)", "beta(.3, 5)", "F1-like", "F1-like, near ceiling", "0, 1 and halves")
SIGNED_KINDS = ("normal", "t3", "exponential", "lognormal", "ceiling gap", "70 % ties", "95 % ties", "rare loss")
CLUSTER_SHAPES = tuple(
    (groups, size, icc, rate)
    for groups, size in ((10, 5), (20, 5), (40, 5), (40, 20), (100, 5), (250, 20))
    for icc in (0.0, 0.1, 0.5)
    for rate in (0.5, 0.9, 0.98)
)


def paired_binary(rate_a: float, rate_b: float, phi: float, n: int, reps: int, rng: np.random.Generator) -> np.ndarray:
    """Counts (both, only a, only b, neither), shape (reps, 4), with item correlation `phi`."""
    both = rate_a * rate_b + phi * np.sqrt(rate_a * (1 - rate_a) * rate_b * (1 - rate_b))
    cells = np.array([both, rate_a - both, rate_b - both, 1 - rate_a - rate_b + both])
    if cells.min() < -1e-9:
        raise ValueError(f"no table has rates {rate_a}, {rate_b} and phi {phi}")
    return rng.multinomial(n, np.clip(cells, 0, 1) / np.clip(cells, 0, 1).sum(), size=reps)


def unit_scores(kind: str, shape: tuple[int, int], rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Scores in [0, 1] and their true mean."""
    if kind == "uniform":
        return rng.random(shape), 0.5
    if kind == "beta(9, .5)":
        return rng.beta(9, 0.5, shape), 9 / 9.5
    if kind == "beta(.3, 5)":
        return rng.beta(0.3, 5, shape), 0.3 / 5.3
    pick, part = rng.random(shape), rng.beta(2, 2, shape)
    if kind == "F1-like":
        return np.where(pick < 0.3, 0, np.where(pick < 0.5, 1, part)), 0.2 + 0.5 * 0.5
    if kind == "F1-like, near ceiling":
        return np.where(pick < 0.02, 0, np.where(pick < 0.05, part, 1)), 0.95 + 0.03 * 0.5
    return np.where(pick < 0.3, 0, np.where(pick < 0.6, 0.5, 1.0)), 0.3 * 0.5 + 0.4


def signed_differences(kind: str, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Paired differences with true mean 0."""
    if kind == "normal":
        return rng.standard_normal(shape)
    if kind == "t3":
        return rng.standard_t(3, shape)
    if kind == "exponential":
        return rng.exponential(size=shape) - 1
    if kind == "lognormal":
        return np.exp(rng.standard_normal(shape)) - np.exp(0.5)
    if kind == "ceiling gap":
        return rng.beta(9, 0.5, shape) - rng.beta(4.5, 0.25, shape)
    pick = rng.random(shape)
    if kind == "70 % ties":
        return np.where(pick < 0.7, 0, np.where(pick < 0.9, -0.2, 0.4))
    if kind == "95 % ties":
        return np.where(pick < 0.95, 0, np.where(pick < 0.975, -0.5, 0.5))
    return np.where(pick < 0.05, -0.95, 0.05)


def cluster_sizes(groups: int, size: int) -> np.ndarray:
    """Unequal sizes with mean about `size`: from 1 to twice the mean, spread evenly."""
    return np.round(np.linspace(1, 2 * size - 1, groups))


def clustered_binary(rate: float, icc: float, sizes: np.ndarray, reps: int, rng: np.random.Generator) -> np.ndarray:
    """Right answers per cluster, shape (reps, clusters): beta-binomial with the given intra-cluster correlation."""
    if icc == 0:
        return rng.binomial(sizes.astype(int), rate, size=(reps, len(sizes))).astype(float)
    scale = (1 - icc) / icc
    shares = rng.beta(rate * scale, (1 - rate) * scale, size=(reps, len(sizes)))
    return rng.binomial(sizes.astype(int), shares).astype(float)


def clustered_differences(
    spread: float, icc: float, sizes: np.ndarray, reps: int, rng: np.random.Generator
) -> np.ndarray:
    """Sums per cluster of paired differences -1, 0, 1 with mean 0; `spread` is the share that is not 0."""
    n = sizes.astype(int)
    discordant = rng.binomial(n, spread, size=(reps, len(n)))
    lean = np.full((reps, len(n)), 0.5)
    if icc > 0:
        lean = rng.beta(0.5 * (1 - icc) / icc, 0.5 * (1 - icc) / icc, size=lean.shape)
    return 2.0 * rng.binomial(discordant, lean) - discordant


def null_scores(models: int, n: int, rate: float, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Copies of one model re-run: every item is right with its own probability, drawn anew per copy.

    `noise` is the share of items whose answer is a fresh coin with the base rate; the others never change.
    """
    fixed = rng.random(n) < rate
    fresh = rng.random((n, models)) < rate
    return np.where((rng.random(n) < noise)[:, None], fresh, fixed[:, None]).astype(float)
