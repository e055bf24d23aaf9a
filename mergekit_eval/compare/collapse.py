"""Whether a merge has fallen to chance, judged task by task against its parents and its base."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import orientation, tables
from mergekit_eval.compare.votes import Votes
from mergekit_eval.rows import MergeRow, merge_rows, score_rows
from mergekit_eval.thresholds import thresholds
from mergekit_eval.wording import share_of


def collapse_table(scores: pd.DataFrame, merges: pd.DataFrame) -> pd.DataFrame:
    """Return, per merge and task, its share of the best relative's score over chance.

    Parameters
    ----------
    scores : DataFrame
        From `score_table`; tasks without a known chance level or direction, or unbounded ones, cannot show a collapse.
    merges : DataFrame
        merge, parents, base.

    Returns
    -------
    DataFrame
        Table `collapse`: ``share_of_best`` is (value - chance) / (best - chance), ``lost`` whether the merge's whole
        interval lies below the share named in `thresholds.yaml`. Only tasks on which base or a parent is surely above
        chance are listed.
    """
    usable = scores[scores["scale"].eq("unit") & scores["chance"].notna() & (orientation.sign(scores) > 0)]
    tasks: dict[str, dict[str, Any]] = {}
    for row in score_rows(usable):
        tasks.setdefault(row.task, {})[row.model] = row
    rows = [row for merge in merge_rows(merges) for row in _merge_rows(tasks, merge)]
    return tables.conform(rows, "collapse")


def _merge_rows(tasks: Mapping[str, Mapping[str, Any]], merge: MergeRow) -> Iterator[dict[str, Any]]:
    references = [name for name in dict.fromkeys((merge.base, *merge.parents)) if name]
    limit = thresholds()
    for task, models in tasks.items():
        others = [models[name] for name in references if name in models]
        able = [r for r in others if r.low > r.chance and r.value - r.chance >= limit["above_chance"]]
        if merge.merge not in models or not able:
            continue
        own, best = models[merge.merge], max(able, key=lambda r: r.value)
        room, over_chance = best.value - own.chance, own.value - own.chance
        edge = own.high if pd.notna(own.high) else own.value
        yield {
            **{"task": task, "value": own.value, "low": own.low, "high": own.high, "chance": own.chance},
            **{"merge": merge.merge, "best": best.value, "best_model": best.model, "share_of_best": over_chance / room},
            "lost": bool(edge < own.chance + limit["collapse_share"] * room),
        }


def collapsed(table: pd.DataFrame, votes: Votes) -> dict[str, str]:
    """Return merge -> reason for every merge of a `collapse_table` that is at chance on most benchmarks.

    A benchmark is lost where most of its weight is. Of the two signs of a collapse this is the first, see
    `verdict_table`.
    """
    limit, reasons = thresholds(), {}
    for merge, rows in table.groupby("merge", sort=False):
        lost = dict(zip(rows["task"], rows["lost"], strict=True))
        within = votes.within(list(lost))
        held = [[task for task in tasks if within[task] > 0] for tasks in votes.by_benchmark(lost).values()]
        fallen = [sum(within[task] for task in tasks if lost[task]) > limit["collapse_tasks"] for tasks in held]
        if len(rows) >= limit["collapse_least"] and np.mean(fallen) > limit["collapse_tasks"]:
            reasons[str(merge)] = (
                f"at or near chance on {share_of(sum(fallen), len(fallen), 'benchmark')} on which a parent or the base "
                f"is above it (median {rows['share_of_best'].median():.0%} of the best relative's score over chance)"
            )
    return reasons
