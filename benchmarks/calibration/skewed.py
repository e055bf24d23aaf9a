"""Paired differences with a few rare values: level, power beside plain sign flips, and whether the tail is seen."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.calibration.cells import Cell, Cells
from benchmarks.calibration.draws import cluster_sizes, paired_binary
from benchmarks.calibration.flips import flip_p_many, plain_flip_p_many
from mergekit_eval.stats.binary import mcnemar_exact, mcnemar_midp
from mergekit_eval.stats.signflip import FEWEST_RARE, rare_values

SIZES = (30, 60, 200, 500)
FAMILY, KIT, PLAIN = "paired skewed", "sign flips, corrected (kit)", "plain sign flips"
FLAGGED, REST = "rows that say tail not seen", "level of the other rows"
EFFECT = 2.6  # standard errors of the true difference: power of three in four
Draw = Callable[[tuple[int, int], np.random.Generator], np.ndarray]


class Law(NamedTuple):
    """Differences with mean 0 and their rare values upwards; `rare` of them are expected, n over squared skewness."""

    name: str
    rare: float
    draw: Draw


def laws(n: int) -> Iterator[Law]:
    """Laws for ``n`` units: rare wins of one size among small losses, with a spread or ties among them, long tails."""
    for k in (1, 2, 5, 8, 15):
        if k > n / 4:
            continue
        yield Law(f"{k} wins expected", k, _rare(k / n, 0.0, 0.0))
        yield Law(f"{k} wins expected, spread losses", k, _rare(k / n, 0.3, 0.0))
        if k >= FEWEST_RARE:
            yield Law(f"{k} wins expected, half ties", k, _rare(k / n, 0.0, 0.5))
    yield Law("exponential", n / 4, _exponential)
    yield Law("lognormal", n / 38.2, _lognormal)


def _rare(share: float, spread: float, ties: float) -> Draw:
    """Wins of 1 with probability ``share``, ties, and else losses; ``spread`` in standard deviations of the wins."""

    def draw(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
        pick, loss = rng.random(shape), -share / (1 - ties - share)
        exact = np.where(pick < share, 1.0, np.where(pick < 1 - ties, loss, 0.0))
        return exact + spread * np.sqrt(share) * rng.standard_normal(shape) if spread else exact

    return draw


def _exponential(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    return rng.exponential(size=shape) - 1


def _lognormal(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    return np.exp(rng.standard_normal(shape)) - np.exp(0.5)


def skewed(reps: int, rng: np.random.Generator, sizes: tuple[int, ...] = SIZES) -> Cells:
    """Level of items, with the flag beside it, and power where rare wins help and where they hide a loss."""
    for n in sizes:
        for law in laws(n):
            d, ones = law.draw((reps, n), rng), np.ones(n)
            kit, plain = flip_p_many(d, ones, rng) <= 0.05, plain_flip_p_many(d, rng) <= 0.05
            spread = np.ptp(d, axis=1) > 0
            seen = spread & np.array([rare_values(row, ones) >= FEWEST_RARE for row in d])
            yield from _levels(law, n, kit, plain, seen)
            if law.rare >= FEWEST_RARE:
                yield from _powers(law, n, ones, _holds(plain), max(reps // 5, 1), rng)


def _holds(rejected: np.ndarray) -> bool:
    """Whether a test holds its level of 5 % as every other cell has to: then its power is something to compare with."""
    return Cell("", "", "", 0, "level", float(rejected.mean()), len(rejected)).passes


def _levels(law: Law, n: int, kit: np.ndarray, plain: np.ndarray, seen: np.ndarray) -> Cells:
    kind, reps = "level" if law.rare >= FEWEST_RARE else "observed", len(kit)
    yield Cell(FAMILY, KIT, law.name, n, kind, float(kit.mean()), reps)
    yield Cell(FAMILY, PLAIN, law.name, n, kind, float(plain.mean()), reps)
    yield Cell(FAMILY, FLAGGED, law.name, n, "observed", float((~seen).mean()), reps)
    false = float((kit & seen).sum() / max(seen.sum(), 1))
    yield Cell(FAMILY, REST, law.name, n, "observed", false, reps)


def _powers(law: Law, n: int, sizes: np.ndarray, holds: bool, reps: int, rng: np.random.Generator) -> Cells:
    scale = law.draw((20_000, 1), rng).std()
    step = EFFECT * scale * np.sqrt((sizes**2).sum()) / sizes.sum()
    for side, word in ((1, "better"), (-1, "worse")):
        d = (law.draw((reps, sizes.size), rng) + side * step) * sizes
        kit, plain = flip_p_many(d, sizes, rng) <= 0.05, plain_flip_p_many(d, rng) <= 0.05
        yield from _beside((FAMILY, KIT, PLAIN), f"{law.name}, {word}", kit, plain, n=n, holds=holds)


def _beside(
    names: tuple[str, str, str], setting: str, kit: np.ndarray, other: np.ndarray, *, n: int, holds: bool
) -> Cells:
    """Power of the kit's test and of another; what the kit's loses counts where the other one holds its level."""
    family, ours, theirs = names
    yield Cell(family, ours, setting, n, "observed", float(kit.mean()), len(kit))
    yield Cell(family, theirs, setting, n, "observed", float(other.mean()), len(kit))
    loss = max(float(other.mean() - kit.mean()), 0.0)
    yield Cell(family, ours, setting, n, "power loss" if holds else "observed loss", loss, len(kit))


def skewed_clusters(reps: int, rng: np.random.Generator, groups: tuple[int, ...] = (30, 60, 200)) -> Cells:
    """The same for clusters of unequal size that move together."""
    for count in groups:
        sizes = cluster_sizes(count, 5)
        for law in laws(count):
            if law.rare < FEWEST_RARE or "half ties" in law.name:
                continue
            name = law._replace(name=f"{count} clusters, {law.name}")
            d = law.draw((reps, count), rng) * sizes
            kit, plain = flip_p_many(d, sizes, rng) <= 0.05, plain_flip_p_many(d, rng) <= 0.05
            n = int(sizes.sum())
            yield Cell(FAMILY, KIT, name.name, n, "level", float(kit.mean()), reps)
            yield Cell(FAMILY, PLAIN, name.name, n, "level", float(plain.mean()), reps)
            yield from _powers(name, n, sizes, _holds(plain), max(reps // 5, 1), rng)


def right_wrong(reps: int, rng: np.random.Generator, sizes: tuple[int, ...] = SIZES) -> Cells:
    """Power of mid-p McNemar beside the exact test, which is that of all sign flips of right and wrong answers."""
    for n in sizes:
        for rate, phi in ((0.5, 0.5), (0.8, 0.7), (0.95, 0.7)):
            gap = EFFECT * np.sqrt(2 * rate * (1 - rate) * (1 - phi) / n)
            low = max(rate - gap, 0.02)
            most = np.sqrt(low * (1 - rate) / (rate * (1 - low)))
            _, wins, losses, _ = paired_binary(low, rate, min(phi, 0.98 * most), n, reps, rng).T
            kit, exact = mcnemar_midp(wins, losses) <= 0.05, mcnemar_exact(wins, losses) <= 0.05
            names = ("paired binary", "McNemar mid-p", "McNemar exact")
            yield from _beside(names, f"rate {rate:g}, phi {phi:g}, worse", kit, exact, n=n, holds=True)
