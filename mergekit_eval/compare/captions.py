"""Captions of figures whose rows were chosen: what is drawn, how many are left out, what the intervals are."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mergekit_eval.compare.joint_intervals import with_joint_limits
from mergekit_eval.compare.words import BETTER, WORSE, differences_named
from mergekit_eval.shares import shares_checked
from mergekit_eval.wording import coefficient_name, percent, share_of, symbol


def joint_caption(shown: pd.DataFrame, table: pd.DataFrame, rule: str) -> str:
    """Return the caption of the forest plot of `largest_joint`: its rows, its intervals, what the colours mean."""
    decided = int(with_joint_limits(table)["decided"].isin([BETTER, WORSE]).sum())
    what = (
        f"the {len(shown)} largest of {decided:,} decided" if decided else f"none is decided; the {len(shown)} nearest"
    )
    sources = " and ".join(shown["joint_from"].value_counts().index[:3])
    level = 1 - shown["joint_level"].max()
    return (
        f"{differences_named(shown)}: {what}. Intervals hold for the whole family at once ({sources}; each alone has "
        f"error {level:.2g} or more). Colours: {rule}; a stepwise p and a joint interval can differ at the edge."
    )


def rank_caption(ranking: Any) -> str:
    """Return the caption of the critical-difference diagram of a `standing`: one test, for its bars and its scale."""
    if ranking.difference is None:
        return str(ranking.note)
    note = f" {ranking.friedman.note}." if ranking.friedman.note else ""
    apart = f"no two are more than the critical difference of {ranking.difference:.2f} apart"
    friedman = f"Friedman's test of equal ranks: p = {ranking.friedman.p:.2g}"
    return f"Mean ranks, 1 is best. {ranking.test}: a bar joins models of which {apart} ({friedman}).{note}"


def mde_caption(shown: pd.DataFrame) -> str:
    """Return the caption of the figure of undecided differences."""
    return (
        f"{differences_named(shown)}, undecided: the {len(shown)} nearest to what their number of items could have "
        "shown (80 % power, within the family)."
    )


@shares_checked
def correlation_caption(shown: pd.DataFrame, table: pd.DataFrame, method: str, level: float) -> str:
    """Return the caption of a correlation heat map, with how many tasks it leaves out."""
    tasks, drawn = (pd.concat([rows["x"], rows["y"]]).nunique() for rows in (table, shown))
    few = f" Shown are the {share_of(drawn, tasks, 'task')} with the most reliable correlations."
    what = f"Correlations of tasks over models ({coefficient_name(method)})"
    grey = f"grey where the {percent(level)} interval holds 0 or a task is mostly noise"
    return f"{what}; {grey}; n counts models.{few if drawn < tasks else ''}"


def tree_axis(method: str) -> str:
    """Return the name of the axis of `task_tree`: which distance, from which coefficient, joined how."""
    return f"1 − {symbol(method)} ({coefficient_name(method)}), average linkage"
