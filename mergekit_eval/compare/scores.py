"""One row per model and task: the score, its interval, and why it has none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from mergekit_eval import stats, tables
from mergekit_eval.compare.item_index import Evidence, Known, text_note, unit
from mergekit_eval.shares import shares_checked
from mergekit_eval.wording import counted


@tables.makes("score_table")
@shares_checked
def score_table(collection: Any, *, level: float = 0.95, primary: bool = True) -> pd.DataFrame:
    """Return every task score with its interval.

    Parameters
    ----------
    collection : Collection
        What was read.
    level : float
        Confidence level of ``low`` and ``high``, between 0 and 1.
    primary : bool
        Only the metric that stands for each task; False gives every metric.

    Returns
    -------
    DataFrame
        Table `score_table`. Percentages are shown as shares of one; unbounded scores (``scale`` natural) keep their
        unit. An interval comes from the items where there are any, else from the file's standard error, else from
        n for a share; ``interval_from`` says which, ``note`` why there is none.
    """
    evidence = Evidence(collection, primary)
    rows = [_row(evidence, row, level) for row in evidence.scores.itertuples()]
    return pd.DataFrame(rows, columns=tables.columns("score_table"))


def _row(evidence: Evidence, row: Any, level: float) -> dict:
    value, chance = unit(row.value, row.scale), unit(row.chance, row.scale)
    low, high, stderr, source, note = interval(evidence, row, level)
    direction = "" if not pd.isna(row.higher_is_better) else "direction unknown: never ranked"
    return {
        **{name: getattr(row, name) for name in ("task", "metric", "filter", "model", "role", "n", "source_file")},
        **{"higher_is_better": row.higher_is_better, "capability": row.capability},
        **{"value": value, "low": low, "high": high, "stderr": stderr, "chance": chance},
        **{"scale": "unit" if row.scale == "percent" else row.scale, "interval_from": source},
        "note": text_note(row.note, direction, note),
    }


def interval(evidence: Evidence, row: Any, level: float) -> tuple[float, float, float, str, str]:
    """Return low, high, standard error, where they come from, and a note, for one score row."""
    items = evidence.known(row)
    if evidence.carries(row):
        return _from_items(items, level)
    odd = int((~np.isfinite(items.values)).sum())
    note = f"{counted(odd, 'item is', 'items are')} not finite" if odd else ""
    if len(items.values) and not odd and row.scale != "natural":
        note = "the items' mean differs from the file's value"
    return _from_file(row, unit(row.value, row.scale), level, note)


def _from_items(items: Known, level: float) -> tuple[float, float, float, str, str]:
    found = stats.mean(items.values, clusters=items.cluster, level=level)
    return _number(found.low), _number(found.high), _number(found.stderr), f"items, {found.method}", found.note


def _from_file(row: Any, value: float, level: float, note: str) -> tuple[float, float, float, str, str]:
    nan = float("nan")
    # a normalised share, (hits / n - chance) / (1 - chance), is often hits / n of other hits, but never a proportion
    share = row.scale in ("unit", "percent") and 0 <= value <= 1 and row.metric != "normalized"
    binomial = share and not pd.isna(row.n) and abs(value * row.n - round(value * row.n)) < 1e-3
    if binomial:
        found = stats.proportion(round(value * row.n), int(row.n), level=level)
        return _number(found.low), _number(found.high), _number(found.stderr), f"n, {found.method}", note
    if row.stderr > 0:
        stderr = unit(row.stderr, row.scale)
        half = float(norm.isf((1 - level) / 2)) * stderr
        return value - half, value + half, stderr, "the file's standard error, normal", note
    return nan, nan, nan, "", text_note(note, "no interval: the file gives neither items nor n nor a standard error")


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
