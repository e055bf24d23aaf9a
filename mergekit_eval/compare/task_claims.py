"""What may be claimed of single tasks: only inside a benchmark on which the merge stands surely above or below."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.compare.engine import BENCHMARK, TASK, averageable
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.compare.place import ABOVE, BELOW, TASK_SHARE
from mergekit_eval.compare.references import BASE, PARENT
from mergekit_eval.compare.testing import corrected, outcome
from mergekit_eval.shares import shares_checked
from mergekit_eval.wording import counted, percent

DECIDED = {ABOVE: "better", BELOW: "worse"}
NOT_DECIDED = "not tested: its benchmark is not decided"
NO_PLACE = "not tested: it counts in no benchmark that the merge shares with its base and every parent"
GATE = ["merge", "reference", "benchmark"]


@tables.makes("claims")
@shares_checked
def claim_table(
    context: MergeContext, differences: pd.DataFrame, places: pd.DataFrame, *, alpha: float = 0.05
) -> pd.DataFrame:
    """Return what may be claimed of each task: its benchmark first, then the task inside it.

    Parameters
    ----------
    context : MergeContext
        Its ``votes`` say which tasks are one benchmark.
    differences : DataFrame
        From `differences` of the same collection.
    places : DataFrame
        From `place_table` at the same ``alpha``, with benchmarks.
    alpha : float
        Chance of any false place on the benchmarks of a merge or claim on its tasks, at most: a fifth of it
        (`TASK_SHARE`) is for tasks of benchmarks of several, the rest for the benchmarks.

    Returns
    -------
    DataFrame
        Table `claims`, one row per merge, base or parent, and task. A benchmark of one task is that task: its place
        decides. The tasks of any other benchmark are tested only where its place against the same reference is above
        or below, by Holm at their part of alpha, which is that of their number among all tasks that the merge could be
        tested on (Meinshausen 2008, doi:10.1093/biomet/asn007); ``p_adjusted`` compares with alpha. ``listed`` is the
        exploration: Benjamini-Hochberg over all rows.
    """
    rows = differences[differences["relation"].isin([BASE, PARENT])]
    rows = rows.merge(_members(context, differences), on=["merge", "task"], how="left")
    rows = rows.merge(_decisive(places), on=["merge", "reference", "level", "name"], how="left")
    rows["place"] = rows["place"].fillna("")
    single = rows["level"].eq(TASK) & rows["place"].ne("")
    rows["p_adjusted"] = _adjusted(rows).where(rows["place"].isin(list(DECIDED)))
    by_task = outcome(rows["gain"], rows["p_adjusted"], alpha)
    rows["decided"] = np.where(single, rows["place"].map(DECIDED).fillna("undecided"), by_task)
    listed = corrected(rows, "p", (), stats.benjamini_hochberg)
    rows["listed"] = outcome(rows["gain"], listed, alpha)
    rows["note"] = _reason(rows)
    return rows.fillna({"benchmark": ""})[tables.columns("claims")]


def _members(context: MergeContext, differences: pd.DataFrame) -> pd.DataFrame:
    """Return the tasks of each merge with their benchmark, and the level and name of the place that decides on it."""
    by_merge = averageable(differences).groupby("merge", sort=False)
    rows = [row for merge, mine in by_merge for row in _tasks(context, str(merge), mine)]
    return pd.DataFrame(rows, columns=["merge", "benchmark", "task", "level", "name"], dtype=object)


def _tasks(context: MergeContext, merge: str, rows: pd.DataFrame) -> Iterator[tuple[str, str, str, str, str]]:
    for benchmark, tasks in context.votes.by_benchmark(list(dict.fromkeys(rows["task"]))).items():
        for task in tasks:
            yield merge, benchmark, task, *((BENCHMARK, benchmark) if len(tasks) > 1 else (TASK, task))


def _decisive(places: pd.DataFrame) -> pd.DataFrame:
    """Return the places on benchmarks against single references."""
    rows = places[places["level"].isin([BENCHMARK, TASK]) & places["relation"].isin([BASE, PARENT])]
    return rows[["merge", "reference", "level", "task", "place"]].rename(columns={"task": "name"})


def _adjusted(rows: pd.DataFrame) -> pd.Series:
    """Return p of the tasks inside benchmarks of several: Holm inside, divided by their part of alpha."""
    testable = rows[rows["level"].eq(BENCHMARK) & rows["place"].ne("") & rows["p"].notna()]
    inside, all_ = (testable.groupby(keys, sort=False)["p"].transform("size") for keys in (GATE, ["merge"]))
    p = corrected(testable, "p", GATE) * all_ / inside / TASK_SHARE
    return p.clip(upper=1.0).reindex(rows.index)


def _reason(rows: pd.DataFrame) -> pd.Series:
    """Return why a task has no claim: that it was not compared, else which step stops it."""
    outside, undecided = rows["place"].eq(""), ~rows["place"].isin(list(DECIDED))
    told = [outside & rows["note"].ne(""), outside, undecided, rows["decided"].eq("")]
    why = np.select(told, ["", NO_PLACE, NOT_DECIDED, "not tested: no p value is known"], "")
    notes = [text_note(*parts) for parts in zip(rows["note"], why, strict=True)]
    return rows["note"].where(rows["decided"].ne(""), pd.Series(notes, index=rows.index, dtype=object))


@shares_checked
def claims_paragraph(claims: pd.DataFrame, alpha: float = 0.05) -> str:
    """Return what is claimed of single tasks, what was not tested, and how often such statements are false.

    Parameters
    ----------
    claims : DataFrame
        From `claim_table`.
    alpha : float
        It was made with.
    """
    share = percent(alpha)
    words, listed = claims["decided"].value_counts(), int(claims["listed"].isin(["better", "worse"]).sum())
    closed = claims["place"].ne("") & claims["decided"].eq("") & ~claims["place"].isin(list(DECIDED))
    return (
        f"Tasks on which a merge is surely better than its base or a parent: {words.get('better', 0):,}; surely worse: "
        f"{words.get('worse', 0):,}; not tested, as their benchmark is not decided: {closed.sum():,}. "
        f"At most {share} of studies have any false statement in the table of verdicts, and at most {share} of merges "
        f"have any false statement on a benchmark or a task. "
        f"The exploration lists {counted(listed, 'difference')}, at most {share} of them expected to be false."
    )
