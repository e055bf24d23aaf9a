"""Find scores on 0-100 whose metric is usually on 0-1; all values of one task and metric are one or the other."""

from __future__ import annotations

import pandas as pd

from mergekit_eval.readers._base import problem

SERIES = ["tool", "task", "metric"]


def by_value(scores: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    """Return the rows with ``scale`` percent where a "unit" series holds values above 1, and a note for each series."""
    above = scores["scale"].eq("unit") & (scores["value"] > 1 + 1e-9)
    if not above.any():
        return scores, []
    out = scores.copy()
    problems = []
    for key, rows in out[above].groupby(SERIES, sort=True):
        mine = (out[SERIES] == list(key)).all(axis=1)
        scale = "percent" if rows["value"].max() <= 100 + 1e-9 else "natural"
        out.loc[mine, "scale"] = scale
        out.loc[mine, "chance"] = out.loc[mine, "chance"] * (100 if scale == "percent" else float("nan"))
        text = f"{key[1]}, {key[2]}: values up to {rows['value'].max():.6g} are not on 0-1; taken as {scale}"
        found = problem("note", text, f"state its scale in params/metrics.yaml, under {key[0]}: tasks: {key[1]!r}")
        problems.append({"file": rows["source_file"].iloc[0]} | found)
    return out, problems
