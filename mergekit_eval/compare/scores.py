"""One row per model and task: the score, its interval, and why it has none."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mergekit_eval import orientation, stats, tables
from mergekit_eval.compare.item_index import Evidence, Results, text_note
from mergekit_eval.compare.score_limits import NO_ERROR
from mergekit_eval.rows import ScoreRow, score_rows
from mergekit_eval.shares import shares_checked
from mergekit_eval.wording import counted


@tables.makes("score_table")
@shares_checked
def score_table(collection: Results, *, level: float = 0.95, primary: bool = True) -> pd.DataFrame:
    """Return every task score with its interval.

    Parameters
    ----------
    collection : Collection
        What was read.
    level : float
        Confidence level of ``low`` and ``high``, between 0 and 1.
    primary : bool
        Only the primary metric of each task; False gives every metric.

    Returns
    -------
    DataFrame
        Table `score_table`. Percentages are shown as shares of one; unbounded scores (``scale`` natural) keep their
        unit. An interval comes from the items where there are any, else from the file's standard error, else from
        n for a share; ``interval_from`` says which, ``note`` why there is none.
    """
    evidence = Evidence.of(collection, primary)
    scores = evidence.scores
    limits = [interval(evidence, row, level) for row in score_rows(scores)]
    intervals = pd.DataFrame(limits, columns=["low", "high", "stderr", "interval_from", "why"], index=scores.index)
    intervals = intervals.astype({"interval_from": "str", "why": "str"})
    direction = np.where(orientation.known(scores), "", "direction unknown: never ranked")
    chance = orientation.on_unit(scores["chance"], scores)
    ends = orientation.oriented_ends(intervals["low"], intervals["high"], scores)
    out = scores.assign(
        value=scores["score"],
        chance=chance,
        oriented_low=ends[0],
        oriented_high=ends[1],
        oriented_chance=orientation.oriented(chance, scores),
        **{name: intervals[name] for name in ("low", "high", "stderr", "interval_from")},
        scale=orientation.unit_of(scores["scale"]),
        **{name: scores[name].astype(object).infer_objects() for name in ("higher_is_better", "n")},
        note=[text_note(*parts) for parts in zip(scores["note"], direction, intervals["why"], strict=True)],
    )
    return out[tables.columns("score_table")]


def interval(evidence: Evidence, row: ScoreRow, level: float) -> tuple[float, float, float, str, str]:
    """Return low, high, standard error, where they come from, and a note, for one score row."""
    items = evidence.known(row)
    if evidence.carries(row):
        mean = stats.mean(items.values, clusters=items.cluster, level=level)
        low, high, stderr = np.array([mean.low, mean.high, mean.stderr], dtype=float).tolist()
        return low, high, stderr, f"items, {mean.method}", mean.note
    odd = int((~np.isfinite(items.values)).sum())
    note = f"{counted(odd, 'item is', 'items are')} not finite" if odd else ""
    if len(items.values) and not odd and row.scale != "natural":
        note = "the items' mean differs from the file's value"
    low, high, stderr, source = (one[row.Index] for one in evidence.file_limits(level))
    return float(low), float(high), float(stderr), str(source), note if source else text_note(note, NO_ERROR)


def standard_error(evidence: Evidence, row: ScoreRow, level: float) -> float:
    """Return the standard error alone of one score row, as `interval` does."""
    if evidence.carries(row):
        return interval(evidence, row, level)[2]
    return float(evidence.file_limits(level).stderr[row.Index])
