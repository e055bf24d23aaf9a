"""What bends the verdict on a merge, in one line beside it: which sign, where, what is left without it, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from mergekit_eval.compare.audit.asymmetry import DIFFERENT, LESS, MORE, bent
from mergekit_eval.compare.audit.filters import FORMAT
from mergekit_eval.compare.audit.shown import answered
from mergekit_eval.compare.comparability_rules import audited
from mergekit_eval.rows import by_value, grouped, records
from mergekit_eval.signs import by_word, signs
from mergekit_eval.wording import counted, share_of

MOST = 3  # tasks that a line names
ASKED = "asked"


def fairness(verdicts: pd.DataFrame, asymmetry: pd.DataFrame, clean: pd.DataFrame, filters: pd.DataFrame) -> list[str]:
    """Return a line for each verdict, '' where merge and references differ in no sign and were asked alike.

    Signs that bend come first, with the average without them; those that need not ("also") are named, nothing more.

    Parameters
    ----------
    verdicts, asymmetry, clean, filters : DataFrame
        From `verdict_table`, `asymmetry_table`, `clean_table` and `filter_table` of one comparison.
    """
    parts = [by_value(table, "merge") for table in (asymmetry, clean, filters)]
    known = set().union(*parts)
    return [
        "; ".join(_parts(merge, best, *(part[merge] for part in parts))) if merge in known else ""
        for merge, best in zip(verdicts["merge"], verdicts["best_parent"], strict=True)
    ]


def alike(tasks: pd.DataFrame, signs: pd.DataFrame, asymmetry: pd.DataFrame, filters: pd.DataFrame) -> str:
    """Say whether the merges were measured like their base and parents, as far as the files show it.

    Parameters
    ----------
    tasks, signs, asymmetry, filters : DataFrame
        Differences task by task, from `sign_table`, `asymmetry_table` and `filter_table`, of one comparison.
    """
    known = set(answered(signs).itertuples(index=False, name=None))
    places = zip(tasks["merge"], tasks["reference"], tasks["task"], strict=True) if known else ()
    held = {merge for merge, other, task in places if {(merge, task), (other, task)} <= known}
    without = tasks["merge"].nunique() - len(held)
    apart = pd.concat([bent(asymmetry), asymmetry[asymmetry["decided"].eq(DIFFERENT)]])
    by_filter = filters[filters["decided"].eq(FORMAT)]
    by_sign: dict[str, list[str]] = {}
    for task, same in apart.groupby("task", sort=False):
        for sign in causes(same["sign"]):
            by_sign.setdefault(sign, []).append(str(task))
    if len(by_filter):
        by_sign["another difference by another filter"] = list(by_filter["task"].unique())
    found = "No merge surely differs from its base or a parent in a sign." if held else ""
    if by_sign:
        merges = share_of(pd.concat([apart["merge"], by_filter["merge"]]).nunique(), tasks["merge"].nunique(), "merge")
        named = "; ".join(f"{sign} ({_first(names)})" for sign, names in by_sign.items())
        found = f"Not measured alike: {merges} and their base or parents surely differ: {named}."
    blind = share_of(without, tasks["merge"].nunique(), "merge")
    unseen = (
        f"The files hold no answers of {blind} and of base or parents to one task: not compared." if without else ""
    )
    return f"{found} {unseen}".strip()


def _first(names: list[str]) -> str:
    more = [f"{len(names) - MOST} more"] if len(names) > MOST else []
    return ", ".join([*names[:MOST], *more])


def _parts(merge: str, best: str, asymmetry: pd.DataFrame, clean: pd.DataFrame, filters: pd.DataFrame) -> Iterator[str]:
    yield from _filters(filters, best)
    yield from _asked(_against(asymmetry[asymmetry["decided"].eq(DIFFERENT)], best))
    marked = bent(asymmetry)
    yield from _tasks(marked, best, "")
    if len(marked):
        yield from _without(_against(clean, best))
    others = asymmetry[asymmetry["decided"].isin([MORE, LESS]) & ~asymmetry.index.isin(marked.index)]
    yield from _tasks(others, best, "also ")
    words = [*causes(marked["sign"]), *others["sign"]]
    yield from [", ".join(dict.fromkeys(by_word()[word].do for word in words))] if words else []


def _tasks(rows: pd.DataFrame, best: str, before: str) -> Iterator[str]:
    tasks = list(dict.fromkeys(rows["task"]))
    yield from (before + _task(task, _against(rows[rows["task"].eq(task)], best)) for task in tasks[:MOST])
    if len(tasks) > MOST:
        yield f"and {counted(len(tasks) - MOST, 'more task')}"


def causes(words: Iterable[str]) -> list[str]:
    """Return signs without those that follow from another: an answer that is cut off is hardly ever parsed."""
    found = list(dict.fromkeys(words))
    known = signs()
    cut = {known[name].short for name in ("cut", "cut_inferred")}
    return [word for word in found if word != known["unparsed"].short or not cut & set(found)]


def _against(rows: pd.DataFrame, best: str) -> pd.DataFrame:
    """Return the rows against the best parent, all of them where it has none."""
    mine = rows[rows["reference"].eq(best)]
    return mine if len(mine) else rows


def _task(task: str, rows: pd.DataFrame) -> str:
    shown = rows[rows["sign"].isin(causes(rows["sign"]))].drop_duplicates("sign")
    shares = [
        f"{row['sign']}: {row['merge_share']:.0%} of its answers, {row['reference_share']:.0%} of {row['reference']}'s"
        for row in records(shown)
    ]
    return f"{task} {', '.join(shares)}"


def _without(clean: pd.DataFrame) -> Iterator[str]:
    """Say an average with and without what was dropped, and how far the dropped items could move it."""
    gone = clean.loc[clean["level"].eq("task") & clean["n_clean"].eq(0), "task"]
    none = f", none of them in {' and '.join(gone.head(MOST))}" if len(gone) else ""
    for row in records(clean[clean["level"].eq("overall")].head(1)):
        before = f"{_points(row['gain'])} points against {row['reference']}"
        if not row["n_clean"]:
            yield f"{before}: no item is left without such answers"
            return
        after = f"{_points(row['clean_gain'])} [{_points(row['clean_low'])}, {_points(row['clean_high'])}]"
        bounds = f"{_points(row['least'])} to {_points(row['most'])} with all of these lost or won"
        dropped = f"{row['dropped']:.0%} of the items dropped, {bounds}"
        yield f"{before}, {after} on items without such answers{none} ({dropped})"


def _filters(rows: pd.DataFrame, best: str) -> Iterator[str]:
    sure = _against(rows[rows["decided"].eq(FORMAT)], best).drop_duplicates(["task", "metric", "filter"])
    for row in records(sure.head(MOST)):
        yield (
            f"{row['task']} {row['merge_value']:.0%} by {row['filter']}, {row['other_value']:.0%} by "
            f"{row['other_filter']} ({_points(row['gain'])} and {_points(row['other_gain'])} points against "
            f"{row['reference']}): {_about(row['gain'], row['other_gain'])}"
        )


def _about(gain: float, other: float) -> str:
    """Return what the filter that counts makes of a difference that another filter sees as well, not, or alone."""
    small, large = sorted((abs(gain), abs(other)))
    part = gain * other > 0 and small > large / 2
    if gain * other < 0 or abs(gain) > abs(other):
        return "in part format" if part else "format, not ability"
    return "in part hidden by the format" if part else "hidden by the format"


def _asked(rows: pd.DataFrame) -> Iterator[str]:
    """Say once for every way of asking or measuring in which merge and reference differ on how many tasks they do."""
    for (sign, note, reference), same in grouped(
        records(rows), lambda r: (r["sign"], r["note"], r["reference"])
    ).items():
        what = (
            note
            or f"{sign} on {sum(row['count'] for row in same):,} of {counted(sum(row['n'] for row in same), 'item')}"
        )
        yield f"{audited().get(sign, ASKED)} differently from {reference} on {counted(len(same), 'task')}: {what}"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"
