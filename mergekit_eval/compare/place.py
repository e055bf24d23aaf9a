"""Where each merge stands: above, below or not decided against its base and each parent, by limits that decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.compare.engine import BENCHMARK, OVERALL, PAIRED, TASK, average, averageable, evidence_of
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.joint_draws import Cell, contrast_draws
from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.compare.references import BASE, BEST, PARENT, best_gain
from mergekit_eval.compare.testing import POWER, gain_share
from mergekit_eval.rows import Row, grouped, records
from mergekit_eval.shares import MARGIN, shares_checked

ABOVE, BELOW, OPEN, SAME = "above", "below", "not decided", "same answers"
SHOWN, NOT_SHOWN, BEYOND = "shown", "not shown", "surely beyond"
BY_MERGE = 400_000  # numbers drawn for the benchmarks of one merge: there are as many families as merges
# What of a merge's alpha its single tasks may spend (`task_claims`), where benchmarks of several can be tested; the
# benchmarks spend the rest. A fifth costs them 0.07 standard errors.
TASK_SHARE = 0.2
KEPT = tuple("level task relation reference merge_value reference_value gain n n_tasks tasks evidence".split())


@tables.makes("places")
@shares_checked
def place_table(
    context: MergeContext,
    differences: pd.DataFrame,
    *,
    alpha: float = 0.05,
    margin: float = MARGIN,
    seed: int = 0,
    benchmarks: bool = True,
) -> pd.DataFrame:
    """Return the place of every merge against its base and each parent, on average and benchmark by benchmark.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`; its ``votes`` say what counts how much.
    differences : DataFrame
        From `differences` of the same collection.
    alpha : float
        Chance of any false statement among the overall rows of all merges, and again among the benchmarks of each
        merge and its tasks (`claim_table`) together, at most. Where a merge has a benchmark of several tasks, its
        benchmarks have four fifths of it (`TASK_SHARE`).
    margin : float
        Loss that still counts as none, as a share of one (0.02: two points).
    seed : int
        Of the joint draws.
    benchmarks : bool
        Whether the places on each benchmark are wanted, too.

    Returns
    -------
    DataFrame
        Table `places`. ``level`` is overall, benchmark, or task for a benchmark of one task; ``relation`` is base,
        parent or "best parent" (of several: the parent that truly is best, whichever that is; ``reference`` names the
        highest here, ``gain_raw`` is the gain over it, and ``gain`` is that without the luck of the highest,
        `best_gain`). The limits hold together (`stats.joint_claims`) and decide: ``place`` is above
        where ``gain_low`` is 0 or more (0 itself where a claim holds that the limit alone would not show), below where
        ``gain_high`` is 0 or less, "same answers" where no item separates the two. ``within_margin`` says whether the
        loss is shown to be smaller than the margin. ``items_needed`` is how many items of this mixture would show a
        difference of the margin with 80 % power.
    """
    rows = grouped(records(averageable(differences)), lambda row: row["merge"])
    overall = {merge: _gains(mine, context, (OVERALL, OVERALL), _shares(mine, context)) for merge, mine in rows.items()}
    found = list(_family(context, list(overall.items()), alpha, margin, seed=seed))
    for name, mine in rows.items() if benchmarks else ():
        single = [(name, gains) for gains in _benchmarks(mine, context)]
        several = any(row["level"] == BENCHMARK for _, gains in single for row in gains)
        own = (1 - TASK_SHARE) * alpha if several else alpha
        found += _family(context, single, own, margin, seed=seed, cells_of=BY_MERGE)
    out = pd.DataFrame(found, columns=tables.columns("places"))
    return out.assign(gain_share=gain_share(out))


def _shares(rows: Sequence[Row], context: MergeContext) -> Mapping[str, float]:
    return context.votes.shares(list(dict.fromkeys(row["task"] for row in rows)))


def _benchmarks(rows: Sequence[Row], context: MergeContext) -> Iterator[list[Row]]:
    """Yield the average gains on each benchmark that counts, whatever it weighs; one of one task is that task."""
    names = list(dict.fromkeys(row["task"] for row in rows))
    for benchmark, tasks in context.votes.by_benchmark(names).items():
        within = context.votes.within(tasks)
        place = (BENCHMARK, benchmark) if len(tasks) > 1 else (TASK, tasks[0])
        yield _gains([row for row in rows if row["task"] in within], context, place, within)


def _gains(
    rows: Sequence[Row], context: MergeContext, place: tuple[str, str], shares: Mapping[str, float]
) -> list[Row]:
    """Return the average gain over each parent and the base, the base last; nothing where no task counts."""
    used = {task: share for task, share in shares.items() if share > 0}
    mine = [row for row in rows if row["relation"] in (PARENT, BASE) and row["task"] in used]
    found = []
    for (relation, reference), same in grouped(mine, lambda row: (row["relation"], row["reference"])).items():
        alike = all(row["evidence"] == PAIRED and row["gain"] == 0 and row["stderr"] == 0 for row in same)
        about = {"level": place[0], "task": place[1], "relation": relation, "reference": reference}
        found.append(about | {"_alike": alike, "_shares": used} | average(same, context.level, used, context.evidence))
    return sorted(found, key=lambda row: row["relation"] == BASE)


def _family(
    context: MergeContext, groups: Sequence[tuple[str, list[Row]]], alpha: float, margin: float, **drawing: int
) -> Iterator[Row]:
    """Yield the rows of some groups of averages (a merge's, or a benchmark's) whose statements share one alpha."""
    width = max([1, *(sum(row["relation"] == PARENT for row in gains) for _, gains in groups)]) + 1
    estimate, stderr, df = np.full((3, len(groups), width), np.nan)
    cells, places = [], {}
    for at, (merge, gains) in enumerate(groups):
        for order, row in enumerate(gains):
            if _untested(context, merge, row):
                continue
            column = width - 1 if row["relation"] == BASE else order
            places[at, order] = column
            if np.isfinite(row["stderr"]):
                estimate[at, column], stderr[at, column], df[at, column] = row["gain"], row["stderr"], row["df"]
                cells.append(Cell(at, column, merge, row["reference"], row["_shares"]))
    if not cells:
        return
    draws = contrast_draws(context, cells, (len(groups), width), **drawing)
    claims = stats.joint_claims(estimate, stderr, df, draws, alpha=alpha)
    reach = claims.critical.every + POWER
    for at, (merge, gains) in enumerate(groups):
        tested = [(order, row) for order, row in enumerate(gains) if (at, order) in places]
        made = [_placed(merge, row, claims, (at, places[at, order]), margin, reach) for order, row in tested]
        yield from made
        yield from (_beside(context, merge, row) for order, row in enumerate(gains) if (at, order) not in places)
        parents = [row for row in made if row["relation"] == PARENT]
        if len(parents) > 1:
            low, high = float(claims.best_low[at]), float(claims.best_high[at])
            yield _best(parents, best_gain(context, parents, gains[0]["_shares"], high), low, high, margin)


def _untested(context: MergeContext, merge: str, row: Row) -> bool:
    """Return whether a parent is not the one that the study names: it is no part of the family."""
    return row["relation"] == PARENT and context.named_parent(merge) not in ("", row["reference"])


def _beside(context: MergeContext, merge: str, row: Row) -> Row:
    told = {name: row[name] for name in KEPT}
    return told | {"merge": merge, "note": f"not tested: the study names {context.named_parent(merge)}"}


def _placed(merge: str, row: Row, claims: stats.Claims, place: tuple[int, int], margin: float, reach: float) -> Row:
    low, high = float(claims.low[place]), float(claims.high[place])
    word = ABOVE if claims.above[place] else BELOW if claims.below[place] else OPEN
    needed = row["n"] and int(np.ceil(row["n"] * (reach * row["stderr"] / margin) ** 2))
    kept = {name: row[name] for name in KEPT}
    return {
        **kept, "merge": merge, "gain_low": low, "gain_high": high, "margin": margin,
        "place": SAME if row["_alike"] else word,
        "within_margin": within(low, high, margin), "items_needed": needed,
        "note": row["note"],
    }  # fmt: skip


def within(low: float, high: float, margin: float) -> str:
    """Return whether limits show that a loss is smaller than a margin, or surely larger."""
    return SHOWN if low > -margin else BEYOND if high < -margin else NOT_SHOWN


def _best(parents: Sequence[Row], gain: Row, low: float, high: float, margin: float) -> Row:
    """Return the row of the parent that truly is best, whichever of several that is."""
    lowest = min(parents, key=lambda row: row["gain"])
    words = {row["place"] for row in parents}
    word = ABOVE if words == {ABOVE} else BELOW if BELOW in words else OPEN
    return lowest | gain | {
        "relation": BEST, "gain_low": low, "gain_high": high, "place": word, "within_margin": within(low, high, margin),
        "evidence": evidence_of(row["evidence"] for row in parents), "note": text_note(lowest["note"], gain["note"]),
    }  # fmt: skip


def by_merge(places: pd.DataFrame, *, overall: bool = True) -> Mapping[str, list[Row]]:
    """Return the overall rows by merge, or those of single benchmarks; only what was tested."""
    rows = places[(places["level"].eq(OVERALL) == overall) & places["place"].ne("")]
    return grouped(records(rows), lambda row: str(row["merge"]))


def against(rows: Iterable[Row], relation: str) -> list[Row]:
    """Return the places against one kind of reference."""
    return [row for row in rows if row["relation"] == relation]
