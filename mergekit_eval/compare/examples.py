"""The items behind a count, for a merge and a task that a person names or that show most of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mergekit_eval import tables
from mergekit_eval.collect.item_text import rows_behind
from mergekit_eval.compare.items import CATEGORIES, outcomes, usable
from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.errors import DataError, explain
from mergekit_eval.schema import require
from mergekit_eval.wording import counted


def item_examples(
    context: MergeContext,
    table: pd.DataFrame,
    category: str = "synergy",
    *,
    merge: str = "",
    task: str = "",
    text: bool = False,
    limit: int = 20,
) -> pd.DataFrame:
    """Return the first items of one category, of the merge and task where they exceed noise most unless named.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`.
    table : DataFrame
        From `item_table`.
    category : str
        One of `CATEGORIES`.
    merge, task : str
        Which; '' for the one with the largest excess over what noise alone would give.
    text : bool
        Fetch document and answer from the sample file; where the file is gone the items come without.
    limit : int
        At most so many items.

    Returns
    -------
    DataFrame
        As from `item_list`, with the count over all such items and what noise alone would give (``expected``).
    """
    require(table, ("level", "merge", "task", "category", "count", "expected"), "item_examples")
    if category not in CATEGORIES:
        raise DataError(explain("item_examples", "category", category, ", ".join(CATEGORIES)))
    rows = table[table["level"].eq("task") & table["category"].eq(category)]
    rows = rows[(rows["merge"].eq(merge) | (merge == "")) & (rows["task"].eq(task) | (task == ""))]
    if rows.empty:
        wanted = [f"the merge {merge}"] * bool(merge) + [f"the task {task}"] * bool(task)
        why = f"no items to count for {' and '.join(wanted) or 'any merge beside its parents'}"
        return tables.empty("item_list", why)
    top = rows.iloc[int((rows["count"] - rows["expected"]).astype(float).argmax())]
    if not top["count"]:
        return tables.empty("item_list", f"no item of {top['merge']} on {top['task']} is of the category {category}")
    return _listed(context, top, category, text, limit).assign(count=top["count"], expected=top["expected"])


def items_paragraph(listed: pd.DataFrame) -> str:
    """Return what the list of `item_examples` holds: whose items, how many there are, how many noise would give."""
    if listed.empty:
        return ""
    top = listed.iloc[0]
    without = f", without text: {top['note']}" if top["note"] else ""
    return (
        f"{top['category'].replace('_', ' ')} of {top['merge']} on {top['task']}: {counted(top['count'], 'item')}, "
        f"noise alone would give {top['expected']:.1f}; {len(listed)} listed{without}."
    )


def _listed(context: MergeContext, top: pd.Series, category: str, text: bool, limit: int) -> pd.DataFrame:
    try:
        return item_list(context, top["merge"], top["task"], category, text=text, limit=limit)
    except (DataError, OSError) as error:
        if not text:
            raise
        return item_list(context, top["merge"], top["task"], category, limit=limit).assign(note=str(error))


def item_list(
    context: MergeContext, merge: str, task: str, category: str, *, text: bool = False, limit: int | None = None
) -> pd.DataFrame:
    """Return the items of one merge and task that fall into one category, with every relative's score on them.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`.
    merge, task : str
        Which merge on which task.
    category : str
        One of `CATEGORIES`.
    text : bool
        Fetch what the merge's sample file holds on each item (document, answer) into the column ``text``.
    limit : int, optional
        Only the first so many items.

    Raises
    ------
    DataError
        If the merge has no such task, the items cannot be counted, or the category is unknown.
    """
    if category not in CATEGORIES:
        raise DataError(explain("item_list", "category", category, ", ".join(CATEGORIES)))
    found = [view for view in context.of(merge) if view.task == task]
    if not found:
        tasks = [view.task for view in context.of(merge)]
        raise DataError(explain("item_list", "(merge, task)", (merge, task), f"a task of {merge}: {tasks[:20]}"))
    view = found[0]
    places, why = usable(view)
    if not places or view.block.values is None or view.block.places is None:
        raise DataError(f"item_list: {merge} on {task}: {why}")
    right = view.block.values[:, [0, *places]] > 0.5
    at = outcomes(right[:, 0], right[:, 1:].sum(axis=1), len(places)) == CATEGORIES.index(category)
    chosen = np.flatnonzero(at)[:limit]
    items = context.evidence.items(view.block.rows[0]).iloc[view.block.places[chosen]]
    names = ["item_key", "occurrence", "doc_id", "source_file", "line"]
    about = items[names].reset_index(drop=True).assign(merge=merge, task=task, category=category)
    out = tables.conform(about, "item_list").assign(
        **dict(zip(view.block.models, view.block.values[chosen].T, strict=True))
    )
    return out.assign(text=rows_behind(out)) if text else out
