"""Data of figures: the largest changes, quartiles, trees."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from mergekit_eval import tables
from mergekit_eval.schema import require
from mergekit_eval.wording import counted

Joining = Literal["single", "complete", "average", "weighted", "centroid", "median", "ward"]  # of scipy


class Tree(NamedTuple):
    """A table without gaps, the linkage of its rows' labels, and these labels in the linkage's order."""

    table: pd.DataFrame
    linkage: np.ndarray
    leaves: list[str]
    note: str

    def __repr__(self) -> str:
        return f"Tree of {counted(len(self.leaves), 'leaf', 'leaves')}{f': {self.note}' if self.note else ''}"


def impact_table(gains: pd.DataFrame, count: int = 5) -> pd.DataFrame:
    """Return the ``count`` largest gains and the ``count`` largest losses, best first, for one merge and reference.

    Parameters
    ----------
    gains : DataFrame
        Rows of `differences`, `relation_table` or `probe_differences` of ONE merge and ONE reference, one scale.
    count : int
        How many at each end; with fewer rows no row comes twice.

    Returns
    -------
    DataFrame
        The rows with ``end`` (top or bottom). The extremes of many noisy gains are biased away from zero:
        ``decided`` says which differ from it.
    """
    require(gains, ("task", "gain", "gain_low", "gain_high", "decided"), "impact_table")
    rows = gains[gains["gain"].notna()].sort_values("gain", ascending=False, kind="stable")
    top = rows.head(min(count, -(-len(rows) // 2))).assign(end="top")
    bottom = rows.tail(min(count, len(rows) // 2)).assign(end="bottom")
    return pd.concat([top, bottom], ignore_index=True)


def impact_of(gains: pd.DataFrame, merge: str = "", count: int = 5) -> pd.DataFrame:
    """Return `impact_table` of one merge against its specialists, without any against its parents, else its base.

    Parameters
    ----------
    gains : DataFrame
        As for `impact_table`, of any merges and references.
    merge : str
        Which; '' for the first that has gains.
    """
    known = gains[gains["gain"].notna()]
    mine = known[known["merge"].eq(merge or (known["merge"].iloc[0] if len(known) else ""))]
    kind = next((kind for kind in ("specialist", "parent", "base") if mine["relation"].eq(kind).any()), "")
    groups = mine[mine["relation"].eq(kind)].groupby(["reference", "scale"], sort=False)
    parts = [impact_table(rows, count) for _, rows in groups]
    if parts:
        return pd.concat(parts, ignore_index=True)
    why = tables.reason(gains) if gains.empty else f"no gains of the merge {merge or '(any)'} over a parent or base"
    return tables.because(known.iloc[:0].assign(end=""), why)


def gain_boxes(gains: pd.DataFrame) -> pd.DataFrame:
    """Return `quartile_table` of gains per capability and merge, bounded and unbounded scales apart.

    Parameters
    ----------
    gains : DataFrame
        Rows of one relation, with ``scale``; bounded gains are given in points of 100.
    """
    parts = []
    for scale, rows in gains.groupby("scale", sort=False):
        times = 100.0 if scale == "unit" else 1.0
        shown = rows.assign(gain=times * pd.to_numeric(rows["gain"]).astype(float))
        parts.append(quartile_table(shown, series="merge", value="gain").assign(scale=scale))
    if parts:
        return pd.concat(parts, ignore_index=True)
    return tables.empty("quartiles", tables.reason(gains)).assign(scale="")


@tables.makes("quartiles")
def quartile_table(
    values: pd.DataFrame, *, group: str = "capability", series: str = "model", value: str = "value"
) -> pd.DataFrame:
    """Return quartiles per group and series, whiskers at the farthest value within 1.5 interquartile ranges (Tukey).

    Parameters
    ----------
    values : DataFrame
        A table with these columns, e.g. `score_table` (capability, model, value) or `differences` (capability, merge,
        gain).

    Returns
    -------
    DataFrame
        group, series, low, q1, median, q3, high, n, outliers (the values beyond the whiskers, as a tuple): what the
        figure of boxes draws. Missing values are not counted; a group without any has a row with n = 0.
    """
    require(values, (group, series, value), "quartile_table")
    rows = [
        {"group": str(g) or "other", "series": str(s)} | _five(pd.to_numeric(mine[value]).dropna().to_numpy(float))
        for (g, s), mine in values.groupby([group, series], sort=False, dropna=False)
    ]
    return pd.DataFrame(rows, columns=tables.columns("quartiles"))


def _five(values: np.ndarray) -> dict[str, Any]:
    if not len(values):
        return {"n": 0, "outliers": ()}
    q1, median, q3 = np.quantile(values, [0.25, 0.5, 0.75])
    inside = values[(values >= q1 - 1.5 * (q3 - q1)) & (values <= q3 + 1.5 * (q3 - q1))]
    far = tuple(map(float, values[(values < inside.min()) | (values > inside.max())]))
    ends = {"low": inside.min(), "q1": q1, "median": median, "q3": q3, "high": inside.max()}
    return {**ends, "n": len(values), "outliers": far}


def tree_of(
    table: pd.DataFrame, *, rows: str = "task", columns: str = "merge", value: str = "gain", method: Joining = "average"
) -> Tree:
    """Return the tree of the rows by their values over the columns, on rows and columns without a gap.

    Parameters
    ----------
    table : DataFrame
        One row per pair of ``rows`` and ``columns``.
    method : str
        Rule of `scipy.cluster.hierarchy.linkage`, on euclidean distances.

    Returns
    -------
    Tree
        With fewer than two rows left the linkage and the table are empty, with a ``reason``. Which rows and columns
        were left out, because a value is missing, stands in ``note``: columns that lack more than half of the rows go
        first, then rows with a gap.
    """
    from scipy.cluster import hierarchy

    require(table, (rows, columns, value), "tree_of")
    wide = table.pivot_table(index=rows, columns=columns, values=value, sort=False)
    kept = wide.loc[:, wide.notna().mean() >= 0.5]
    whole = kept[kept.notna().all(axis=1)]
    gone = [*map(str, wide.columns.difference(kept.columns)), *map(str, wide.index.difference(whole.index))]
    note = f"left out for missing values: {', '.join(gone)}" if gone else ""
    leaves = [str(name) for name in whole.index]
    shown = table[table[rows].isin(whole.index) & table[columns].isin(kept.columns)].reset_index(drop=True)
    if len(whole) < 2 or not len(kept.columns):
        why = note or f"fewer than two {rows}s: no tree"
        return Tree(tables.because(shown.iloc[:0], why), np.empty((0, 4)), leaves, why)
    return Tree(shown, hierarchy.linkage(whole.to_numpy(float), method), leaves, note)


def nearest_gains(table: pd.DataFrame) -> pd.DataFrame:
    """Return the differences to the base; where there are none, to the specialists, else to the parents.

    Where a merge has several references, its label names both: "merge − reference".

    Parameters
    ----------
    table : DataFrame
        Rows of `differences`, of `relation_table` or of `probe_differences`.
    """
    kinds = ("base", "specialist", "parent")
    kind = next((name for name in kinds if table["relation"].eq(name).any()), "base")
    rows = tables.only(table, relation=kind)
    several = rows.groupby("merge")["reference"].nunique().gt(1).any()
    return rows.assign(merge=rows["merge"] + " − " + rows["reference"]) if several else rows


def oriented_percent(scores: pd.DataFrame) -> pd.DataFrame:
    """Return bounded scores of known direction in percent, turned so that higher is better (100 - score)."""
    known = scores[scores["scale"].eq("unit") & scores["oriented"].notna()]
    named = known["capability"].replace("", "other")
    return known.assign(value=100 * known["oriented"], capability=named).reset_index(drop=True)


def trade_points(table: pd.DataFrame) -> pd.DataFrame:
    """Return `pareto_table` in percent, as its figure draws it."""
    out = table.assign(**{name: 100 * table[name].astype(float) for name in table if name in _ENDS})
    return out.assign(x_name=out["x_name"] + " (%)", y_name=out["y_name"] + " (%)")


_ENDS = ("x", "y", "x_low", "x_high", "y_low", "y_high")


def cost_points(table: pd.DataFrame) -> pd.DataFrame:
    """Return gain over the base (points) against tuning time (seconds), as the figure of trade-offs draws it."""
    named = {"merge": "model", "tuning_seconds": "x", "value": "y", "low": "y_low", "high": "y_high"}
    out = table.rename(columns=named)[["model", "role", "x", "y", "y_low", "y_high", "front"]]
    out = out.assign(**{name: 100 * out[name].astype(float) for name in ("y", "y_low", "y_high")})
    return out.dropna(subset=["x", "y"]).reset_index(drop=True)
