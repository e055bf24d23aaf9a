"""Signs of a broken merge in one row: tasks at chance, degenerate answers, perplexity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mergekit_eval import tables


@tables.makes("health")
def health_table(
    merges: pd.DataFrame,
    collapse: pd.DataFrame,
    outputs: pd.DataFrame,
    perplexities: pd.DataFrame,
    collapsed: Mapping[str, str],
    broken: Mapping[str, str],
) -> pd.DataFrame:
    """Return one row per merge: tasks at chance, degenerate answers, perplexity against the best relative.

    Parameters
    ----------
    merges, collapse, outputs, perplexities : DataFrame
        From `Session.merges`, `collapse_table`, `output_signs`, `perplexity_table`.
    collapsed, broken : mapping
        Merge -> reason, from `collapsed` and `broken`.
    """
    rows = [_row(merge, collapse, outputs, perplexities) for merge in merges["merge"]]
    why = ["; ".join(filter(None, (collapsed.get(name, ""), broken.get(name, "")))) for name in merges["merge"]]
    out = pd.DataFrame(rows).assign(reason=why, broken=[bool(text) for text in why])
    return out.sort_values("broken", ascending=False, kind="stable", ignore_index=True) if rows else out


def _row(merge: str, collapse: pd.DataFrame, outputs: pd.DataFrame, perplexities: pd.DataFrame) -> dict[str, Any]:
    judged, signs, ratios = (table[table["merge"].eq(merge)] for table in (collapse, outputs, perplexities))
    read = signs[signs["sign"].ne("")]
    counts = {"n_lost": judged["lost"].sum(), "n_judged": len(judged)} if len(judged) else {}
    if len(read):
        degenerate = read.loc[read["decided"].eq("degenerate"), "task"].nunique()
        counts |= {"n_degenerate": degenerate, "n_read": read["task"].nunique()}
    unread = "; ".join(dict.fromkeys(note for note in signs["note"] if note))
    return {"merge": merge, **counts, "ratio": ratios["ratio"].max() if len(ratios) else None, "note": unread}
