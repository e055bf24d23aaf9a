"""Which signs the answers of each model show on each task, of those that its files let us see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergekit_eval import tables
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.orientation import NATURAL, known
from mergekit_eval.rows import ScoreRow, score_rows
from mergekit_eval.shares import shares_checked
from mergekit_eval.signs import Sign, bending, bit, by_word, signs
from mergekit_eval.stats.intervals import mean, wilson
from mergekit_eval.wording import counted

Signs = NDArray[np.int32]
Bools = NDArray[np.bool_]
CUT = "cut"
SEES = ("text", "options")


def signs_of(evidence: Evidence, row: ScoreRow) -> Signs:
    """Return the signs of the items behind a score: an answer that all items have is none where it is right on them.

    In a task whose right option always stands first, or whose right answer is always a refusal, a good model gives one
    answer to everything.
    """
    shown, same = evidence.column(row, "signs"), signs()["same"]
    one = shows(shown, same)
    if not one.any() or row.scale == NATURAL or not known(row):
        return shown
    return shown & ~same.bit if evidence.oriented(row)[one].mean() >= same.least else shown


def able(shown: Signs, sign: Sign) -> Bools:
    """Return which items could show a sign: those of which the file holds what the sign is seen in."""
    needed = sign.seen or bit(*SEES)
    held = (shown & needed) == needed if sign.seen else (shown & needed) > 0
    return np.asarray(held & ((shown & sign.unless) == 0))


def shows(shown: Signs, sign: Sign) -> Bools:
    """Return which items show a sign."""
    return (shown & sign.bit) > 0


def bends(shown: Signs) -> Bools:
    """Return which items show a sign that bends the difference of two scores."""
    found: Bools = np.any([able(shown, sign) & shows(shown, sign) for sign in bending()], axis=0)
    return found


@tables.makes("signs")
@shares_checked
def sign_table(evidence: Evidence, *, level: float = 0.95) -> pd.DataFrame:
    """Return how many answers of each model on each task show each sign, of those that could.

    Parameters
    ----------
    evidence : Evidence
        Scores and their items.
    level : float
        Confidence level of the limits of the shares: Wilson's, or those for clusters where items belong together.

    Returns
    -------
    DataFrame
        Table `signs`: one row per model, task and sign that the file lets us see. A model and task whose file holds
        no answers has one row without a sign, which says so.
    """
    rows = [row for row in score_rows(evidence.scores) if evidence.has_items(row)]
    return pd.concat([_counted(evidence, rows, level), _unseen(evidence, rows)], ignore_index=True)


def _counted(evidence: Evidence, rows: list[ScoreRow], level: float) -> pd.DataFrame:
    out = pd.DataFrame([one for row in rows for one in _of_score(evidence, row, level)])
    if out.empty:
        return out
    limits = wilson(out["count"], out["n"], level)
    alone = {name: out[name].fillna(pd.Series(one)) for name, one in zip(("low", "high"), limits, strict=True)}
    return out.assign(share=out["count"] / out["n"], **alone)


def _of_score(evidence: Evidence, row: ScoreRow, level: float) -> Iterator[dict[str, Any]]:
    """Yield the counts of all signs of a score; limits only where its items are in clusters."""
    held, clusters = signs_of(evidence, row), evidence.known(row).cluster
    place = {"model": row.model, "task": row.task, "metric": row.metric, "filter": row.filter}
    for sign in signs().values():
        could = able(held, sign)
        if could.any():
            shown, limits = shows(held, sign)[could], {"low": np.nan, "high": np.nan}
            if clusters is not None:
                limits = mean(shown.astype(float), clusters=clusters[could], level=level)._asdict()
            counts = {"count": int(shown.sum()), "n": len(shown), "low": limits["low"], "high": limits["high"]}
            yield {**place, "sign": sign.short, **counts, "note": how_known(held[could], sign)}


def how_known(shown: Signs, sign: Sign) -> str:
    """Return how many of some cuts are known from counted tokens, '' for none; others are stated by the file."""
    known = int(np.count_nonzero(shown & bit("counted"))) if sign.name == CUT else 0
    return f"from counted tokens: {known:,} of {counted(len(shown), 'answer')}" if known else ""


def _unseen(evidence: Evidence, rows: Iterable[ScoreRow]) -> pd.DataFrame:
    found = [
        {
            **{"model": row.model, "task": row.task, "metric": row.metric, "filter": row.filter, "sign": ""},
            **{"n": len(evidence.column(row, "signs")), "note": "the file holds no answers, only their scores"},
        }
        for row in rows
        if not (evidence.column(row, "signs") & bit(*SEES)).any()
    ]
    return pd.DataFrame(found)


def answered(table: pd.DataFrame) -> pd.DataFrame:
    """Return of which models and tasks (columns model, task) the files hold the answers, by a `sign_table`."""
    return table.loc[table["sign"].ne(""), ["model", "task"]].drop_duplicates()


def sign_shares(table: pd.DataFrame) -> pd.DataFrame:
    """Return the share of answers that show each sign, by model over all its tasks, in the form of scores.

    Parameters
    ----------
    table : DataFrame
        From `sign_table`.

    Returns
    -------
    DataFrame
        model, sign, value (a share), higher_is_better (no), scale. A sign that no answer of any model shows is left
        out, and one that no file of a model lets us see has no row there. On tasks where its share is below the least
        that makes it one (one answer: 90 %), a sign counts as not shown.
    """
    seen = table[table["sign"].ne("")]
    least = seen["sign"].map({word: sign.least for word, sign in by_word().items()}).astype(float)
    seen = seen.assign(count=seen["count"].where(seen["share"].ge(least), 0))
    sums = seen.groupby(["sign", "model"], sort=False)[["count", "n"]].sum().astype(float).reset_index()
    shown = sums[sums.groupby("sign")["count"].transform("sum").gt(0)]
    order = shown["sign"].map(list(by_word()).index)
    rows = shown.loc[order.sort_values(kind="stable").index]
    return rows.assign(value=rows["count"] / rows["n"], higher_is_better=False, scale="unit")
