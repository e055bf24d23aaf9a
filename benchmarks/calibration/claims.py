"""The rule of the verdicts by itself: normal errors, many models against parents and a base, one error rate for all."""

from typing import NamedTuple

import numpy as np
from scipy import stats as sps

from benchmarks.calibration.cells import ALPHA, Cell, Cells
from mergekit_eval.stats import holm, joint_claims

NAME = "verdict rule"
FALSE, HOLM = "any false statement (kit)", "Holm over the merges, one-sided"
EVERY = "better than every parent"
DRAWS = 4_000
ERROR = 0.62  # points: standard error of one model, so that Holm finds 37 % and 69 to 78 % of +2 and +3 points


class Family(NamedTuple):
    """True scores in points of merges, parents and base; ``alike`` is the correlation of the merges' errors."""

    name: str
    merges: tuple[float, ...]
    parents: tuple[float, ...]
    base: float
    alike: float = 0.0


NULL = (0.0,) * 12
FAMILIES = tuple(
    Family(f"{name}, errors of the merges correlated {alike:g}", merges, parents, base, alike)
    for alike in (0.0, 0.7)
    for name, merges, parents, base in (
        ("1 merge like its parent and base", (0.0,), (0.0,), 0.0),
        ("12 merges like 1 parent and base", NULL, (0.0,), 0.0),
        ("12 merges like 3 parents and base", NULL, (0.0,) * 3, 0.0),
        ("12 merges like the best of 3 parents", NULL, (0.0, -6.0, -6.0), -6.0),
        ("12 merges like two of 4 parents", NULL, (0.0, 0.0, -6.0, 6.0), -6.0),
        ("12 merges like 8 parents and base", NULL, (0.0,) * 8, 0.0),
        ("12 merges above 3 parents, like the base", (6.0,) * 12, (0.0,) * 3, 6.0),
        ("12 merges like the best of 3 parents, the others 3 points below", NULL, (0.0, -3.0, -3.0), -3.0),
        ("12 merges like one of 4 parents, one above", NULL, (0.0, -3.0, 3.0, -3.0), 0.0),
        ("6 merges like 3 parents and base, 6 collapsed", (0.0,) * 6 + (-40.0,) * 6, (0.0,) * 3, 0.0),
    )
)
POWER = tuple(
    Family(f"{what} +{gain:g} points, errors correlated {alike:g}", merges(gain), parents, -3.0, alike)
    for alike in (0.0, 0.7)
    for gain in (2.0, 3.0)
    for what, merges, parents in (
        ("one of 12 merges over a clear best parent", lambda x: (x,) + (0.0,) * 11, (0.0, -6.0, -6.0)),
        ("one of 12 merges over three equal parents", lambda x: (x,) + (0.0,) * 11, (0.0,) * 3),
        ("each of 12 merges over three equal parents", lambda x: (x,) * 12, (0.0,) * 3),
        ("one of 12 merges over eight equal parents", lambda x: (x,) + (0.0,) * 11, (0.0,) * 8),
        ("one of 12 merges over one of them named beforehand", lambda x: (x,) + (0.0,) * 11, (0.0,)),
    )
)


def claims(
    reps: int, rng: np.random.Generator, families: tuple[Family, ...] = FAMILIES, power: tuple[Family, ...] = POWER
) -> Cells:
    """Share of tables with any false claim or limit; and of a true "better than every parent" that is claimed."""
    for family, own in zip(families, rng.spawn(len(families)), strict=True):
        found = np.array([_table(family, own)[:2] for _ in range(reps)])
        for name, share in zip((FALSE, HOLM), found.mean(axis=0), strict=True):
            yield Cell(NAME, name, family.name, len(family.merges), "level", float(share), reps)
    for family, own in zip(power, rng.spawn(len(power)), strict=True):
        found = np.array([_table(family, own)[2:] for _ in range(reps)])
        for name, share in zip((f"{EVERY} (kit)", f"{EVERY}, Holm"), found.mean(axis=0), strict=True):
            yield Cell(NAME, name, family.name, len(family.merges), "observed", float(share), reps)


def _table(family: Family, rng: np.random.Generator) -> tuple[bool, bool, bool, bool]:
    """Return whether a statement is false, and whether the first merge is better than every parent; by kit and Holm."""
    merges, references = np.array(family.merges), np.array([*family.parents, family.base])
    truth = merges[:, None] - references
    seen = truth + _errors(family, 1, rng)[0]
    error = np.full(truth.shape, np.sqrt(2) * ERROR)
    made = joint_claims(seen, error, np.full(truth.shape, np.inf), _errors(family, DRAWS, rng), alpha=ALPHA)
    best = truth[:, :-1].min(axis=1)
    wrong = ((made.above & (truth <= 0)) | (made.below & (truth >= 0))).any()
    outside = (made.low > truth + 1e-12) | (made.high < truth - 1e-12)
    beyond = (made.best_low > best + 1e-12) | (made.best_high < best - 1e-12)
    z = (seen / error)[:, :-1]
    better, worse = (holm(sps.norm.sf(sign * z).max(axis=1)) <= ALPHA for sign in (1, -1))
    unjust = (better & (best <= 0)).any() or (worse & (truth[:, :-1].max(axis=1) >= 0)).any()
    return bool(wrong or outside.any() or beyond.any()), bool(unjust), bool(made.above[0, :-1].all()), bool(better[0])


def _errors(family: Family, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return draws of the errors of all differences, (draws, merges, references)."""
    own = rng.standard_normal((draws, len(family.merges), 1)) * np.sqrt(1 - family.alike)
    shared = rng.standard_normal((draws, 1, 1)) * np.sqrt(family.alike)
    theirs = rng.standard_normal((draws, 1, len(family.parents) + 1))
    return ERROR * (own + shared - theirs)
