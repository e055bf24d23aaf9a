"""Items kept, gained and lost as a person reads them."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from mergekit_eval.views._shape import shares, words


def noise_rows(items: pd.DataFrame) -> pd.DataFrame:
    """Return the overall rows of synergy and lost consensus, those that noise alone could also make."""
    moving = items["category"].isin(["synergy", "lost_consensus"])
    return items[items["level"].eq("overall") & moving].reset_index(drop=True)


def ceiling(table: pd.DataFrame) -> pd.DataFrame:
    """Return, per merge, its score, its best parent's, and that of always picking a right parent."""
    mine = table[table["level"].eq("overall")]
    return pd.DataFrame(
        {
            "merge": mine["merge"],
            "merge has": [shares(v, float("nan"), 0) for v in mine["merge_value"]],
            "best parent": [
                f"{shares(r.best_parent_value, float('nan'), 0)} {r.best_parent}".strip()
                for r in mine.assign(best_parent=words(mine["best_parent"])).itertuples()
            ],
            "ceiling": [shares(v, float("nan"), 0) for v in mine["ceiling"]],
            "of the parents' right items": [shares(r.recovered, r.low, r.high) for r in mine.itertuples()],
            "n": mine["n"],
            "note": words(mine["note"]),
        }
    )


def listed_items(table: pd.DataFrame) -> pd.DataFrame:
    """Return listed items with key, text and path cut to a readable length; file and line lead to the rest."""
    out = table.rename(columns={"doc_id": "document"}).drop(columns=["category", "occurrence"], errors="ignore")
    out = out.assign(item_key=out["item_key"].str[:12], source_file=out["source_file"].str.split("/").str[-1])
    if "text" in out:
        out = out.assign(text=[_cut(value) for value in out["text"]])
    out.attrs = dict(table.attrs)
    return out


def _cut(value: Any, longest: int = 400) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= longest else f"{text[:longest]} …"
