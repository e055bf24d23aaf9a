"""What bends the verdict on a merge, in one line beside it: which sign, where, what is left without it, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from mergekit_eval.compare.audit.asymmetry import DIFFERENT, bent
from mergekit_eval.compare.audit.filters import FORMAT
from mergekit_eval.rows import Row, by_value, grouped, records
from mergekit_eval.signs import signs
from mergekit_eval.wording import counted

MOST = 3  # tasks that a line names


def fairness(verdicts: pd.DataFrame, asymmetry: pd.DataFrame, clean: pd.DataFrame, filters: pd.DataFrame) -> list[str]:
    """Return a line for each verdict, '' where no sign bends it.

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


def _parts(merge: str, best: str, asymmetry: pd.DataFrame, clean: pd.DataFrame, filters: pd.DataFrame) -> Iterator[str]:
    yield from _filters(filters, best)
    yield from _asked(_against(asymmetry[asymmetry["decided"].eq(DIFFERENT)], best))
    marked = bent(asymmetry)
    if marked.empty:
        return
    tasks = list(dict.fromkeys(marked["task"]))
    yield from (_task(task, _against(marked[marked["task"].eq(task)], best)) for task in tasks[:MOST])
    if len(tasks) > MOST:
        yield f"and {counted(len(tasks) - MOST, 'more task')}"
    yield from map(_without, records(_against(clean[clean["level"].eq("overall")], best).head(1)))
    advice = {sign.short: sign.do for sign in signs().values()}
    yield ", ".join(dict.fromkeys(advice[word] for word in causes(marked["sign"])))


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


def _without(row: Row) -> str:
    """Return an average with and without what was dropped, and how far the dropped items could move it."""
    if not row["n_clean"]:
        return "no item is left without them"
    return (
        f"{_points(row['clean_gain'])} points [{_points(row['clean_low'])}, {_points(row['clean_high'])}] against "
        f"{row['reference']} on the items without, {_points(row['gain'])} on all ({row['dropped']:.0%} dropped; "
        f"{_points(row['least'])} to {_points(row['most'])} with all of these lost or won)"
    )


def _filters(rows: pd.DataFrame, best: str) -> Iterator[str]:
    sure = _against(rows[rows["decided"].eq(FORMAT)], best).drop_duplicates(["task", "metric", "filter"])
    for row in records(sure.head(MOST)):
        yield (
            f"{row['task']} {row['merge_value']:.0%} by {row['filter']}, {row['other_value']:.0%} by "
            f"{row['other_filter']} ({_points(row['gain'])} and {_points(row['other_gain'])} points against "
            f"{row['reference']}): {_about(row['gain'], row['other_gain'])}"
        )


def _about(gain: float, other: float) -> str:
    """Return what two filters say of a difference together: only one of them sees it, or both to another extent."""
    return "in part format" if gain * other > 0 and abs(other) > abs(gain) / 2 else "format, not ability"


def _asked(rows: pd.DataFrame) -> Iterator[str]:
    """Say once for every way of asking in which merge and reference differ on how many tasks they do."""
    for (sign, note, reference), same in grouped(
        records(rows), lambda r: (r["sign"], r["note"], r["reference"])
    ).items():
        what = (
            note
            or f"{sign} on {sum(row['count'] for row in same):,} of {counted(sum(row['n'] for row in same), 'item')}"
        )
        yield f"asked differently from {reference} on {counted(len(same), 'task')}: {what}"


def _points(share: float) -> str:
    return f"{100 * share:+.1f}"
