"""Signs of a broken merge in one row: tasks at chance, degenerate answers, perplexity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.rows import records
from mergekit_eval.wording import counted


@tables.makes("health")
def health_table(
    merges: pd.DataFrame,
    collapse: pd.DataFrame,
    signs: pd.DataFrame,
    degenerate: pd.DataFrame,
    perplexities: pd.DataFrame,
    collapsed: Mapping[str, str],
    broken: Mapping[str, str],
) -> pd.DataFrame:
    """Return one row per merge: tasks at chance, degenerate answers, perplexity against the best relative.

    Parameters
    ----------
    merges, collapse, signs, degenerate, perplexities : DataFrame
        From `Session.merges`, `collapse_table`, `sign_table`, `degenerate`, `perplexity_table`.
    collapsed, broken : mapping
        Merge -> reason, from `collapsed` and `broken`.
    """
    rows = [_row(merge, collapse, signs, degenerate, perplexities) for merge in merges["merge"]]
    why = ["; ".join(filter(None, (collapsed.get(name, ""), broken.get(name, "")))) for name in merges["merge"]]
    out = pd.DataFrame(rows).assign(reason=why, broken=[bool(text) for text in why])
    return out.sort_values("broken", ascending=False, kind="stable", ignore_index=True) if rows else out


def _row(
    merge: str, collapse: pd.DataFrame, signs: pd.DataFrame, degenerate: pd.DataFrame, perplexities: pd.DataFrame
) -> dict[str, Any]:
    judged, bad, ratios = (table[table["merge"].eq(merge)] for table in (collapse, degenerate, perplexities))
    own = signs[signs["model"].eq(merge)]
    read = own[own["sign"].ne("")]
    counts = {"n_lost": judged["lost"].sum(), "n_judged": len(judged)} if len(judged) else {}
    if len(read):
        counts |= {"n_degenerate": bad["task"].nunique(), "n_read": read["task"].nunique()}
    unread = [f"{row['task']}: {row['note']}" for row in records(own[own["sign"].eq("")])]
    more = f" (and {counted(len(unread) - 1, 'more task')})" if len(unread) > 1 else ""
    ratio = ratios["ratio"].max() if len(ratios) else None
    return {"merge": merge, **counts, "ratio": ratio, "note": "".join(unread[:1]) + more}
