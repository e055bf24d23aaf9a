"""Argument checks of the statistics: one error type, one wording.

Convention of the whole package: a call that makes no sense (lengths that differ, NaN, a level of 95) raises
:class:`StatsError`; data that are well formed but cannot answer (one item, one cluster, three models) give ``None`` in
the fields that have no honest value and say why in ``note``. No function returns NaN in a scalar field, or p = 0.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats as sps

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Seed = int | np.random.SeedSequence | np.random.Generator

TINY = float(np.finfo(float).tiny)
ROUNDING = 1e-12
"""Spread below this share of the values is what subtracting them leaves, not data."""


class StatsError(ValueError):
    """An argument of a statistic makes no sense; the text names it, its value and what is allowed."""


def reject(argument: str, value: object, allowed: str) -> StatsError:
    """Build the error that names the argument, its value and what is allowed."""
    shown = repr(value)
    return StatsError(f"{argument} = {shown if len(shown) <= 120 else shown[:117] + '...'}; allowed: {allowed}.")


def counted(number: int, noun: str) -> str:
    """Return a number with its noun in the right form (`mergekit_eval.wording` is a floor above this one)."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def as_scores(values: ArrayLike, argument: str, *, ndim: int = 1) -> Floats:
    """Return `values` as a non-empty finite float array, or raise naming the first bad entry."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise reject(argument, values, "numbers (missing ones left out before the call)") from error
    if array.ndim != ndim or array.size == 0:
        raise reject(f"shape of {argument}", array.shape, f"{ndim} dimension(s), at least one value")
    bad = np.argwhere(~np.isfinite(array))
    if bad.size:
        place = ", ".join(str(i) for i in bad[0])
        raise reject(f"{argument}[{place}]", float(array[tuple(bad[0])]), f"finite numbers ({len(bad)} are not)")
    return array


def as_pair(a: ArrayLike, b: ArrayLike, names: tuple[str, str] = ("a", "b")) -> tuple[Floats, Floats]:
    """Return two finite arrays of one length."""
    left, right = as_scores(a, names[0]), as_scores(b, names[1])
    if left.shape != right.shape:
        lengths = (left.size, right.size)
        raise reject(f"lengths of {names[0]} and {names[1]}", lengths, "equal lengths, one value per shared item")
    return left, right


def as_fraction(value: float, argument: str) -> float:
    """Return a number strictly between 0 and 1."""
    if not (isinstance(value, (int, float, np.number)) and 0 < value < 1):
        raise reject(argument, value, "a number between 0 and 1, such as 0.95 for 95 %")
    return float(value)


def as_count(value: int, argument: str, *, least: int = 1) -> int:
    """Return a whole number of at least `least`."""
    if not (isinstance(value, (int, float, np.number)) and math.isfinite(value) and value == int(value) >= least):
        raise reject(argument, value, f"a whole number, {least} or more")
    return int(value)


def as_choice(value: str, argument: str, choices: Sequence[str]) -> str:
    """Return one of the named choices."""
    if value not in choices:
        raise reject(argument, value, " | ".join(choices))
    return value


def as_numbers(ids: ArrayLike, n: int, argument: str) -> Ints:
    """Return ids as integers 0 ... G-1, one per item."""
    names = np.asarray(ids)
    if names.shape != (n,):
        raise reject(f"shape of {argument}", names.shape, f"one id for each of the {n} items")
    if names.dtype.kind == "f" and not np.isfinite(names).all():
        raise reject(argument, "contains NaN", "one id for each item")
    return np.unique(names, return_inverse=True)[1].astype(np.intp)


def as_clusters(clusters: ArrayLike | None, n: int) -> Ints | None:
    """Return cluster ids as integers 0 ... G-1, one per item; ``None`` where every item is a unit of its own."""
    ids = None if clusters is None else as_numbers(clusters, n, "clusters")
    return ids if ids is not None and units_of(n, ids) < n else None


def units_of(n: int, ids: Ints | None) -> int:
    """Return how many independent units n items are: clusters, or the items themselves."""
    return n if ids is None else int(ids.max()) + 1


def as_counts(**counts: ArrayLike) -> list[Floats]:
    """Return named counts as arrays of one shape: finite, 0 or more, and at least one in all together."""
    arrays = [np.asarray(value, dtype=float) for value in counts.values()]
    for name, array in zip(counts, arrays, strict=True):
        if not (np.isfinite(array) & (array >= 0)).all():
            raise reject(name, array.tolist(), "finite counts of 0 or more")
    try:
        return list(np.broadcast_arrays(*arrays))
    except ValueError as error:
        raise reject(f"shapes of {', '.join(counts)}", [a.shape for a in arrays], "shapes that fit together") from error


def as_p(p: ArrayLike, argument: str = "p") -> Floats:
    """Return p-values within (0, 1]; exact zeros (underflow elsewhere) become the smallest positive number."""
    array = as_scores(p, argument)
    if array.min() < 0 or array.max() > 1:
        raise reject(argument, float(array.min() if array.min() < 0 else array.max()), "p-values between 0 and 1")
    return np.maximum(array, TINY)


def as_generator(seed: Seed) -> np.random.Generator:
    """Return a generator; ``None`` is refused, because a number nobody can repeat is not a result."""
    allowed = "a whole number of 0 or more, a SeedSequence or a numpy Generator"
    if seed is None or isinstance(seed, bool):
        raise reject("seed", seed, allowed)
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise reject("seed", seed, allowed) from error


def is_flat(x: Floats, size: float | None = None) -> bool:
    """Tell whether all values are equal up to rounding, relative to `size` (the largest of them if left out)."""
    return bool(np.ptp(x) <= ROUNDING * (np.abs(x).max() if size is None else size))


def is_binary(*arrays: Floats) -> bool:
    """Tell whether every value is 0 or 1."""
    return all(bool(((x == 0) | (x == 1)).all()) for x in arrays)


@lru_cache(maxsize=64)
def two_sided_z(level: float) -> float:
    """Normal quantile of a two-sided interval, 1.96 for 0.95; kept, as a study asks for one value throughout."""
    return float(sps.norm.isf((1 - level) / 2))
