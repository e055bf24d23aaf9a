"""Ratios and ranks."""

import numpy as np

from benchmarks.calibration.cells import Cell, Cells, coverage
from benchmarks.calibration.draws import paired_binary
from mergekit_eval import stats

RESAMPLES = 999


def ratios(reps: int, rng: np.random.Generator, sizes: tuple = (50, 200, 1000)) -> Cells:
    """Retention above chance; refused data sets are replaced by others, and their share stands in the setting."""
    for n in sizes:
        for parent, merge, chance in ((0.7, 0.6, 0.25), (0.5, 0.5, 0.25), (0.35, 0.3, 0.25)):
            truth, limits, tried = (merge - chance) / (parent - chance), [], 0
            while len(limits) < reps:
                cells = paired_binary(merge, parent, 0.5, n, 1, rng)[0]
                a, b = np.repeat([(1, 1), (1, 0), (0, 1), (0, 0)], cells, axis=0).T
                above = float(a.mean() - chance), float(b.mean() - chance)
                found = stats.ratio_of_averages(*above, np.cov(a, b) / n, df=n - 1)
                limits.extend([(found.low, found.high)] * (found.low is not None))
                tried += 1
            setting = f"{merge:g} of {parent:g}, chance {chance:g}, {1 - reps / tried:.0%} refused"
            yield coverage("ratio", "Fieller", setting, n, *np.array(limits).T, truth)


def ranks(reps: int, rng: np.random.Generator, n: int = 400, models: int = 8) -> Cells:
    """Whether the rank sets of all models hold all true ranks at once; with ties any of the tied ranks is true."""
    for name, rates in (
        ("all equal", np.full(models, 0.6)),
        ("two groups", np.repeat([0.55, 0.65], models // 2)),
        ("spread", np.linspace(0.5, 0.7, models)),
    ):
        best = 1 + (rates[None] > rates[:, None] + 1e-9).sum(axis=1)
        worst = (rates[None] >= rates[:, None] - 1e-9).sum(axis=1)
        joint, naive = np.empty(reps, dtype=bool), np.empty(reps, dtype=bool)
        for i in range(reps):
            easy = rng.random((n, 1))
            x = (0.5 * easy + 0.5 * rng.random((n, models)) < _threshold(rates)).astype(float)
            means_ = stats.weighted_draws(stats.bootstrap_draws([x], n_resamples=RESAMPLES, seed=i))
            sets, plain = stats.rank_sets(means_, x.mean(axis=0)), stats.rank_distribution(means_)
            joint[i] = ((sets.low <= best) & (sets.high >= worst)).all()
            naive[i] = ((plain.low <= best) & (plain.high >= worst)).all()
        yield Cell("ranks", "simultaneous rank sets", name, n, "coverage", float(joint.mean()), reps)
        yield Cell("ranks", "bootstrap rank intervals (naive)", name, n, "coverage", float(naive.mean()), reps)


def _threshold(rates: np.ndarray) -> np.ndarray:
    """Point below which half the sum of two uniform numbers falls with the given probability."""
    return np.where(rates < 0.5, np.sqrt(rates / 2), 1 - np.sqrt((1 - rates) / 2))


def _from_intervals(family: str, method: str, setting: str, n: int, found: list, truth: float) -> Cell:
    held = [i.low is not None and i.low <= truth + 1e-12 and i.high >= truth - 1e-12 for i in found]
    return Cell(family, method, setting, n, "coverage", float(np.mean(held)), len(found))
