"""Merges beside their relatives: gains, places, bands, what was kept, forgotten and lost."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mergekit_eval.views._numbers import points
from mergekit_eval.views._shape import NO_MERGE, NO_RELATIVE, bare, crossed, listed, picked, shares, words

KINDS = ("base", "best parent", "mean parent", "specialist", "parent")


def _gain(row: Any) -> str:
    text = points(row.gain, row.gain_low, row.gain_high, row.scale)
    return f"{text} {row.decided}" if text else "not compared"


def overall(relations: pd.DataFrame, level: str = "overall") -> pd.DataFrame:
    """Return, per merge, the gain over each kind of relative in points, with its interval and what is decided.

    Parameters
    ----------
    relations : DataFrame
        From `relation_table`.
    level : {"overall", "capability"}
        With capability there is a line per merge and capability. A parent has a column where it is the only one.
    """
    mine = relations[relations["level"].eq(level) & relations["gain"].notna()]
    several = mine.duplicated(["merge", "task", "relation"], keep=False) & mine["relation"].eq("parent")
    mine = mine[~several]
    named = mine.assign(line=mine["merge"] + ("" if level == "overall" else " · " + mine["task"]))
    ordered = named.assign(at=named["relation"].map(KINDS.index)).sort_values("at", kind="stable")
    wide = crossed(ordered, "line", "relation", _gain, f"no merge could be compared with a relative ({level})")
    if wide.empty:
        return wide
    return wide.set_index("line").reindex(named["line"].drop_duplicates()).rename_axis("merge").reset_index()


def not_compared(relations: pd.DataFrame) -> pd.DataFrame:
    """Return the relatives that a merge could not be held against, with the reason."""
    mine = relations[relations["gain"].isna() & relations["note"].ne("")]
    columns = {"merge": "merge", "relation": "relative", "reference": "named", "task": "task", "note": "why"}
    told = picked(mine.drop_duplicates(list(columns)), columns)
    known = "the difference to every relative of every merge is known"
    return told if len(told) else bare(known if len(relations) else NO_MERGE)


def places(categories: pd.DataFrame, level: str = "capability") -> pd.DataFrame:
    """Return, per merge and task or capability, where it stands among its parents by test."""
    mine = categories[categories["level"].isin([level, "overall"])]
    return crossed(mine, "merge", "task", lambda row: row.category, NO_MERGE)


def rows_of(table: pd.DataFrame, level: str = "overall", **where: str) -> pd.DataFrame:
    """Return the rows of one level that have a value in every column of ``where``, as figures draw them."""
    mine = table[table["level"].eq(level)]
    for column, value in where.items():
        mine = mine[mine[column].eq(value)]
    return mine.reset_index(drop=True)


def bands(table: pd.DataFrame) -> pd.DataFrame:
    """Return, per merge, how many tasks went up, down, nowhere, and which the guide's bands name."""
    rows = []
    for (merge, reference), mine in table.groupby(["merge", "reference"], sort=False):
        counts, low = mine["change"].value_counts(), mine["band"].eq("may indicate forgetting")
        row = {"merge": merge, "against": reference}
        row |= {f"{arrow} {name}": int(counts.get(name, 0)) for name, arrow in _ARROWS}
        graded = mine[mine["band"].isin(["excellent", "good", "marginal", "below marginal"])]
        rows.append(row | {"IFEval": listed(graded["band"]), "may indicate forgetting": listed(mine.loc[low, "task"])})
    return pd.DataFrame(rows) if rows else bare(NO_RELATIVE.format("base"))


_ARROWS = (("improved", "↗"), ("regressed", "↘"), ("no change", "→"), ("undecided", "?"), ("not compared", "×"))


def headline(retention: pd.DataFrame) -> pd.DataFrame:
    """Return one overall row per merge: against each task's own specialist, else the mean parent, else the parent."""
    mine = retention[retention["level"].eq("overall")]
    order = {"specialist": 0, "mean parent": 1, "parent": 2, "base": 3}
    ranked = mine.assign(at=mine["relation"].map(order), none=mine["retention"].isna())
    kept = ranked.sort_values(["none", "at"], kind="stable").drop_duplicates("merge")
    named = kept.assign(reference=words(kept["reference"], "no parent"))
    return named.sort_index().drop(columns=["at", "none"]).reset_index(drop=True)


def kept(retention: pd.DataFrame, level: str = "overall") -> pd.DataFrame:
    """Return, per merge and parent, the share of the parent's score over chance that is left, and the check."""
    mine = retention[retention["level"].eq(level) & retention["relation"].eq("parent")]
    named = mine.assign(reference=words(mine["reference"], "no parent"))
    return crossed(named, "merge", "reference", _kept, NO_MERGE)


def _kept(row: Any) -> str:
    text = shares(row.retention, row.low, row.high)
    return f"{text} {row.decided}".strip() if text else str(row.note)


def normalised(table: pd.DataFrame) -> pd.DataFrame:
    """Return merge / specialist per domain, as MergeBench reports it, and the average over the domains."""
    order = table.assign(last=table["domain"].eq("overall")).sort_values("last", kind="stable")
    wide = crossed(order, "merge", "domain", _performance, NO_MERGE)
    return wide if wide.empty else wide.set_index("merge").reindex(table["merge"].drop_duplicates()).reset_index()


def _performance(row: Any) -> str:
    return shares(row.performance, row.low, row.high) or str(row.note)


def forgotten(table: pd.DataFrame) -> pd.DataFrame:
    """Return, per merge, the mean change outside of the parents' domains and the tasks that may be forgotten."""
    tasks = table[table["level"].eq("task")]
    flagged = tasks[tasks["forgotten"].ne("")].groupby("merge", sort=False)["task"].agg(listed)
    mine = table[table["level"].eq("overall")]
    return pd.DataFrame(
        {
            "merge": mine["merge"],
            "against": mine["reference"],
            "mean change (points)": [points(r.gain, r.gain_low, r.gain_high) for r in mine.itertuples()],
            "decided": mine["decided"],
            "tasks": mine["n_tasks"],
            "n": mine["n"],
            "may be forgotten": words(mine["merge"].map(flagged)),
            "note": mine["note"],
        }
    )


def regressions(table: pd.DataFrame) -> pd.DataFrame:
    """Return, per merge, how far it stands from the floor of its weakest parent, and the tasks surely below it."""
    tasks = table[table["level"].eq("task") & table["decided"].eq("regressed")]
    below = tasks.groupby("merge", sort=False)["task"].agg(listed)
    mine = table[table["level"].eq("overall")]
    return pd.DataFrame(
        {
            "merge": mine["merge"],
            "weakest parent": words(mine["weakest"]),
            "above its floor by (points)": [points(r.distance, r.low, r.high) for r in mine.itertuples()],
            "overall": mine["decided"],
            "tasks surely below the floor": words(mine["merge"].map(below)),
            "note": words(mine["note"]),
        }
    )
