"""Tables of the correlation notebook: one pair closely, one family out, gains, Holmes beside the harness."""

from __future__ import annotations

import pandas as pd

from mergekit_eval.views._shape import without_rows
from mergekit_eval.wording import coefficient_name, percent, share_of, symbol


def detail(table: pd.DataFrame) -> pd.DataFrame:
    """Return every reading of one correlation."""
    kept = table[["kind", "r", "low", "high", "p", "n", "note"]].round({"r": 2, "low": 2, "high": 2})
    named = [kind.replace(method := kind.split(",")[0], coefficient_name(method), 1) for kind in kept["kind"]]
    return kept.assign(kind=named, note=kept["note"].fillna("")).rename(columns={"r": "coefficient"})


def sensitivity(table: pd.DataFrame) -> pd.DataFrame:
    """Return how far correlations move without one family, the most moved first."""
    width = (table["highest"] - table["lowest"]).astype(float)
    sign = symbol(table["method"].iloc[0]) if len(table) else "coefficient"
    order = table.loc[width.sort_values(ascending=False, na_position="last").index]
    return pd.DataFrame(
        {
            "x": order["x"],
            "y": order["y"],
            sign: order["r"].astype(float).round(2),
            f"lowest {sign}": order["lowest"].astype(float).round(2),
            "without those": order["lowest_without"].fillna("").str.removeprefix("made from "),
            f"highest {sign}": order["highest"].astype(float).round(2),
            "without these": order["highest_without"].fillna("").str.removeprefix("made from "),
            "models": order["n"],
            "models left, at least": order["n_least"],
            "note": order["note"].fillna(""),
        }
    )


def gain_correlations(table: pd.DataFrame) -> pd.DataFrame:
    """Return gain against parent, plain and guarded, one row per task."""
    columns = ["task", "r plain", "p plain", "r guarded", "interval of it", "p guarded", "merges", "items", "note"]
    rows = []
    for task, mine in table.groupby("task", sort=False):
        plain, guarded = mine.iloc[0], mine.iloc[1]
        reach = "" if pd.isna(guarded["low"]) else f"[{guarded['low']:+.2f}, {guarded['high']:+.2f}]"
        values = (plain["r"], plain["p"], guarded["r"], reach, guarded["p"], guarded["n"], guarded["items"])
        rows.append(dict(zip(columns, (task, *values, guarded["note"]), strict=True)))
    out = pd.DataFrame(rows, columns=columns)
    return out.astype({"r plain": float, "r guarded": float}).round({"r plain": 2, "r guarded": 2})


def fitting(table: pd.DataFrame, most: int = 40) -> pd.DataFrame:
    """Return the rows of at most ``most`` columns on either side: those with the strongest single correlation."""
    if table.empty:
        return table
    size = table.assign(size=table["r"].astype(float).abs())
    kept = [set(size.groupby(side)["size"].max().nlargest(most).index) for side in ("x", "y")]
    return table[table["x"].isin(kept[0]) & table["y"].isin(kept[1])]


def readable(table: pd.DataFrame, most: int = 100) -> pd.DataFrame:
    """Return the rows among at most ``most`` tasks: those with the most reliable correlations, in the table's order.

    Without any correlation there are no rows, and the notes are the reason.
    """
    tasks = pd.concat([table["x"], table["y"]])
    if table["r"].isna().all():
        return without_rows(table, "; ".join(table["note"].unique()) or "one task only")
    if tasks.nunique() <= most:
        return table
    sure = table[table["reliable"].astype(bool) & (table["low"].gt(0) | table["high"].lt(0))]
    counts = pd.concat([sure["x"], sure["y"]]).value_counts().reindex(tasks.unique(), fill_value=0)
    kept = set(counts.sort_values(ascending=False, kind="stable").index[:most])
    return table[table["x"].isin(kept) & table["y"].isin(kept)]


def heat_caption(shown: pd.DataFrame, table: pd.DataFrame, method: str, level: float) -> str:
    """Return the caption of a correlation heat map, with how many tasks it leaves out."""
    tasks, drawn = (pd.concat([rows["x"], rows["y"]]).nunique() for rows in (table, shown))
    few = f" Shown are the {share_of(drawn, tasks, 'task')} with the most reliable correlations."
    what = f"Correlations of tasks over models ({coefficient_name(method)})"
    grey = f"grey where the {percent(level)} interval holds 0 or a task is mostly noise"
    return f"{what}; {grey}; n counts models.{few if drawn < tasks else ''}"


def tree_axis(method: str) -> str:
    """Return the name of the axis of `task_tree`: which distance, from which coefficient, joined how."""
    return f"1 − {symbol(method)} ({coefficient_name(method)}), average linkage"


def one_kind(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return the rows of one kind (mean of taus, tau of means); none where the table is empty."""
    return table if table.empty else table[table["kind"].eq(kind)]


def noisy(table: pd.DataFrame) -> str:
    """Return the sentence that names the tasks whose differences between models are mostly item noise."""
    known = table[table["reliability"].notna()]
    if known.empty:
        return f"How much of the spread between models is item noise is not known: {', '.join(table['note'].unique())}."
    bad = known[known["reliability"].lt(0.5)]
    if bad.empty:
        return (
            f"On every task most of the spread between models is more than item noise (least on "
            f"{known.loc[known['reliability'].idxmin(), 'task']}: {known['reliability'].min():.0%})."
        )
    named = ", ".join(f"{r.task} ({max(r.reliability, 0):.0%})" for r in bad.itertuples())
    return f"Mostly item noise, so their cells are grey whatever the figure: {named}."
