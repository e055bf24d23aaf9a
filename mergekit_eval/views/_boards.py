"""Leaderboards, subjects and distributions as a person reads them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval.views._numbers import points
from mergekit_eval.views._shape import bare, crossed, shares
from mergekit_eval.wording import counted


def board(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model, one column per part, best average first; what is missing says what is missing."""
    if table.empty:
        return bare(table.attrs.get("reason", "no part of this leaderboard"))
    wide = crossed(table, "model", "task", _part, "")
    averages = table[table["task"].eq("average")].drop_duplicates("model").set_index("model")["value"]
    order = wide["model"].map(pd.to_numeric(averages)).sort_values(ascending=False, na_position="last")
    last = [name for name in wide if name != "average"]
    return wide.loc[order.index, [*last, *(["average"] if "average" in wide else [])]]


def _part(row: Any) -> str:
    return shares(row.value, row.low, row.high) or str(row.note)


def subjects(table: pd.DataFrame) -> pd.DataFrame:
    """Return the subjects on which a merge and a relative surely differ, largest gain first."""
    sure = table[table["decided"].isin(["better", "worse"])].sort_values("gain", ascending=False)
    if sure.empty:
        tested = int(table["p"].notna().sum()) if len(table) else 0
        return bare(table.attrs.get("reason", f"none of {counted(tested, 'subject comparison')} is decided"))
    return pd.DataFrame(
        {
            "merge": sure["merge"],
            "against": sure["reference"],
            "subject": sure["task"].str.removeprefix("mmlu_"),
            "area": sure["area"],
            "gain (points)": [points(r.gain, r.gain_low, r.gain_high) for r in sure.itertuples()],
            "p (BH)": sure["p_adjusted"],
            "n": sure["n"],
        }
    )


def percents(scores: pd.DataFrame) -> pd.DataFrame:
    """Return bounded scores of known direction in percent, turned so that higher is better (100 - score)."""
    kept = scores[scores["scale"].eq("unit") & scores["higher_is_better"].notna()]
    value = pd.to_numeric(kept["value"]).astype(float)
    turned = np.where(kept["higher_is_better"].astype(bool), value, 1 - value)
    out = kept.assign(value=100 * turned, capability=kept["capability"].replace("", "other"))
    return out.reset_index(drop=True)


def first(table: pd.DataFrame, count: int, column: str = "merge") -> pd.DataFrame:
    """Return the rows of the first ``count`` merges (models, tasks) of a table."""
    names = table[column].drop_duplicates().head(count)
    return table[table[column].isin(names)].reset_index(drop=True)
