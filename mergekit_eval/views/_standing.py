"""Where models stand: verdicts, collapse, correlations."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mergekit_eval.views._numbers import percent
from mergekit_eval.views._shape import bare, words
from mergekit_eval.wording import counted, symbol


def verdicts(table: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts, best average first."""
    order = table.sort_values("macro", ascending=False, na_position="last")
    return pd.DataFrame(
        {
            "merge": order["merge"],
            "method": order["method"],
            "parents": order["parents"],
            "average": [_average(r) for r in order.itertuples()],
            "verdict": order["verdict"],
            "why": order["reason"],
            "note": words(order["note"]),
        }
    )


def _average(row: Any) -> str:
    return "" if pd.isna(row.macro) else f"{row.macro:.1%} [{row.macro_low:.1%}, {row.macro_high:.1%}]"


def lost(table: pd.DataFrame) -> pd.DataFrame:
    """Return the tasks that a merge lost, most lost first; without any, how many could have shown it."""
    rows = table[table["lost"].astype(bool)]
    if len(rows):
        return collapse(rows).drop(columns="lost")
    able = counted(len(table), "pair")
    return bare(f"no task is lost; {able} of a merge and a task could show it" if len(table) else _SILENT)


_SILENT = "no merge has a task on which its base or a parent is surely above chance"


def collapse(table: pd.DataFrame) -> pd.DataFrame:
    """Return the share of skill each merge kept, merge by merge, most lost first."""
    if table.empty:
        return bare(_SILENT)
    order = table.sort_values(["merge", "share_kept"])
    return pd.DataFrame(
        {
            "merge": order["merge"],
            "task": order["task"],
            "score": order["value"].map(percent),
            "chance": order["chance"].map(percent),
            "best relative": order["best"].map(percent) + " " + order["best_model"].astype(str),
            "kept over chance": order["share_kept"].map(percent),
            "lost": order["lost"],
        }
    )


def correlations(table: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of tasks, strongest first."""
    order = table.sort_values("r", key=lambda r: -r.abs(), na_position="last")
    kept = order[["x", "y", "r", "low", "high", "n", "p", "p_adjusted", "note"]]
    sign = symbol(table["method"].iloc[0]) if len(table) else "r"
    return kept.round({"r": 2, "low": 2, "high": 2}).rename(columns={"p_adjusted": "p (BH)", "r": sign})
