"""Tables of the significance notebook: who may be compared, what holds together, what could be seen."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mergekit_eval.compare.words import differences_named
from mergekit_eval.views._claims import nothing_open
from mergekit_eval.views._numbers import percent, points
from mergekit_eval.views._shape import without_rows
from mergekit_eval.wording import counted, share_of

ORDER = ("paired items", "aggregates only", "refused", "one of the two only", "not evaluated")


def comparability(table: pd.DataFrame) -> pd.DataFrame:
    """Return on how many tasks each merge can be compared with its references, and what stands against it.

    References of a merge with which it can be compared equally well share a row.
    """
    columns = ["merge", "against", *ORDER, "what differs"]
    rows = []
    for (merge, reference), mine in table.groupby(["merge", "reference"], sort=False):
        counts = mine["status"].value_counts()
        said = list(dict.fromkeys(mine.loc[mine["message"].ne("") & mine["status"].ne(ORDER[3]), "message"]))
        more = f" (and {len(said) - 2} more)" if len(said) > 2 else ""
        told = "; ".join(said[:2]) + more
        counted = {name: int(counts.get(name, 0)) for name in ORDER}
        rows.append({"merge": merge, "against": reference, **counted, "what differs": told})
    rest = [name for name in columns if name != "against"]
    out = pd.DataFrame(rows, columns=columns).groupby(rest, sort=False, as_index=False)["against"].agg(", ".join)
    out = out[columns] if rows else pd.DataFrame(columns=columns)
    return out.drop(columns=[name for name in ORDER[1:] if len(out) and not out[name].any()])


def joint(table: pd.DataFrame, count: int = 30) -> pd.DataFrame:
    """Return the rows of a forest plot with intervals that hold together: the largest decided gains and losses.

    Where nothing is decided, the differences nearest to a decision stand there instead.
    """
    known = _drawable(table)
    sure = known[known["decided"].isin(["better", "worse"])].sort_values("gain", ascending=False, kind="stable")
    chosen = known.loc[known["p_adjusted"].sort_values(kind="stable").index[:count]]
    if len(sure):
        chosen = _ends(sure, count)
    limits = {"gain_low": chosen["joint_low"], "gain_high": chosen["joint_high"]}
    return chosen.assign(**limits).sort_values("gain", ascending=False, kind="stable")


def _drawable(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["joint_low"].notna() & table["scale"].eq("unit")]


def _ends(rows: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the first and the last rows, half of ``count`` each, more of one end where the signs leave room."""
    up, down = int((rows["gain"] > 0).sum()), int((rows["gain"] < 0).sum())
    top = min(up, max(count // 2, count - down))
    return pd.concat([rows.head(top), rows.tail(min(down, count - top))])


def joint_caption(shown: pd.DataFrame, table: pd.DataFrame, rule: str) -> str:
    """Return the caption of that forest plot: what is drawn, what the intervals are, what the colours mean."""
    sure = int(_drawable(table)["decided"].isin(["better", "worse"]).sum())
    what = f"the {len(shown)} largest of {sure:,} decided" if sure else f"none is decided; the {len(shown)} nearest"
    sources = shown["joint_from"].value_counts()
    told = " and ".join(sources.index[:3])
    level = 1 - shown["joint_level"].max()
    return (
        f"{differences_named(shown)}: {what}. Intervals hold for the whole family at once ({told}; each alone has "
        f"error {level:.2g} or more). Colours: {rule}; a stepwise p and a joint interval can differ at the edge."
    )


def most_traded(table: pd.DataFrame, count: int = 30) -> pd.DataFrame:
    """Return the comparisons over shared items with the most items both won and lost, in the order of the table."""
    known = table[table["wins"].notna() & table["p"].notna()]
    traded = known[["wins", "losses"]].astype(float).min(axis=1)
    return known.loc[sorted(traded.sort_values(ascending=False, kind="stable").index[:count])]


def nearly(table: pd.DataFrame, count: int = 30) -> pd.DataFrame:
    """Return the undecided differences of shares that came closest to what their items can show; see `visible`."""
    known = table[table["decided"].eq("undecided") & table["scale"].eq("unit") & table["mde"].notna()]
    known = known[known["mde"].lt(float("inf"))]
    if known.empty:
        return without_rows(known, nothing_open(table))
    reach = known["gain"].astype(float).abs() / known["mde"].astype(float)
    return known.loc[reach.sort_values(ascending=False, kind="stable").index[:count]]


def cd_caption(standing: Any) -> str:
    """Return the caption of the critical-difference diagram of a `standing`: one test, for its bars and its scale."""
    if standing.difference is None:
        return standing.note
    note = f" {standing.friedman.note}." if standing.friedman.note else ""
    apart = f"no two are more than the critical difference of {standing.difference:.2f} apart"
    friedman = f"Friedman's test of equal ranks: p = {standing.friedman.p:.2g}"
    return f"Mean ranks, 1 is best. {standing.test}: a bar joins models of which {apart} ({friedman}).{note}"


def mde_caption(shown: pd.DataFrame) -> str:
    """Return the caption of the figure of undecided differences."""
    return (
        f"{differences_named(shown)}, undecided: the {len(shown)} nearest to what their number of items could have "
        "shown (80 % power, within the family)."
    )


def planning(table: pd.DataFrame) -> pd.DataFrame:
    """Return what each task could have shown, the least able first."""
    return pd.DataFrame(
        {
            "task": table["task"],
            "n": table["n"],
            "independent units": table["units"],
            "comparisons": table["comparisons"],
            "visible alone (points)": _hundred(table["visible_alone"]),
            "visible in its family (points)": _hundred(table["visible"]),
            "wanted (points)": _hundred(table["wanted"]),
            "items needed": table["items_needed"],
            "can decide it": table["decides"],
            "note": table["note"].fillna(""),
        }
    )


def _hundred(shares: pd.Series) -> pd.Series:
    return (shares.astype(float) * 100).round(1)


def deaf(table: pd.DataFrame) -> str:
    """Return the sentence that names the tasks which cannot decide the wanted difference for any comparison."""
    known = table[table["decides"].ne("")]
    if known.empty:
        return "No task has both an error and a number of items, so nothing can be said about what could be seen."
    mute = known[known["decides"].eq("no comparison")]
    wanted = f"{known['wanted'].iloc[0] * 100:g} points"
    if mute.empty:
        return f"Every task can decide a difference of {wanted} for at least one comparison."
    names = ", ".join(mute["task"].head(8)) + (f" and {len(mute) - 8} more" if len(mute) > 8 else "")
    if len(mute) == len(known):
        need = known["items_needed"].min()
        best = f"the best of them needs {counted(need, 'item')}"
        return f"No task of this suite can decide a difference of {wanted}; {best}."
    few = share_of(len(mute), len(known), "task")
    return f"{few} cannot decide a difference of {wanted} for any comparison: {names}."


def _chance(value: float) -> str:
    """Return a share of draws as percent; few draws are not none."""
    return "<0.1%" if 0 < value < 0.0005 else percent(value)


def ranks(table: pd.DataFrame) -> pd.DataFrame:
    """Return the ranks with what they leave open."""
    return pd.DataFrame(
        {
            "model": table["model"],
            "role": table["role"],
            "average": [percent(v) for v in table["macro"].astype(float)],
            "rank": table["rank"],
            "ranks left open": [f"{r.low}–{r.high}" for r in table.itertuples()],
            "chance to be first": [_chance(v) for v in table["p_best"].astype(float)],
            "mean rank of the draws": table["mean_rank"].astype(float).round(1),
            "evidence": table["evidence"],
        }
    )


def no_worse(table: pd.DataFrame) -> pd.DataFrame:
    """Return the non-inferiority tests, what is not shown first."""
    order = {"worse by more than the margin": 0, "not shown": 1, "no worse": 2, "": 3}
    rows = table.sort_values("shown", key=lambda shown: shown.map(order), kind="stable")
    return pd.DataFrame(
        {
            "merge": rows["merge"],
            "parent": rows["reference"],
            "task": rows["task"],
            "gain (points)": [_gain(row) for row in rows.itertuples()],
            "margin (points)": _hundred(rows["margin"]),
            "p": rows["p"].astype(float),
            "p (Holm)": rows["p_adjusted"].astype(float),
            "no worse?": rows["shown"].replace("", "not tested"),
            "n": rows["n"],
            "note": rows["note"].fillna(""),
        }
    )


def _gain(row: Any) -> str:
    return points(row.gain, float("nan"), 0, row.scale)


def no_worse_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Return, per merge, on how many tasks it is no worse than each parent, open, worse by more, or not tested."""
    named = table.assign(shown=table["shown"].replace("", "not tested"))
    columns = ["no worse", "not shown", "worse by more than the margin", "not tested"]
    flags = pd.DataFrame({name: named["shown"].eq(name).astype(int) for name in columns})
    counted = (
        pd.concat([named[["merge", "reference"]], flags], axis=1).groupby(["merge", "reference"], sort=False).sum()
    )
    return counted.reset_index().rename(columns={"reference": "parent"})
