"""Classes of change (improved, no change, regressed), decided by the test and the interval, not by the sign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.references import BASE
from mergekit_eval.rows import Row, grouped, records
from mergekit_eval.schema import require
from mergekit_eval.thresholds import thresholds

IMPROVED, REGRESSED, SAME, OPEN, SILENT = "improved", "regressed", "no change", "undecided", "not compared"
LOST = "may indicate forgetting"
GRADES = ("excellent", "good", "marginal", "below marginal")
ARROWS = {IMPROVED: "↗", REGRESSED: "↘", SAME: "→", OPEN: "?", SILENT: "×"}


@tables.makes("bands")
def band_table(differences: pd.DataFrame, *, relation: str | None = BASE) -> pd.DataFrame:
    """Return the class of each difference: improved, no change, regressed or undecided.

    Parameters
    ----------
    differences : DataFrame
        From `differences` or the rows of one level of `relation_table`.
    relation : str, optional
        Only rows of this relation (base, parent, specialist, ...); None for all.

    Returns
    -------
    DataFrame
        Table `bands`. ``change``: improved or regressed where the test decides it; "no change" where the whole
        interval lies within the guide's normal variation (an equivalence claim, not a missing difference); undecided
        else. ``band`` grades a decided change of a bounded score: for IFEval excellent, good, marginal; for a loss
        acceptable (the whole interval is smaller than the guide's 3 points) or "may indicate forgetting" (5 points or
        more). All thresholds lie in `thresholds.yaml`.
    """
    require(
        differences, ("merge", "reference", "relation", "task", "gain", "gain_low", "gain_high", "decided"), "bands"
    )
    rows = differences if relation is None else differences[differences["relation"] == relation]
    change = [_change(row) for row in rows.astype(object).itertuples()]
    out = rows.assign(change=change, arrow=[ARROWS[word] for word in change])
    return (
        out.assign(band=[_band(row) for row in out.astype(object).itertuples()])
        .reindex(columns=tables.columns("bands"))
        .reset_index(drop=True)
    )


def _change(row: Any) -> str:
    limit = thresholds()["normal_variation"]
    if pd.isna(row.gain):
        return SILENT
    if row.decided in ("better", "worse"):
        return IMPROVED if row.decided == "better" else REGRESSED
    bounded = getattr(row, "scale", "unit") == "unit"
    return SAME if bounded and -limit < row.gain_low and row.gain_high < limit else OPEN


def _band(row: Any) -> str:
    if getattr(row, "scale", "unit") != "unit" or row.change not in (IMPROVED, REGRESSED):
        return ""
    limit = thresholds()
    if row.change == IMPROVED:
        if "ifeval" not in str(row.task).lower():
            return ""
        names = ("excellent", "good", "marginal")
        return next((name for name in names if row.gain >= limit[f"ifeval_{name}"]), "below marginal")
    if row.gain <= -limit["forgetting"]:
        return LOST
    return "acceptable" if row.gain_low > -limit["acceptable_loss"] else ""


@tables.makes("band_counts")
def band_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Return, per merge and reference, how many tasks went up, down, nowhere, and which the guide's bands name.

    Parameters
    ----------
    table : DataFrame
        From `band_table`.
    """
    rows = records(table[["merge", "reference", "task", "change", "band"]])
    pairs = grouped(rows, lambda row: (row["merge"], row["reference"]))
    return pd.DataFrame([{"merge": merge, "reference": name, **_counts(own)} for (merge, name), own in pairs.items()])


def _counts(rows: Sequence[Row]) -> dict[str, Any]:
    counts = Counter(row["change"] for row in rows)
    names = {
        "graded": tuple(row["band"] for row in rows if row["band"] in GRADES),
        "forgotten_tasks": tuple(row["task"] for row in rows if row["band"] == LOST),
    }
    return names | {word.replace(" ", "_"): counts[word] for word in ARROWS}
