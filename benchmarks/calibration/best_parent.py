"""The gain over the best of several parents: bias with and without the luck of the highest, and coverage of limits."""

import numpy as np

from benchmarks.calibration.cells import ALPHA, Cell, Cells, coverage
from benchmarks.calibration.choices import ERROR, RATE, SAME, TASKS, UNITS, Shape, block
from mergekit_eval.compare.task_averages import macro
from mergekit_eval.stats import joint_claims, luck_of_the_highest

NAME = "best of several parents"
KIT, RAW = "without the luck of the highest (kit)", "as measured"
SINGLE = 1.959964  # standard errors of an interval for one parent
GAIN_ERROR = np.sqrt(2) * ERROR  # standard error of a gain over one parent
DRAWS = 2_000
PARENTS = (1, 2, 3, 5, 8)
SPREADS = {  # true averages of the parents in standard errors of a gain
    "equal": lambda count, rng: np.zeros(count),
    "one clear best": lambda count, rng: np.append(0.0, np.full(count - 1, -5.0)),
    "spread 1": lambda count, rng: rng.standard_normal(count),
}


def best_parents(reps: int, rng: np.random.Generator, parents: tuple[int, ...] = PARENTS) -> Cells:
    """Studies of one merge and its parents, on half of whose items all answer alike: bias in standard errors of a gain.

    The gain is that over the parent that truly is best. Its limits are those of the verdict; beside them stands the
    interval for the one parent that is named.
    """
    for count in parents:
        for name, places in SPREADS.items() if count > 1 else [("", SPREADS["equal"])]:
            found = np.array([_study(places(count, rng), rng) for _ in range(reps)])
            setting = f"{count} parents, {name}" if name else "1 parent"
            for method, at in ((KIT, 0), (RAW, 3)):
                bias, low, high = found[:, at : at + 3].T
                yield Cell(NAME, method, setting, TASKS * UNITS, "bias", float(bias.mean()), reps)
                yield coverage(NAME, method, setting, TASKS * UNITS, low, high, 0.0)


def _study(parents: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return estimate and limits of the gain over the best parent less the true one, by kit and as measured."""
    rates = RATE + np.append(0.0, parents) * GAIN_ERROR / (1 - SAME)
    means, cov = macro([block(rates, Shape(rates.size), rng) for _ in range(TASKS)], [1 / TASKS] * TASKS)
    gains, errors = means[0] - means[1:], np.sqrt(cov[0, 0] + cov.diagonal()[1:] - 2 * cov[0, 1:])
    drawn = rng.multivariate_normal(np.zeros(means.size), cov, size=DRAWS, method="eigh")
    no_base = [np.append(row, np.nan)[None] for row in (gains, errors, np.full(gains.size, np.inf))]
    contrasts = np.append(drawn[:, :1] - drawn[:, 1:], np.zeros((DRAWS, 1)), axis=1)[:, None]
    made, named = joint_claims(*no_base, contrasts, alpha=ALPHA), int(gains.argmin())
    low, high = float(made.best_low[0]), float(made.best_high[0])
    gain = min(gains[named] + luck_of_the_highest(means[1:], cov[1:, 1:]), high)
    half = SINGLE * errors[named]
    found = np.array([gain, low, high, gains[named], gains[named] - half, gains[named] + half])
    return (found + parents.max() * GAIN_ERROR) / GAIN_ERROR
