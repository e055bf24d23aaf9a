"""Better than all parents, between, worse than all, or undecided."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.compare.references import PARENT
from mergekit_eval.compare.testing import TINY, claims, worded
from mergekit_eval.rows import MergeRow, Row, grouped, merge_rows, records
from mergekit_eval.schema import require
from mergekit_eval.shares import shares_checked

BETTER, BETWEEN, WORSE, OPEN = "better than all", "between", "worse than all", "undecided"


@tables.makes("categories")
@shares_checked
def category_table(context: MergeContext, relations: pd.DataFrame, *, alpha: float = 0.05) -> pd.DataFrame:
    """Return how every merge compares with the range of its parents, per task, per capability and overall.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`.
    relations : DataFrame
        From `relation_table`.
    alpha : float
        Family-wise error rate of each of the three claims on each level (Holm over its rows, as in `verdict_table`).

    Returns
    -------
    DataFrame
        Table `categories`. ``category`` is what the tests decide: better and worse than all are intersection-union
        tests (the largest one-sided p over the parents), between needs one parent surely beaten and another surely not
        reached (each Bonferroni over the parents). ``by_sign`` is the category by the bare numbers, as it is often
        reported. ``parent_low``, ``parent_high`` are the scores of the ``lowest`` and the ``highest`` parent. Where a
        parent is not evaluated nothing is called better or worse than all.
    """
    require(relations, ("level", "merge", "relation", "task", "gain", "p", "reference_value"), "category_table")
    expected = {
        merge: tuple(parents) for merge, parents in zip(context.merges["merge"], context.merges["parents"], strict=True)
    }
    parents = records(relations[relations["relation"].eq(PARENT) & relations["gain"].notna()])
    groups = grouped(parents, lambda row: (row["level"], row["merge"], row["task"]))
    rows = [_row(group, expected.get(merge, ())) for (_, merge, _), group in groups.items()]
    told = {row["merge"] for row in rows}
    rows += [_silent(context, merge) for merge in merge_rows(context.merges) if merge.merge not in told]
    return _decided(pd.DataFrame(rows, columns=tables.columns("categories")), alpha)


def _silent(context: MergeContext, merge: MergeRow) -> dict[str, Any]:
    note = text_note(context.doubts(merge), "no task in common with a parent" if merge.merge in context.rows else "")
    return {"level": "overall", "merge": merge.merge, "task": "overall", "category": OPEN, "by_sign": "", "note": note}


def _row(group: list[Row], expected: tuple[str, ...]) -> Row:
    first = group[0]
    gains, p = (np.array([row[name] for row in group], dtype=float) for name in ("gain", "p"))
    absent = [name for name in expected if name not in {row["reference"] for row in group}]
    # gains point to better, so the parent with the largest gain over it is the lowest one
    low, high = group[int(np.argmax(gains))], group[int(np.argmin(gains))]
    ends = {"parent_low": low["reference_value"], "parent_high": high["reference_value"]}
    about = {name: first[name] for name in ("level", "merge", "task", "capability", "n", "n_tasks", "scale")}
    gone = f"parents not compared: {', '.join(absent)}" if absent else ""
    alone = "one parent: nothing lies between" if len(expected) == 1 else ""
    return {
        **about, **ends, "value": first["merge_value"], "lowest": low["reference"], "highest": high["reference"],
        "by_sign": by_sign(gains), **_claims(gains, p, whole=not absent), "n_parents": len(group),
        "note": text_note(gone, alone, *(row["note"] for row in group)),
    }  # fmt: skip


def by_sign(gains: np.ndarray) -> str:
    """Return the category of the bare numbers; a tie with a parent counts as between."""
    if (gains > 0).all():
        return BETTER
    return WORSE if (gains < 0).all() else BETWEEN


def _claims(gains: np.ndarray, p: np.ndarray, *, whole: bool) -> dict[str, float]:
    if np.isnan(p).any():
        return {}
    greater, count = stats.one_sided_all(p, gains), len(gains)
    less = stats.one_sided_all(p, -gains)
    between = min(1.0, count * max(float(greater.min()), float(less.min()))) if count > 1 else np.nan
    claims = {"p_better": float(greater.max()), "p_worse": float(less.max())} if whole else {}
    return {name: max(value, TINY) for name, value in {**claims, "p_between": between}.items()}


def _decided(table: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Adjust each claim over the rows of a level; of several claims of a row that hold, the surest is taken."""
    p, words = claims(table, {"p_better": BETTER, "p_between": BETWEEN, "p_worse": WORSE}, ["level"], alpha)
    out = table.assign(p_adjusted=p, category=np.where(words == "", OPEN, words))
    return worded(out, lowest="", highest="", capability="")


def category_counts(categories: pd.DataFrame, *, by: str = "task", column: str = "category") -> pd.DataFrame:
    """Return how many merges (or tasks) fall into each category, and which: one row per task (or merge).

    Parameters
    ----------
    categories : DataFrame
        Rows of one level of `category_table`.
    by : {"task", "merge", "fewer"}
        What the rows of the result are; "fewer": tasks or merges, of which there are fewer.
    column : {"category", "by_sign"}
        What the tests decide, or the bare numbers.

    Returns
    -------
    DataFrame
        ``by``, and for each category its count and, in ``<category>: which``, the
        names; ``n`` counts what ``n_of`` says.
    """
    if by == "fewer":
        by = "task" if categories["task"].nunique() <= categories["merge"].nunique() else "merge"
    other = "merge" if by == "task" else "task"
    rows = []
    for name, group in categories[categories[column].ne("")].groupby(by, sort=False):
        row: dict[str, Any] = {by: name, "n": len(group), "n_of": f"{other}s"}
        for category in (BETTER, BETWEEN, WORSE, OPEN):
            which = group.loc[group[column] == category, other].astype(str).tolist()
            row |= {category: len(which), f"{category}: which": ", ".join(which)}
        rows.append(row)
    columns = [by, "n", "n_of", *(text for c in (BETTER, BETWEEN, WORSE, OPEN) for text in (c, f"{c}: which"))]
    return pd.DataFrame(rows, columns=columns)
