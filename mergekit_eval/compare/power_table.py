"""What the items can detect: minimum detectable effects, and the power of each task for a given difference."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.compare.multiplicity import members
from mergekit_eval.schema import require
from mergekit_eval.shares import shares_checked
from mergekit_eval.wording import counted

EVERY, SOME, NONE = "every comparison", "some comparisons", "no comparison"


@shares_checked
def planning_table(
    differences: pd.DataFrame, *, wanted: float = 0.02, alpha: float = 0.05, family: str = "all", power: float = 0.8
) -> pd.DataFrame:
    """Return, per task, whether its items can decide a wanted difference at the spread that was seen.

    Parameters
    ----------
    differences : DataFrame
        From `differences`. Scores without bounds (perplexity) share no scale with ``wanted`` and say so.
    wanted : float
        The difference one cares about, as a share of one (0.02: two points).
    alpha, family
        As they were tested; alpha is divided by the size of the family, which is the first step of Holm.
    power : float
        Chance to find the wanted difference.

    Returns
    -------
    DataFrame
        Table `planning`, the least able task first. ``visible`` is the smallest difference that a comparison in the
        middle (median spread) shows within its family, ``visible_alone`` the same for a single test; ``items_needed``
        is what that comparison needs for ``wanted``; ``deciding`` counts the comparisons that have their items;
        ``least_p`` is the smallest p that the items can give at all. Uses the spread only, never the observed gains.

    Raises
    ------
    DataError
        For a wanted difference that is not between 0 and 1.
    """
    require(differences, ("task", "stderr", "n", "units", "p", "scale"), "planning_table")
    sized = differences.assign(size=family_sizes(differences, family), least=_least_p(differences))
    rows = [_task(group, wanted, 1 - alpha, power) for _, group in sized.groupby("task", sort=False)]
    out = tables.conform(rows, "planning")
    return out.sort_values("visible", ascending=False, kind="stable", na_position="first", ignore_index=True)


def family_sizes(differences: pd.DataFrame, family: str) -> pd.Series:
    """Return, per row, how many tested comparisons its family has."""
    sizes = pd.Series(1, index=differences.index)
    for _, rows in members(differences, family):
        sizes[rows] = int(rows.sum())
    return sizes


@shares_checked
def visible(differences: pd.DataFrame, *, alpha: float = 0.05, family: str = "all", power: float = 0.8) -> pd.DataFrame:
    """Return the differences with ``mde`` as it is within their family, at the first step of Holm.

    Parameters
    ----------
    differences : DataFrame
        From `differences`, whose ``mde`` is that of a single test.
    alpha, family, power
        As for `planning_table`.

    Returns
    -------
    DataFrame
        A comparison whose units are too few for any p that small has an infinite ``mde``.
    """
    sizes = family_sizes(differences, family)
    levels = 1 - alpha / sizes
    mde = pd.to_numeric(differences["mde"]).astype(float)
    alone = stats.mde(1.0, level=1 - alpha, power=power)
    within = levels.map({level: stats.mde(1.0, level=level, power=power) for level in levels.unique()})
    mute = _least_p(differences).gt(alpha / sizes) & mde.notna()
    return differences.assign(mde=(mde * within / alone).mask(mute, np.inf))


def _least_p(differences: pd.DataFrame) -> pd.Series:
    """Return the smallest p that so many independent units can give, were they all on one side; 0 if unknown."""
    return (2.0 ** (1 - differences["units"].astype(float).clip(upper=1000.0))).fillna(0.0)


def _task(rows: pd.DataFrame, wanted: float, level: float, power: float) -> dict[str, Any]:
    first = rows.iloc[0]
    head = {name: first[name] for name in ("task", "metric", "filter", "capability", "scale")}
    head |= {"comparisons": len(rows), "wanted": wanted, "deciding": 0, "decides": NONE}
    if first["scale"] != "unit":
        return head | {"wanted": np.nan, "decides": "", "note": "no bounded score: `wanted` has no meaning"}
    known = rows[rows["stderr"].notna() & rows["n"].notna() & rows["p"].notna()]
    if known.empty:
        return head | {"decides": "", "note": "no comparison has both a standard error and a number of items"}
    plans = sorted((_plan(row, wanted, level, power) for row in known.itertuples()), key=lambda plan: plan.mde)
    able, middle = sum(plan.can_decide for plan in plans), plans[len(plans) // 2]
    alone = np.sort(known["mde"].to_numpy(float))
    mute = int(sum(plan.least_p > (1 - level) / size for plan, size in zip(plans, known["size"], strict=True)))
    return head | {
        **{"n": int(known["n"].median()), "units": known["units"].astype(float).median()},
        **{"visible": middle.mde, "visible_alone": float(alone[len(alone) // 2])},
        **{"items_needed": middle.items_needed, "deciding": able, "least_p": middle.least_p},
        **{"decides": EVERY if able == len(rows) else SOME if able else NONE, "note": _note(rows, known, mute)},
    }


def _plan(row: Any, wanted: float, level: float, power: float) -> stats.Planning:
    """Return what a comparison can decide; without a spread, that of the differing items its n could have hidden."""
    n = int(row.n)
    spread = float(row.stderr) * np.sqrt(n) or float(np.sqrt(1 - (1 - level) ** (1 / n)))
    plan = stats.can_decide(n, spread, wanted, family=int(row.size), level=level, power=power)
    least, strict = max(plan.least_p, row.least), (1 - level) / int(row.size)
    # So many items that those expected to differ could give a p as small as the family asks.
    telling = math.ceil((1 - math.log2(strict)) / (spread**2 + wanted**2))
    needed = max(plan.items_needed, telling)
    return plan._replace(least_p=least, can_decide=plan.can_decide and least <= strict, items_needed=needed)


def _note(rows: pd.DataFrame, known: pd.DataFrame, mute: int) -> str:
    left, bare = len(rows) - len(known), int(known["evidence"].eq("aggregates only").sum())
    told = {
        f"{counted(left, 'comparison')} could not be tested": left,
        f"{counted(bare, 'comparison')} from aggregates: paired items would see more": bare,
        f"{counted(mute, 'comparison')} with so few differing units that nothing can be decided in this family": mute,
    }
    return "; ".join(text for text, count in told.items() if count)


def nearest_to_decision(differences: pd.DataFrame, count: int = 30) -> pd.DataFrame:
    """Return the undecided differences of shares that came closest to what their items can show.

    Parameters
    ----------
    differences : DataFrame
        From `visible`.
    count : int
        At most so many rows.
    """
    known = differences[differences["decided"].eq("undecided") & differences["scale"].eq("unit")]
    known = known[known["mde"].lt(np.inf)]
    reach = known["gain"].astype(float).abs() / known["mde"].astype(float)
    rows = known.loc[reach.sort_values(ascending=False, kind="stable").index[:count]]
    return tables.because(rows, nothing_open(differences))


def nothing_open(differences: pd.DataFrame) -> str:
    """Return why no undecided difference can be shown."""
    if differences["p"].isna().all():
        return "no difference could be tested"
    undecided = differences["decided"].eq("undecided").any()
    return "what the undecided could have shown is not known" if undecided else "nothing is undecided"
