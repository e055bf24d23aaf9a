"""Signs of a broken merge in one row: tasks at chance, degenerate answers, perplexity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.rows import by_value
from mergekit_eval.wording import counted


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
    parts = [by_value(table, "merge") for table in (collapse, outputs, perplexities)]
    rows = [_row(merge, *(part[merge] for part in parts)) for merge in merges["merge"]]
    why = ["; ".join(filter(None, (collapsed.get(name, ""), broken.get(name, "")))) for name in merges["merge"]]
    out = pd.DataFrame(rows).assign(reason=why, broken=[bool(text) for text in why])
    return out.sort_values("broken", ascending=False, kind="stable", ignore_index=True) if rows else out


def _row(merge: str, judged: pd.DataFrame, signs: pd.DataFrame, ratios: pd.DataFrame) -> dict[str, Any]:
    read = signs[signs["sign"].ne("")]
    counts = {"n_lost": judged["lost"].sum(), "n_judged": len(judged)} if len(judged) else {}
    if len(read):
        degenerate = read.loc[read["decided"].eq("degenerate"), "task"].nunique()
        counts |= {"n_degenerate": degenerate, "n_read": read["task"].nunique()}
    unread = [note for note in signs["note"].unique() if note]
    more = f" (and {counted(len(unread) - 1, 'more reason')})" if len(unread) > 1 else ""
    ratio = ratios["ratio"].max() if len(ratios) else None
    return {"merge": merge, **counts, "ratio": ratio, "note": "".join(unread[:1]) + more}
