"""Bootstrap intervals of statistics that are not means, ratios, normalised averages, ranks and preferences."""

import numpy as np

from benchmarks.calibration.cells import Cell, Cells, coverage
from benchmarks.calibration.draws import paired_binary, unit_scores
from mergekit_eval import stats
from mergekit_eval.stats.bootstrap import METRICS

RESAMPLES = 999


def means(reps: int, rng: np.random.Generator, sizes: tuple = (20, 50, 200)) -> Cells:
    """Bootstrap-t interval of a mean of scores in [0, 1]."""
    for n in sizes:
        for kind in ("uniform", "beta(9, .5)", "F1-like, near ceiling"):
            x, truth = unit_scores(kind, (reps, n), rng)
            found = [stats.bootstrap_mean(row, n_resamples=RESAMPLES, seed=i) for i, row in enumerate(x)]
            yield _from_intervals("bootstrap mean", "bootstrap-t", kind, n, found, truth)


METRIC_SHAPES = {100: ((0.5, 0.2), (0.2, 0.1)), 500: ((0.2, 0.1),)}


def metrics(reps: int, rng: np.random.Generator, shapes: dict = METRIC_SHAPES) -> Cells:
    """F1 and MCC of a classifier with given share of positives and of errors; perplexity of lognormal losses."""
    for n, kinds in shapes.items():
        for positives, error in kinds:
            cells = np.array(
                [positives * (1 - error), (1 - positives) * error, positives * error, (1 - positives) * (1 - error)]
            )
            for name in ("f1", "mcc"):
                truth = float(METRICS[name][0](cells[None])[0])
                draws = (np.eye(4)[rng.choice(4, n, p=cells)] for _ in range(reps))
                found = [stats.metric_interval(x, name, n_resamples=RESAMPLES, seed=i) for i, x in enumerate(draws)]
                yield _from_intervals(
                    "metric", f"{name}, BCa", f"{positives:.0%} positive, error {error:g}", n, found, truth
                )
        found = []
        for i in range(reps):
            tokens = rng.integers(10, 100, n)
            loss = tokens * 0.5 * np.exp(0.5 * rng.standard_normal(n))
            found.append(
                stats.metric_interval(np.column_stack([-loss, tokens]), "perplexity", n_resamples=RESAMPLES, seed=i)
            )
        yield _from_intervals("metric", "perplexity, BCa", "lognormal", n, found, float(np.exp(0.5 * np.exp(0.125))))


def ratios(reps: int, rng: np.random.Generator, sizes: tuple = (50, 200, 1000)) -> Cells:
    """Retention above chance; refused data sets are replaced by others, and their share stands in the setting."""
    for n in sizes:
        for parent, merge, chance in ((0.7, 0.6, 0.25), (0.5, 0.5, 0.25), (0.35, 0.3, 0.25)):
            truth, limits, tried = (merge - chance) / (parent - chance), [], 0
            while len(limits) < reps:
                cells = paired_binary(merge, parent, 0.5, n, 1, rng)[0]
                found = stats.retention(np.repeat([1, 1, 0, 0], cells), np.repeat([1, 0, 1, 0], cells), chance=chance)
                limits.extend([(found.low, found.high)] * (found.low is not None))
                tried += 1
            setting = f"{merge:g} of {parent:g}, chance {chance:g}, {1 - reps / tried:.0%} refused"
            yield coverage("ratio", "Fieller", setting, n, *np.array(limits).T, truth)


def normalised(reps: int, rng: np.random.Generator, sizes: tuple = (100, 400)) -> Cells:
    """Average of six normalised tasks, from well above chance to exactly at it, where the cut bites."""
    chance = np.full(6, 0.25)
    for n in sizes:
        for name, rates in (
            ("far above chance", np.full(6, 0.6)),
            ("mixed", np.linspace(0.25, 0.6, 6)),
            ("at chance", chance),
        ):
            truth, found = float(stats.normalise(rates, chance).mean()), []
            for _ in range(reps):
                found.append(stats.normalised_means(_redrawn(rng.binomial(n, rates) / n, n, rng), chance)[0])
            yield _from_intervals("normalised average", "percentile through the cut", name, n, found, truth)


def _redrawn(observed: np.ndarray, n: int, rng: np.random.Generator) -> stats.Draws:
    """Bootstrap draws of right / wrong tasks: redrawing n items makes a binomial count, so no items are needed."""
    means = rng.binomial(n, observed[:, None], size=(len(observed), RESAMPLES))[..., None] / n
    present = np.ones((len(observed), 1), dtype=bool)
    return stats.Draws(observed[:, None], means, present, np.full(len(observed), n), "bootstrap")


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


def preferences(reps: int, rng: np.random.Generator, prompts: int = 80) -> Cells:
    """Win rate and strengths when the two games of a prompt agree more often than chance."""
    for share in (0.0, 0.7):
        rates, strong = [], []
        truth = np.array([0.5, 0.0, -0.5])
        for i in range(reps):
            a, b, score, prompt = _games(truth, prompts, share, rng)
            first = (a == 0) & (b == 1)
            rates.append(stats.win_rate(score[first], prompt[first], seed=i).interval)
            strong.append(stats.strengths(stats.as_games(a, b, score, prompt), ties="half", n_resamples=299, seed=i))
        setting = f"3 models, {prompts} prompts x 2 games, {share:.0%} of second games copy the first"
        yield _from_intervals("preference", "win rate", setting, prompts, rates, 1 / (1 + np.exp(-0.5)))
        kept = [s for s in strong if s.low is not None]
        yield coverage(
            "preference",
            "Bradley-Terry, prompts redrawn",
            setting,
            prompts,
            [s.low[0] for s in kept],
            [s.high[0] for s in kept],
            0.5,
        )


def _games(truth: np.ndarray, prompts: int, share: float, rng: np.random.Generator) -> tuple:
    pairs = np.array([(0, 1), (0, 2), (1, 2)])
    a, b = np.tile(np.repeat(pairs, 2, axis=0), (prompts, 1)).T
    score = (rng.random(a.size) < 1 / (1 + np.exp(truth[b] - truth[a]))).astype(float)
    copy = rng.random(a.size // 2) < share
    score[1::2] = np.where(copy, score[::2], score[1::2])
    return a, b, score, np.repeat(np.arange(prompts), 6)


def _from_intervals(family: str, method: str, setting: str, n: int, found: list, truth: float) -> Cell:
    held = [i.low is not None and i.low <= truth + 1e-12 and i.high >= truth - 1e-12 for i in found]
    return Cell(family, method, setting, n, "coverage", float(np.mean(held)), len(found))
