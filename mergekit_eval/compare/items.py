"""Item by item: what a merge kept, gained, lost, has that no parent has, and lacks that every parent has.

Noise alone also moves items. The yardstick: if the merge were one more member of its family, no better and no worse,
its label and those of its parents could be swapped on every item; the counts that this gives are known in closed form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats as sps

from mergekit_eval import tables
from mergekit_eval.compare.engine import CAPABILITY, NO_CAPABILITY, OVERALL, PSEUDO, TASK
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.merge_context import MergeContext, View
from mergekit_eval.compare.questions import unknown_sharing
from mergekit_eval.compare.shared_units import Asked, Ints, shared_units
from mergekit_eval.compare.task_matrix import covariance
from mergekit_eval.compare.testing import TINY, corrected, outcome, quantile
from mergekit_eval.rows import MergeRow, grouped, merge_rows
from mergekit_eval.shares import shares_checked

CATEGORIES = ("kept", "gained", "synergy", "lost", "lost_consensus", "never")


class Answers(NamedTuple):
    """Items of one task: their places in `CATEGORIES`, shape (n, parents + 1).

    The first column is what the merge shows; in the others its label and that of a parent are exchanged. ``asked``
    holds the first one as indicators, shape (n, categories).
    """

    task: str
    parents: tuple[str, ...]
    places: Ints
    asked: Asked


class Tally(NamedTuple):
    """Counts of one merge on some tasks; arrays over `CATEGORIES`.

    ``trials`` and ``chance`` describe the binomial that a count follows when labels are swapped, NaN where it is none.
    ``answers`` holds what is counted of one task each.
    """

    counts: NDArray[np.float64]
    expected: NDArray[np.float64]
    variance: NDArray[np.float64]
    trials: NDArray[np.float64]
    chance: NDArray[np.float64]
    share_error: NDArray[np.float64]
    n: int
    answers: tuple[Answers, ...]


@shares_checked
def item_table(context: MergeContext, *, alpha: float = 0.05) -> pd.DataFrame:
    """Return how many items each merge kept, gained and lost against all of its parents together.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`. Only tasks with right and wrong items of the merge and of at least one parent count.
    alpha : float
        Family-wise error rate (Holm) per level and category.

    Returns
    -------
    DataFrame
        Table `item_table`, one row per level (task, capability, overall), merge, task and category. The categories do
        not overlap and add up to n: kept (right, as every parent is), gained (right, as some but not all parents are),
        synergy (right where no parent is), lost (wrong where some parent is right), lost_consensus (wrong where every
        parent is right), never (wrong, as every parent is). ``expected``, ``noise_low`` and ``noise_high`` are the mean
        and the central 95 % of the count when the labels of merge and parents are swapped item by item (cluster by
        cluster where items share a passage, question by question where several tasks ask it); ``p`` is two-sided (mid-p
        binomial, else normal); ``decided`` says "more than noise", "fewer than noise" or undecided. kept and never do
        not move under swapping.
    """
    rows = [row for merge in merge_rows(context.merges) for row in _merge(context, merge)]
    out = _with_noise(
        pd.DataFrame(rows, columns=[*tables.columns("item_table"), "_var", "_trials", "_chance"]), context.level
    )
    p = corrected(out, families=["level", "category"])
    words = outcome(out["count"] - out["expected"], p, alpha, ("more than noise", "fewer than noise"))
    return tables.conform(out.assign(p_adjusted=p, decided=words)[tables.columns("item_table")], "item_table")


def _merge(context: MergeContext, merge: MergeRow) -> Iterator[dict[str, Any]]:
    found = [(view, usable(view)) for view in context.of(merge.merge)]
    tallies = {view.task: (view, _tally(view, places)) for view, (places, _) in found if places}
    for view, (places, why) in found:
        names = [view.block.models[i] for i in places]
        about = {"level": TASK, "merge": merge.merge, "parents": ", ".join(names), "task": view.task}
        about |= {"capability": view.capability}
        if places:
            yield from _spread(about | {"note": why}, tallies[view.task][1], context.level)
        else:
            yield about | {"category": "", "note": why}
    groups = grouped(tallies.values(), lambda one: (CAPABILITY, one[0].capability or NO_CAPABILITY))
    groups |= {(OVERALL, OVERALL): list(tallies.values())} if tallies else {}
    for (level, name), mine in groups.items():
        about = {"level": level, "merge": merge.merge, "parents": ", ".join(merge.parents), "task": name}
        pooled = _pooled([tally for _, tally in mine])
        unknown = unknown_sharing([one.task for one in pooled.answers], [one.asked for one in pooled.answers])
        about |= {"capability": "" if level == OVERALL else name, "note": unknown}
        yield from _spread(about, pooled, context.level)
    if not tallies:
        why = text_note(context.doubts(merge), "no items of the merge and a parent on one task")
        yield {"level": OVERALL, "merge": merge.merge, "task": OVERALL, "category": "", "note": why}


def usable(view: View) -> tuple[tuple[int, ...], str]:
    """Return the parents whose items can be counted beside the merge's, and why not more."""
    if view.block.values is None:
        return (), "no items: only the aggregate score is known"
    values = view.block.values
    places = tuple(i for i in view.parents if np.isfinite(values[:, i]).all())
    gone = [view.block.models[i] for i in view.parents if i not in places] + list(view.block.absent)
    gone = [name for name in gone if view.base is None or name != view.block.models[view.base]]
    missing = f"without {', '.join(gone)}: no items to compare" if gone else ""
    if not places:
        return (), missing or "no parent is evaluated on this task"
    columns = values[:, [0, *places]]
    if not ((columns == 0) | (columns == 1)).all():
        return (), "items are not just right or wrong"
    return places, text_note(missing, view.block.note if view.block.partial else "")


def outcomes(right: NDArray[np.bool_], others: NDArray[np.int_], parents: int) -> NDArray[np.int_]:
    """Return the place in `CATEGORIES` of each item, from whether the model is right and how many others are."""
    hit = np.select([others == 0, others == parents], [2, 0], 1)
    miss = np.select([others == 0, others == parents], [5, 4], 3)
    return np.where(right, hit, miss)


def _tally(view: View, at: tuple[int, ...]) -> Tally:
    values = view.block.values
    assert values is not None
    right = values[:, [0, *at]] > 0.5
    total, parents = right.sum(axis=1), len(at)
    places = np.column_stack([outcomes(one, total - one, parents) for one in right.T])
    ids = np.arange(len(right)) if view.block.clusters is None else view.block.clusters
    units = int(ids.max()) + 1
    alone = units == len(right)
    played = _played([(places, ids)], units)
    trials, chance = _binomials(total, parents) if alone else (np.full(len(CATEGORIES), np.nan),) * 2
    indicators = (places[:, :1] == np.arange(len(CATEGORIES))).astype(float)
    error = np.sqrt(np.diag(covariance(indicators, None if alone else ids)[0]))
    asked = Asked(indicators, view.block.questions, view.block.clusters, difference=False)
    answers = Answers(view.task, tuple(view.block.models[i] for i in at), places, asked)
    return Tally(
        played[:, 0].sum(axis=0), played.mean(axis=1).sum(axis=0), played.var(axis=1).sum(axis=0), trials, chance,
        error, len(right), (answers,),
    )  # fmt: skip


def _played(tasks: Sequence[tuple[Ints, Ints]], units: int) -> NDArray[np.float64]:
    """Return how many items of each unit are of each category, under each exchange: (units, parents + 1, categories).

    A task is given by the places of its items (`Answers`) and the unit of each item.
    """
    played = np.zeros((units, tasks[0][0].shape[1], len(CATEGORIES)))
    for places, ids in tasks:
        for exchange, column in enumerate(places.T):
            np.add.at(played[:, exchange], (ids, column), 1.0)
    return played


def _binomials(total: NDArray[np.int_], parents: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return number and chance of the swaps behind each count: 1 of k + 1 labels is the merge's."""
    trials, chance = np.full(len(CATEGORIES), np.nan), np.full(len(CATEGORIES), np.nan)
    one, most = float((total == 1).sum()), float((total == parents).sum())
    trials[[2, 4]], chance[[2, 4]] = [one, most], 1 / (parents + 1)
    if parents == 2:
        trials[[1, 3]], chance[[1, 3]] = [most, one], 2 / 3
    return trials, chance


def _pooled(tallies: list[Tally]) -> Tally:
    n = sum(tally.n for tally in tallies)
    chance = np.array([tally.chance for tally in tallies])
    same = np.isfinite(chance).all(axis=0) & (np.abs(chance - chance[0]) < 1e-12).all(axis=0)
    trials = np.sum([tally.trials for tally in tallies], axis=0)
    counts, expected = (np.sum([getattr(tally, name) for tally in tallies], axis=0) for name in ("counts", "expected"))
    squares = np.array([(tally.share_error * tally.n) ** 2 for tally in tallies])
    variances = np.array([tally.variance for tally in tallies])
    answers = tuple(one for tally in tallies for one in tally.answers)
    for places, moved, squared in _together(answers):
        variances[places], squares[places] = 0.0, 0.0
        variances[places[0]], squares[places[0]] = moved, squared
        same[:] = False
    return Tally(
        counts, expected, variances.sum(axis=0), np.where(same, trials, np.nan), np.where(same, chance[0], np.nan),
        np.sqrt(squares.sum(axis=0)) / n, n, answers,
    )  # fmt: skip


def _together(answers: Sequence[Answers]) -> Iterator[tuple[list[int], Any, Any]]:
    """Yield tasks that share questions, the variance of their counts under swapping, and as they are.

    Labels are swapped in all tasks of a question that have the same parents.
    """
    asked = [one.asked for one in answers]
    for group in shared_units(asked):
        tasks = [(answers[at], ids) for at, ids in zip(group.places, group.units, strict=True)]
        alike = grouped(tasks, lambda task: task[0].parents).values()
        played = [_played([(one.places, ids) for one, ids in mine], group.size) for mine in alike]
        summed = np.sum([len(ids) * error for ids, error in zip(group.units, group.errors(asked), strict=True)], axis=0)
        moved = np.sum([one.var(axis=1).sum(axis=0) for one in played], axis=0)
        yield group.places, moved, (summed**2).sum(axis=0) + PSEUDO * group.overlap().sum()


def _spread(about: dict[str, Any], tally: Tally, level: float) -> Iterator[dict[str, Any]]:
    z = quantile(level, np.inf)
    for place, category in enumerate(CATEGORIES):
        share = float(tally.counts[place]) / tally.n
        half = z * float(tally.share_error[place])
        moving = category not in ("kept", "never")
        yield about | {
            "category": category, "count": int(tally.counts[place]), "share": share, "low": max(share - half, 0.0),
            "high": min(share + half, 1.0), "expected": float(tally.expected[place]), "n": tally.n,
            "n_tasks": len(tally.answers), "_var": float(tally.variance[place]) if moving else np.nan,
            "_trials": float(tally.trials[place]), "_chance": float(tally.chance[place]),
        }  # fmt: skip


def _with_noise(table: pd.DataFrame, level: float) -> pd.DataFrame:
    """Add the range and the two-sided p of every count under swapped labels."""
    out = table.assign(**{c: pd.to_numeric(table[c]).astype(float) for c in ("count", "expected", "_var", "_trials")})
    count, mean, spread = out["count"], out["expected"], np.sqrt(out["_var"])
    exact = out["_trials"].notna() & out["_var"].notna()
    law = sps.binom(out["_trials"].fillna(0).astype(int), out["_chance"].astype(float).fillna(0.5))
    below, above, at = law.cdf(count.fillna(0) - 1), law.sf(count.fillna(0)), law.pmf(count.fillna(0))
    z = (count - mean) / spread.where(spread > 0)
    lower = np.where(exact, below + at / 2, sps.norm.cdf(z))
    upper = np.where(exact, above + at / 2, sps.norm.sf(z))
    p = pd.Series(np.clip(2 * np.minimum(lower, upper), TINY, 1.0), index=out.index)
    p = p.where(out["_var"].notna(), np.nan).where(~(exact & out["_var"].eq(0)), 1.0)
    half = quantile(level, np.inf) * spread
    ends = [
        np.where(exact, law.ppf(q), mean + sign * half) for q, sign in (((1 - level) / 2, -1), ((1 + level) / 2, 1))
    ]
    moving = out["_var"].notna()
    return out.assign(p=p, noise_low=pd.Series(ends[0], index=out.index).where(moving, mean),
                      noise_high=pd.Series(ends[1], index=out.index).where(moving, mean))  # fmt: skip


def item_changes(table: pd.DataFrame, *, level: str = OVERALL) -> pd.DataFrame:
    """Return one row per merge (and task) with a column per category, as the figure of item changes draws it.

    Parameters
    ----------
    table : DataFrame
        From `item_table`.
    level : {"overall", "capability", "task"}
        Which rows of it.
    """
    rows = table[table["level"].eq(level)]
    keys = ["merge", "task", "capability", "n"]
    known = rows["category"].ne("")
    wide = rows[known].pivot_table(index=keys, columns="category", values="count", sort=False, aggfunc="first")
    out = pd.concat([wide.reset_index(), rows.loc[~known, ["merge", "task", "capability", "note"]]], ignore_index=True)
    return tables.conform(out.reindex(columns=tables.columns("item_changes")), "item_changes")
