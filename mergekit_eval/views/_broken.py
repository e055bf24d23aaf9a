"""Signs of a broken merge, gathered in one row."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mergekit_eval.views._shape import picked, shares
from mergekit_eval.wording import share_of


def health(
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
    rows = []
    for merge in merges["merge"]:
        lost, read = (table[table["merge"].eq(merge)] for table in (collapse, outputs))
        read = read[read["sign"].ne("")]
        why = "; ".join(filter(None, (collapsed.get(merge, ""), broken.get(merge, ""))))
        rows.append(
            {
                "merge": merge,
                "at chance": share_of(lost["lost"].sum(), len(lost), "task") if len(lost) else "cannot be judged",
                "degenerate answers": _degenerate(read),
                "perplexity": _perplexity(perplexities[perplexities["merge"].eq(merge)]),
                "broken": "yes" if why else "",
                "why": why,
            }
        )
    columns = ["merge", "at chance", "degenerate answers", "perplexity", "broken", "why"]
    return pd.DataFrame(rows, columns=columns).sort_values("broken", ascending=False, kind="stable")


def _degenerate(read: pd.DataFrame) -> str:
    if read.empty:
        return "no answers read"
    degenerate = read.loc[read["decided"].eq("degenerate"), "task"].nunique()
    return share_of(degenerate, read["task"].nunique(), "task")


def _perplexity(rows: pd.DataFrame) -> str:
    ratios = pd.to_numeric(rows["ratio"]).dropna()
    return f"{ratios.max():.3g} times the best relative's" if len(ratios) else "not measured"


def answers(outputs: pd.DataFrame, count: int = 30) -> pd.DataFrame:
    """Return the degenerate answers, worst first, or in one row per reason why none could be read."""
    shown = outputs[outputs["decided"].eq("degenerate")].sort_values("share", ascending=False).head(count)
    if len(shown):
        read = shown.assign(share=[shares(r.share, r.low, r.high) for r in shown.itertuples()])
        columns = ["merge", "task", "sign", "share", "relatives", "relative", "answer"]
        return read[columns].rename(columns={"relatives": "highest relative", "relative": "which"})
    bare = outputs[outputs["note"].ne("")]
    told = bare.assign(note=bare["note"].str.split(":").str[0])
    counted = told.groupby("note", sort=False).agg(merges=("merge", "nunique"), tasks=("task", "nunique"))
    first = bare.drop_duplicates("merge")["note"].head(1).tolist()
    out = picked(counted.reset_index(), {"note": "why", "merges": "merges", "tasks": "tasks"})
    out = out.assign(first=first * len(out)) if first else out
    if out.empty:
        out.attrs["reason"] = outputs.attrs.get("reason", "no merge gives degenerate answers that its relatives do not")
    return out
