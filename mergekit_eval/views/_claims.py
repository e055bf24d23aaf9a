"""Differences as claims: the family, the decided, the undecided, the unpaired."""

from __future__ import annotations

import pandas as pd

from mergekit_eval.views._kin import rows_of
from mergekit_eval.views._numbers import points
from mergekit_eval.views._shape import NO_RELATIVE, bare, without_rows


def family(table: pd.DataFrame, rule: str) -> pd.DataFrame:
    """Return what was tested and decided, in one row; ``rule`` is the correction in words (`described`)."""
    tested = table["p"].notna()
    counts = table.loc[tested, "decided"].value_counts()
    row = {"comparisons": len(table), "tested": int(tested.sum()), "correction": rule}
    row |= {name: int(counts.get(name, 0)) for name in ("better", "worse", "undecided")}
    row |= {"paired": int((table["evidence"] == "paired items").sum())}
    return pd.DataFrame([row | {"aggregates only": int((table["evidence"] == "aggregates only").sum())}])


def largest(table: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the ``count`` decided differences of shares with the largest gain or loss, best first."""
    sure = table[table["decided"].isin(["better", "worse"]) & (table["scale"] == "unit")]
    chosen = sure.loc[sure["gain"].abs().sort_values(ascending=False).index[:count]]
    return chosen.sort_values("gain", ascending=False)


def forest_rows(relations: pd.DataFrame) -> pd.DataFrame:
    """Return what merges gained on average, as a forest plot draws it, decided as in the table of relations."""
    return rows_of(relations).dropna(subset="gain", ignore_index=True).assign(task="average")


def related(table: pd.DataFrame, relation: str) -> pd.DataFrame:
    """Return the differences of one relation (base, parent), as figures that know references draw them."""
    mine = table[table["relation"] == relation].reset_index(drop=True)
    return mine if len(mine) else without_rows(mine, NO_RELATIVE.format(relation))


def nearest(table: pd.DataFrame) -> pd.DataFrame:
    """Return the differences to the base; where there are none, those to the parents, merge and parent in one name."""
    kinds = ("base", "specialist", "parent")
    kind = next((name for name in kinds if table["relation"].eq(name).any()), "base")
    out = against(table, kind).reset_index(drop=True)
    out.attrs = dict(table.attrs)
    return out


def against(table: pd.DataFrame, relation: str) -> pd.DataFrame:
    """Return the differences of one relation (base, parent); with several references the merge's label names both."""
    rows = table[table["relation"] == relation]
    many = rows.groupby("merge")["reference"].nunique().gt(1).any()
    label = rows["merge"] + " − " + rows["reference"]
    return rows.assign(merge=label) if many else rows


def undecided(table: pd.DataFrame) -> pd.DataFrame:
    """Return the undecided comparisons with the smallest difference that would have shown, blindest first."""
    open_ = table[table["decided"].eq("undecided") & table["p"].notna()].sort_values("mde", ascending=False)
    if open_.empty:
        return bare(nothing_open(table))
    return pd.DataFrame(
        {
            "merge": open_["merge"],
            "against": open_["reference"],
            "task": open_["task"],
            "gain (points)": [points(r.gain, r.gain_low, r.gain_high, r.scale) for r in open_.itertuples()],
            "p": open_["p"].astype(float).round(4),
            "visible from (points)": [points(r.mde, float("nan"), 0, r.scale).lstrip("+") for r in open_.itertuples()],
            "n": open_["n"],
        }
    )


def nothing_open(table: pd.DataFrame) -> str:
    """Return why no undecided difference can be shown."""
    if table["p"].isna().all():
        return "no difference could be tested"
    undecided_ones = table["decided"].eq("undecided").any()
    return "what the undecided could have shown is not known" if undecided_ones else "nothing is undecided"


def pairing(table: pd.DataFrame) -> pd.DataFrame:
    """Return the comparisons that are incomplete, unpaired, or refused, with the reason."""
    odd = table[table["unmatched"].fillna(0).gt(0) | table["evidence"].ne("paired items") | table["note"].ne("")]
    columns = ["merge", "reference", "task", "evidence", "matched", "unmatched", "note"]
    return odd[columns].rename(columns={"reference": "against"}).fillna({"evidence": "not compared"})
