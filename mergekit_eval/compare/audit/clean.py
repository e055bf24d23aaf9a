"""The comparison again on clean items: those where no answer of the merge, its base and its parents is bent.

Which items are dropped depends on the answers, so dropping them is a selection of its own: every difference says how
much was dropped, and where it would end with all of that counted against the merge, and all for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.audit.asymmetry import bent
from mergekit_eval.compare.audit.shown import bends
from mergekit_eval.compare.engine import averageable, averages
from mergekit_eval.orientation import PERCENT
from mergekit_eval.rows import ScoreRow, merge_rows, records
from mergekit_eval.schema import conform

if TYPE_CHECKING:
    from mergekit_eval.compare.comparison import Comparison

KEY = ["item_key", "occurrence"]
PLACE = {"run": "run", "model": "model", "task": "task_key", "metric": "metric", "filter": "filter"}
SIDE = ["gain", "gain_low", "gain_high"]
CLEAN = ["clean_gain", "clean_low", "clean_high"]
NOTHING_LEFT, REVERSED, NOW, NO_LONGER, APART = "nothing left", "reversed", "sure now", "no longer sure", "apart"
SAME = ["merge", "relation", "reference", "level", "task"]


class Clean(NamedTuple):
    """Scores and items without what was dropped: what a `Comparison` takes."""

    scores: pd.DataFrame
    items: pd.DataFrame
    problems: pd.DataFrame


def clean_comparison(cmp: Comparison, merge: str, tasks: Iterable[str]) -> Comparison:
    """Return the comparison of one merge without the items of some tasks on which an answer of the family is bent."""
    rows = cmp.merges[cmp.merges["merge"].eq(merge)]
    family = [name for one in merge_rows(rows) for name in (one.merge, one.base, *one.parents) if name]
    return replace(cmp, collection=_without(cmp, family, set(tasks)), merges=rows, references=[])


def _without(cmp: Comparison, family: list[str], tasks: set[str]) -> Clean:
    evidence = cmp.evidence
    scores = cmp.counted.scores[cmp.counted.scores["model"].isin(family)]
    items = cmp.counted.items[cmp.counted.items["model"].isin(family)]
    keep = pd.Series(True, index=items.index)
    changed: dict[int, tuple[float, int]] = {}
    for task in tasks:
        rows = [evidence.by_model[name][task] for name in family if task in evidence.by_model.get(name, {})]
        held = {row.model: evidence.items(row) for row in rows if evidence.carries(row)}
        bent = pd.concat([one.loc[bends(one["signs"].to_numpy()), KEY] for one in held.values()])
        gone = pd.MultiIndex.from_frame(bent)
        for row in rows:
            if row.model not in held:
                continue
            mine = held[row.model]
            left = ~pd.MultiIndex.from_frame(mine[KEY]).isin(gone)
            keep[mine.index] = left
            changed[_place(scores, row)] = (float(mine["value"][left].mean()), int(left.sum()))
    return Clean(_rescored(scores, changed), items[keep], cmp.collection.problems)


def _place(scores: pd.DataFrame, row: ScoreRow) -> int:
    same = np.logical_and.reduce([scores[name] == getattr(row, one) for name, one in PLACE.items()])
    return int(scores.index[same][0])


def _rescored(scores: pd.DataFrame, changed: Mapping[int, tuple[float, int]]) -> pd.DataFrame:
    """Return scores whose values are the means of the items that are left; a score without any is gone."""
    new = pd.DataFrame.from_dict(dict(changed), orient="index", columns=["mean", "left"])
    out = scores.drop(index=new.index[new["left"].eq(0)])
    new = new[new["left"].gt(0)]
    percent = out.loc[new.index, "scale"].eq(PERCENT)
    out.loc[new.index, "value"] = new["mean"].where(~percent, 100 * new["mean"])
    out.loc[new.index, "n"] = new["left"].to_numpy()
    out.loc[new.index, "stderr"] = np.nan
    return conform(out, "scores")


@tables.makes("clean")
def clean_table(cmp: Comparison, asymmetry: pd.DataFrame) -> pd.DataFrame:
    """Return the differences of the merges whose comparison is bent, beside the same on clean items.

    Parameters
    ----------
    cmp : Comparison
        The comparison as it is.
    asymmetry : DataFrame
        From `asymmetry_table`.

    Returns
    -------
    DataFrame
        Table `clean`: the tasks with a bending sign that is decided, and the average over all tasks (level overall).
        ``gain`` with its limits is the difference as it is, ``clean_gain`` that without the items on which an answer
        of the merge, its base or a parent is cut off, not parsed or tied; ``dropped`` their share. ``least`` and
        ``most`` are the difference with every dropped item counted as lost by the merge, and as won. Limits are those
        of the single difference. ``decided`` says how the two disagree.
    """
    marked = bent(asymmetry)
    found = [
        _of_merge(cmp, str(name), list(dict.fromkeys(rows["task"])))
        for name, rows in marked.groupby("merge", sort=False)
    ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _of_merge(cmp: Comparison, merge: str, tasks: list[str]) -> pd.DataFrame:
    clean = clean_comparison(cmp, merge, tasks)
    before, after = (_differences(one, merge) for one in (cmp, clean))
    names = dict(zip(SIDE, CLEAN, strict=True)) | {"n": "n_clean"}
    out = before.merge(after[[*SAME, *names]].rename(columns=names), on=SAME, how="left")
    out["n_clean"] = out["n_clean"].astype(float).fillna(0.0)
    out["dropped"] = 1 - out["n_clean"] / out["n"].astype(float)
    shares = cmp.votes.shares(list(dict.fromkeys(out.loc[out["level"].eq("task"), "task"])))
    out = _bounds(out, shares)
    out["decided"] = [_disagree(row, cmp.margin) for row in records(out)]
    return out[out["task"].isin(tasks) | out["level"].eq("overall")]


def _differences(cmp: Comparison, merge: str) -> pd.DataFrame:
    """Return the differences on single tasks that count in the average over all tasks, and that average."""
    mine = cmp.tasks[cmp.tasks["merge"].eq(merge) & cmp.tasks["relation"].isin(["base", "parent"])]
    whole = averages(mine, cmp.votes, cmp.evidence, level=cmp.level)
    return pd.concat([averageable(mine).assign(level="task"), whole[whole["level"].eq("overall")]])[[*SAME, *SIDE, "n"]]


def _bounds(rows: pd.DataFrame, shares: Mapping[str, float]) -> pd.DataFrame:
    """Add where each difference ends with all dropped items counted against the merge, and for it."""
    n, kept = rows["n"].astype(float), rows["n_clean"]
    total = kept * rows["clean_gain"].astype(float).fillna(0.0)
    out = rows.assign(least=(total - (n - kept)) / n, most=(total + (n - kept)) / n)
    single = out["level"].eq("task")
    for side in ("least", "most"):
        weighed = (out[side] * out["task"].map(shares))[single]
        sums = weighed.groupby([out["relation"], out["reference"]]).sum()
        out.loc[~single, side] = sums.reindex(
            pd.MultiIndex.from_frame(out.loc[~single, ["relation", "reference"]])
        ).to_numpy()
    return out


def _disagree(row: Mapping[str, Any], margin: float) -> str:
    """Return in which way a difference and the one on clean items disagree, '' where they do not."""
    if not row["n_clean"]:
        return NOTHING_LEFT
    before, after = _sure(row["gain_low"], row["gain_high"]), _sure(row["clean_low"], row["clean_high"])
    if before != after:
        return REVERSED if before and after else NOW if after else NO_LONGER
    return APART if abs(row["gain"] - row["clean_gain"]) > margin else ""


def _sure(low: float, high: float) -> int:
    return int(low > 0) - int(high < 0)
