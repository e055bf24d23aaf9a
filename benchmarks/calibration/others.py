"""What the other parts leave out: differences of F1, agreement, overlapping subsets, pass@k, Davidson, planning."""

import numpy as np
from scipy import stats as sps

from benchmarks.calibration.cells import Cell, Cells, coverage, level
from benchmarks.calibration.draws import paired_binary
from benchmarks.calibration.functionals import RESAMPLES, _from_intervals
from mergekit_eval import stats
from mergekit_eval.stats.binary import kappa, mcnemar_midp

F1_SHAPES = ((100, 0.5, 0.2), (100, 0.2, 0.1), (500, 0.2, 0.1))


def metric_differences(reps: int, rng: np.random.Generator, shapes: tuple = F1_SHAPES) -> Cells:
    """F1 of two classifiers that err equally often, on the same items."""
    for n, positives, error in shapes:
        found = []
        for i in range(reps):
            actual = rng.random(n) < positives
            hard = rng.random(n) < 0.5
            wrong = np.where(hard, rng.random(n) < error, (rng.random((2, n)) < error))
            parts = [stats.confusion_parts((actual ^ w).astype(int), actual.astype(int)) for w in wrong]
            found.append(stats.metric_difference(*parts, "f1", n_resamples=RESAMPLES, seed=i))
        setting = f"{positives:.0%} positive, error {error:g}"
        yield level("metric difference", "f1, exchange of outputs", setting, n, [f.p for f in found])
        yield _from_intervals("metric difference", "f1, BCa", setting, n, found, 0.0)


def agreements(reps: int, rng: np.random.Generator, sizes: tuple = (50, 200, 500)) -> Cells:
    """Cohen's kappa of two models; items redrawn."""
    for n in sizes:
        for rate, phi in ((0.5, 0.0), (0.7, 0.5), (0.9, 0.5)):
            cells = paired_binary(rate, rate, phi, n, reps, rng) / n
            share = np.array([rate**2 + phi * rate * (1 - rate), *[(1 - phi) * rate * (1 - rate)] * 2])
            truth = float(kappa(np.append(share, 1 - share.sum())[None])[0])
            found = [_kappa(c, n, i) for i, c in enumerate(cells)]
            yield _from_intervals("agreement", "kappa, percentile", f"rate {rate:g}, phi {phi:g}", n, found, truth)


def _kappa(cells: np.ndarray, n: int, seed: int) -> stats.Agreement:
    a, b = np.repeat([(1, 1), (1, 0), (0, 1), (0, 0)], np.round(cells * n).astype(int), axis=0).T
    return stats.agreement(a, b, seed=seed)


def overlaps(reps: int, rng: np.random.Generator, sizes: tuple = (60, 200, 600)) -> Cells:
    """Three nested subsets (all, half, a quarter), averaged equally; beside it the errors added as if distinct."""
    for n in sizes:
        for rate in (0.3, 0.9):
            keys, found, plain = np.arange(n), [], []
            for _ in range(reps):
                x = (rng.random(n) < rate).astype(float)
                parts, ids = [x, x[: n // 2], x[: n // 4]], [keys, keys[: n // 2], keys[: n // 4]]
                found.append(stats.overlapping(parts, ids))
                errors = [part.std(ddof=1) / np.sqrt(part.size) for part in parts]
                plain.append(stats.aggregate([part.mean() for part in parts], errors))
            setting = f"nested subsets, rate {rate:g}"
            yield _from_intervals("overlap", "overlapping (kit)", setting, n, found, rate)
            yield _from_intervals("overlap", "as if distinct", setting, n, plain, rate)


def passes(reps: int, rng: np.random.Generator, sizes: tuple = (164,)) -> Cells:
    """pass@1 and pass@5 from ten answers; the chance of a problem is Beta(.4, .6), so many are never solved."""
    for n in sizes:
        for k in (1, 5):
            truth = 1 - float(np.exp(np.sum(np.log((0.6 + np.arange(k)) / (1.0 + np.arange(k))))))
            counts = rng.binomial(10, rng.beta(0.4, 0.6, (reps, n)))
            found = [stats.pass_at_k_interval(c, np.full(n, 10), k, seed=0) for c in counts]
            yield _from_intervals("pass@k", f"pass@{k}", "10 answers a problem", n, found, truth)


def davidson(reps: int, rng: np.random.Generator, prompts: int = 80) -> Cells:
    """Davidson strengths with a quarter or so of ties; both orders, games of a prompt independent."""
    truth, nu = np.array([0.5, 0.0, -0.5]), 0.7
    a, b = np.tile(np.array([(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)]), (prompts, 1)).T
    lift = np.exp(truth)
    weights = np.array([lift[a], nu * np.sqrt(lift[a] * lift[b]), lift[b]])
    edges, prompt, found = np.cumsum(weights / weights.sum(axis=0), axis=0), np.repeat(np.arange(prompts), 6), []
    for i in range(reps):
        score = 1 - (rng.random(a.size) > edges[:2]).sum(axis=0) / 2
        found.append(stats.strengths(stats.as_games(a, b, score, prompt), n_resamples=299, seed=i))
    kept = [s for s in found if s.low is not None]
    low, high = ([s.low[0] for s in kept], [s.high[0] for s in kept])
    setting = f"3 models, {prompts} prompts x 2 games"
    yield coverage("preference", "Davidson, prompts redrawn", setting, prompts, low, high, 0.5)


def corrected(reps: int, rng: np.random.Generator, sizes: tuple = (8, 20, 50)) -> Cells:
    """Correlation of true scores from noisy ones; refused data sets are replaced and counted in the setting."""
    for n in sizes:
        for rho, noise in ((0.5, 0.3), (0.9, 0.6)):
            error, kept, tried = np.full(n, noise), [], 0
            while len(kept) < reps:
                true = rng.standard_normal((2, n))
                both = np.array([true[0], rho * true[0] + np.sqrt(1 - rho**2) * true[1]])
                found = stats.disattenuate(*(both + noise * rng.standard_normal((2, n))), error, error)
                kept.extend([found] * (found.low is not None))
                tried += 1
            setting = f"true r {rho:g}, noise {noise:g}, {1 - reps / tried:.0%} refused"
            yield _from_intervals("disattenuated", "limits over the root", setting, n, kept, rho)


def planning(reps: int, rng: np.random.Generator) -> Cells:
    """Whether `items_needed` items find the difference 80 % of the time, by mid-p McNemar."""
    for rate, gap, phi in ((0.5, 0.05, 0.5), (0.5, 0.05, 0.8), (0.8, 0.1, 0.3), (0.9, 0.03, 0.5), (0.7, 0.2, 0.5)):
        n = stats.items_needed(gap, stats.paired_spread(rate, rate - gap, phi))
        _, f, g, _ = paired_binary(rate, rate - gap, phi, n, reps, rng).T
        share = float((mcnemar_midp(f, g) <= 0.05).mean())
        setting = f"rate {rate:g}, {gap:g} apart, phi {phi:g}"
        yield Cell("planning", "items_needed, mid-p McNemar", setting, n, "power", share, reps)
    d = rng.standard_normal((reps, 200)) + stats.mde(1 / np.sqrt(200))
    found = sps.ttest_1samp(d, 0, axis=1).pvalue
    yield Cell("planning", "mde, t test", "normal differences", 200, "power", float((found <= 0.05).mean()), reps)
