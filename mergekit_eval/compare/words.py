"""Sentences made from the numbers of a table, and from nothing else."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.engine import PAIRED, UNPAIRED
from mergekit_eval.compare.multiplicity import FALSE_SHARE, described
from mergekit_eval.compare.probes import PAIRS
from mergekit_eval.compare.ranking import Standing
from mergekit_eval.shares import shares_checked
from mergekit_eval.wording import counted, first_names, percent, share_of

BETTER, WORSE, OPEN = "better", "worse", "undecided"


@shares_checked
def significance_paragraph(
    table: pd.DataFrame, alpha: float = 0.05, *, family: str = "all", correction: str = "holm"
) -> str:
    """Return the paragraph a reader may copy: what was tested, what was decided, what remains open.

    Parameters
    ----------
    table : DataFrame
        From `differences`.
    alpha, family, correction
        As it was made with.
    """
    if table.empty:
        return "No merge was evaluated with a known base or parent, so nothing could be compared."
    tested = table[table["p"].notna()]
    if tested.empty:
        return f"{counted(len(table), 'difference')} could be formed, but none tested: {_why(table)}."
    parts = [
        _scope(table, tested, described(family, correction, alpha)),
        _decided(tested, "" if correction in FALSE_SHARE else "surely "),
        _extreme(tested),
        _open(tested),
        _unpaired(tested),
    ]
    return " ".join(part for part in parts if part)


@shares_checked
def standing_paragraph(standing: Standing, alpha: float = 0.05) -> str:
    """Return what may be said of the ranks: who may be first, and how many models nothing tells apart from them.

    Parameters
    ----------
    standing : Standing
        From `standing`.
    alpha : float
        It was made with.
    """
    ranks = standing.ranks
    if ranks.empty:
        return f"No ranking: {standing.note}."
    sure = f"(all ranks together at {percent(1 - alpha)})"
    first = ranks[ranks["low"].eq(1)]["model"].tolist()
    top = ranks.iloc[0]
    lead = f"{top['model']} has the highest average ({top['macro']:.1%})"
    if len(first) == 1:
        told = f"{lead}; no other model can be first {sure}."
    else:
        told = f"{lead}, but first place stays open between {first_names(first)} {sure}."
    fixed = int(ranks["low"].eq(ranks["high"]).sum())
    return f"{told} {share_of(fixed, len(ranks), 'rank')} {'is' if fixed == 1 else 'are'} settled."


@shares_checked
def no_worse_paragraph(table: pd.DataFrame, margin: float, alpha: float = 0.05) -> str:
    """Return what may be said of "no worse than the parent" at a margin fixed beforehand.

    Parameters
    ----------
    table : DataFrame
        From `no_worse_table`.
    margin, alpha : float
        It was made with.
    """
    tested = table[table["p"].notna()] if len(table) else table
    if tested.empty:
        return "Whether a merge is no worse than a parent could not be tested anywhere."
    counts = tested["shown"].value_counts()
    shown, lost = int(counts.get("no worse", 0)), int(counts.get("worse by more than the margin", 0))
    words = [
        f"Of {counted(len(tested), 'comparison')} with a parent, {shown} show a loss of less than {_points(margin)}"
    ]
    words += [f"{lost} a loss of more"] if lost else []
    left = len(tested) - shown - lost
    rest = f", and {left} leave it open, which is not the same as a loss" if left else ""
    return f"{', '.join(words)}{rest} (Holm, {percent(alpha)})."


def verdict_rates(alpha: float) -> str:
    """Return what the table of verdicts promises, and the lines of sure gains and losses beside it."""
    return (
        f"The chance of any false statement in the table of verdicts is at most {percent(alpha)}, its limits included; "
        f"that of any false one on the benchmarks and tasks of one merge is at most {percent(alpha)}, too."
    )


def evidence_words(table: pd.DataFrame) -> str:
    """Return what the rows of a table rest on, to stand behind a number of them; '' where no row says."""
    known = table["evidence"].dropna() if "evidence" in table else pd.Series(dtype=object)
    counts = known[known.ne("")].value_counts(sort=False)
    if len(counts) < 2:
        return "".join(f" from {kind}" for kind in counts.index)
    return f" ({', '.join(f'{count:,} from {kind}' for kind, count in counts.items())})"


def differences_named(table: pd.DataFrame) -> str:
    """Return what the rows of a table of differences are, as a caption begins with it."""
    kinds = set(table["evidence"].dropna()) - {""}
    plain = {PAIRED: "Paired differences", UNPAIRED: f"Unpaired differences, from {UNPAIRED}"}
    return plain.get(kinds.pop(), "Differences") if len(kinds) == 1 else f"Differences{evidence_words(table)}"


def _scope(table: pd.DataFrame, tested: pd.DataFrame, rule: str) -> str:
    merges, tasks = tested["merge"].nunique(), tested["task"].nunique()
    left = len(table) - len(tested)
    rest = f" {left:,} more could not be tested: {_why(table[table['p'].isna()])}." if left else ""
    return (
        f"{counted(merges, 'merge')} compared on {counted(tasks, 'task')}, {counted(len(tested), 'difference')} tested "
        f"together ({rule}).{rest}"
    )


def _why(rows: pd.DataFrame) -> str:
    """Return the commonest reasons."""
    common = rows["untested"].value_counts()
    shown = [f"{reason} ({count})" for reason, count in common.head(2).items()]
    return ", ".join(shown) + (", and other reasons" if len(common) > 2 else "")


def _decided(tested: pd.DataFrame, sure: str) -> str:
    counts = tested["decided"].value_counts()
    better, worse, open_ = (int(counts.get(k, 0)) for k in (BETTER, WORSE, OPEN))
    if not better and not worse:
        return f"None of the {counted(open_, 'difference')} is decided: these items tell no merge from its references."
    said = [f"{sure}{word} in {number:,}" for word, number in ((BETTER, better), (WORSE, worse)) if number]
    left = f"; {open_:,} {'is' if open_ == 1 else 'are'} not decided" if open_ else "; nothing is left open"
    return f"The merge is {', '.join(said)}{left}."


def _extreme(tested: pd.DataFrame) -> str:
    shares = tested[tested["scale"] == "unit"]
    said = []
    for decided, word, pick in ((BETTER, "largest gain", "idxmax"), (WORSE, "largest loss", "idxmin")):
        rows = shares[shares["decided"] == decided]
        if len(rows):
            row = rows.loc[getattr(rows["gain"].astype(float), pick)()]
            reach = f"[{row['gain_low'] * 100:+.1f}, {row['gain_high'] * 100:+.1f}]"
            against = f"{row['merge']} against {row['reference']} on {row['task']}"
            ties = int((rows["gain"].astype(float) == float(row["gain"])).sum()) - 1
            more = f", with {ties:,} more of the same size" if ties else ""
            said.append(f"The {word} is {against}: {row['gain'] * 100:+.1f} points {reach}, {_n(row['n'])}{more}.")
    if said and len(shares) > 1:
        said.append("The extremes of many differences are biased away from zero; the intervals are single ones.")
    return " ".join(said)


def _open(tested: pd.DataFrame) -> str:
    rows = tested[tested["decided"].eq(OPEN) & tested["scale"].eq("unit") & tested["mde"].notna()]
    if rows.empty:
        return ""
    half = rows["mde"].astype(float).median() * 100
    return (
        f"Half of the undecided comparisons could only have shown a difference of more than {half:.1f} points "
        "(single test, 80 % power): not decided does not mean equal."
    )


def _unpaired(tested: pd.DataFrame) -> str:
    count = int((tested["evidence"] == "aggregates only").sum())
    if not count:
        return ""
    if count == len(tested):
        return (
            "All of them rest on aggregates without items: what the models have in common item by item is lost, so "
            "only differences that paired items would show much sooner are seen, and no item can be named."
        )
    rest = counted(count, "comparison rests", "comparisons rest")
    return f"{rest} on aggregates without items: weaker evidence than paired items."


def _points(share: float) -> str:
    return f"{share * 100:g} points"


def _n(value: Any) -> str:
    return "n unknown" if pd.isna(value) else f"n = {int(value):,}"


def power_paragraph(table: pd.DataFrame) -> str:
    """Return the sentence that names the tasks which cannot decide the wanted difference for any comparison.

    Parameters
    ----------
    table : DataFrame
        From `planning_table`.
    """
    known = table[table["decides"].ne("")]
    if known.empty:
        return "No task has both an error and a number of items, so nothing can be said about what could be seen."
    unable = known[known["decides"].eq("no comparison")]
    wanted = _points(known["wanted"].iloc[0])
    if unable.empty:
        return f"Every task can decide a difference of {wanted} for at least one comparison."
    names = ", ".join(unable["task"].head(8)) + (f" and {len(unable) - 8} more" if len(unable) > 8 else "")
    if len(unable) == len(known):
        best = f"the best of them needs {counted(known['items_needed'].min(), 'item')}"
        return f"No task of this suite can decide a difference of {wanted}; {best}."
    few = share_of(len(unable), len(known), "task")
    return f"{few} cannot decide a difference of {wanted} for any comparison: {names}."


def reliability_paragraph(table: pd.DataFrame) -> str:
    """Return the sentence that names the tasks whose differences between models are mostly item noise.

    Parameters
    ----------
    table : DataFrame
        From `task_reliability`.
    """
    known = table[table["reliability"].notna()]
    if known.empty:
        return f"How much of the spread between models is item noise is not known: {', '.join(table['note'].unique())}."
    low = known[known["reliability"].lt(0.5)]
    if low.empty:
        least = known.iloc[int(known["reliability"].argmin())]
        return (
            "On every task most of the spread between models is more than item noise "
            f"(least on {least['task']}: {least['reliability']:.0%})."
        )
    names = ", ".join(
        f"{task} ({max(share, 0):.0%})" for task, share in zip(low["task"], low["reliability"], strict=True)
    )
    return f"Mostly item noise, so their cells are grey whatever the figure: {names}."


def probes_paragraph(probes: pd.DataFrame, tool: str = "") -> str:
    """Return which probes there are, of how many models, and why these where no ``tool`` was asked for."""
    if probes.empty:
        return f"{tables.reason(probes)}."
    pairs = probes["tool"].eq(PAIRS).all()
    names = ("minimal-pair task",) if pairs else ("probing dataset of Holmes", "probing datasets of Holmes")
    size = f"{counted(probes['dataset'].nunique(), *names)} of {counted(probes['model'].nunique(), 'model')}."
    return (
        f"There are no results of Holmes here, so these are the built-in alternative: {size}"
        if pairs and not tool
        else size
    )
