"""One verdict per merge, with its reason: better than every parent, between, worse, collapsed or not decided."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.compare.collapse import collapse_table, collapsed
from mergekit_eval.compare.coverage import oriented_means
from mergekit_eval.compare.engine import OVERALL, PAIRED, averages
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.rows import MergeRow, merge_rows
from mergekit_eval.shares import shares_checked
from mergekit_eval.wording import counted

BETTER, BETWEEN, WORSE = "better than every parent", "between", "worse"
COLLAPSED, OPEN = "collapsed", "not decided"


@tables.makes("macro_gains")
@shares_checked
def macro_gains(differences: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Return the macro-averaged gain of each merge over each reference, each task weighing the same.

    Parameters
    ----------
    differences : DataFrame
        From `differences`. Unbounded scores (perplexity) and rows without a standard error do not enter an average.
    level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        merge, reference, relation, tasks (tuple), n_tasks, n_items, gain, stderr, low, high, p_better, p_worse, p.
        The overall rows of `engine.averages`.
    """
    rows = averages(differences, level=level)
    rows = rows[rows["level"].eq(OVERALL) & rows["p"].notna()]
    sides = {
        name: stats.one_sided_all(rows["p"], sign * rows["gain"]) for name, sign in (("p_better", 1), ("p_worse", -1))
    }
    named = rows.rename(columns={"gain_low": "low", "gain_high": "high", "n": "n_items"})
    return named.assign(**sides)[tables.columns("macro_gains")].reset_index(drop=True)


@tables.makes("verdicts")
@shares_checked
def verdict_table(
    scores: pd.DataFrame, differences: pd.DataFrame, merges: pd.DataFrame, *, alpha: float = 0.05
) -> pd.DataFrame:
    """Return one row per merge with its verdict and the numbers behind it.

    "Better than every parent" (and "worse") is an intersection-union test on the macro average: the largest one-sided p
    over the parents, Holm-adjusted over the merges of the study. "Between" needs a parent surely beaten and another
    surely not reached, Holm over all merge-parent pairs. "Collapsed" is judged task by task (`collapse_table`) and
    outranks the rest. What no test decides is "not decided".

    Parameters
    ----------
    scores, differences, merges : DataFrame
        From `score_table`, `differences` and `Session.merges`.
    alpha : float
        Family-wise error rate of each of the three claims (better, between, worse), not of all together.
    """
    gains = macro_gains(differences, level=1 - alpha)
    pairs = gains[gains["relation"] == "parent"].copy() if len(gains) else gains
    fallen = collapsed(collapse_table(scores, merges))
    if len(pairs):
        pairs["p_pair"] = stats.holm(pairs["p"].to_numpy())
    by_merge = {str(name): rows for name, rows in pairs.groupby("merge")}
    own = {str(name): rows for name, rows in scores.groupby("model")}
    rows = [_verdict(merge, by_merge.get(merge.merge), own, fallen, alpha) for merge in merge_rows(merges)]
    return _decide(
        pd.DataFrame(rows, columns=[*tables.columns("verdicts"), "_between", "_compared"]), len(merges), alpha
    )


def _verdict(
    merge: MergeRow, mine: pd.DataFrame | None, scores: dict[str, pd.DataFrame], fallen: dict[str, str], alpha: float
) -> dict[str, Any]:
    head = {"merge": merge.merge, "method": merge.method, "parents": ", ".join(merge.parents)}
    if mine is None:
        why = "no bounded score with a known error is shared with a parent" if merge.parents else "no parent known"
        return {**head, "verdict": OPEN, "reason": why, "_between": False}
    best = mine.iloc[int(mine["gain"].argmin())]
    absent = sorted(set(merge.parents) - set(mine["reference"]))
    apart = [name for name in absent if name in scores]
    gone = [name for name in absent if name not in apart]
    told = {"parents not evaluated": gone, "no task shared with": apart}
    sure = mine[mine["p_pair"] <= alpha]
    own = scores[merge.merge]
    macro = oriented_means(own[own["task"].isin(best["tasks"])], ["model"]).iloc[0]
    return {
        **head,
        **{
            "macro": macro["value"],
            "macro_low": macro["low"],
            "macro_high": macro["high"],
            "best_parent": best["reference"],
        },
        **{"gain": best["gain"], "gain_low": best["low"], "gain_high": best["high"]},
        **{"p_better": mine["p_better"].max(), "p_worse": mine["p_worse"].max()},
        **{"n_tasks": best["n_tasks"], "n_items": best["n_items"], "evidence": best["evidence"]},
        "verdict": COLLAPSED if merge.merge in fallen else OPEN,
        "reason": fallen.get(merge.merge, ""),
        "_between": bool((sure["gain"] > 0).any() and (sure["gain"] < 0).any()),
        "_compared": len(mine),
        "note": text_note(*(f"{what}: {', '.join(names)}" for what, names in told.items() if names)),
    }


def _decide(table: pd.DataFrame, merges: int, alpha: float) -> pd.DataFrame:
    out = table.copy()
    tested = out["p_better"].notna()
    claims = [(BETTER, "p_better", "over its best parent"), (WORSE, "p_worse", "under its best parent")]
    for verdict, column, _ in claims:
        adjusted = pd.Series(np.nan, index=out.index)
        if tested.any():
            adjusted[tested] = stats.holm(out.loc[tested, column].to_numpy(float))
        hit = tested & (adjusted <= alpha) & (out["verdict"] == OPEN)
        out.loc[hit, "verdict"] = verdict
        fresh = tested & (out["p_adjusted"].isna() | hit)
        out.loc[fresh, "p_adjusted"] = adjusted[fresh]
    out.loc[(out["verdict"] == OPEN) & out["_between"].eq(True), "verdict"] = BETWEEN
    others = out["_compared"].fillna(0).gt(1)
    rows = zip(out.itertuples(), out["reason"], others, strict=True)
    out["reason"] = [known or _reason(row, merges, many) for row, known, many in rows]
    return out.drop(columns=["_between", "_compared"])


def _reason(row: Any, merges: int, others: bool) -> str:
    every = "all parents" if pd.isna(row.note) or not row.note else f"all of the parents compared ({row.note})"
    reach = f"[{100 * row.gain_low:+.1f}, {100 * row.gain_high:+.1f}]"
    gain = f"{100 * row.gain:+.1f} points {reach} against its best parent {row.best_parent}"
    sizes = "number of items unknown" if pd.isna(row.n_items) else counted(row.n_items, "item")
    weaker = "" if row.evidence == PAIRED else f", {row.evidence}"
    scope = f"macro over {counted(row.n_tasks, 'task')}, {sizes}{weaker}"
    if row.verdict == BETTER:
        return f"{gain}; {scope}; p = {row.p_adjusted:.2g} against {every}, Holm over {counted(merges, 'merge')}"
    if row.verdict == WORSE:
        below = f", and below {'every other parent' if every == 'all parents' else every}" if others else ""
        return f"{gain}{below}; {scope}; p = {row.p_adjusted:.2g}, Holm over {counted(merges, 'merge')}"
    if row.verdict == BETWEEN:
        return f"surely above one parent and surely below another; {gain}; {scope}"
    return f"{gain}; {scope}: no verdict holds, Holm over {counted(merges, 'merge')}"
