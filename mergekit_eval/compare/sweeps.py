"""Scores along a merge parameter, the winner of many merges without selection bias, and the variance over seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from mergekit_eval import orientation, stats, tables
from mergekit_eval.compare.engine import CAPABILITY, OVERALL, TASK, scopes
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.compare.recipes import find_replicates, find_sweeps
from mergekit_eval.compare.references import total
from mergekit_eval.compare.scores import interval
from mergekit_eval.compare.task_averages import distinct_tasks, mean_contrast, unknown_between
from mergekit_eval.compare.task_matrix import Block
from mergekit_eval.compare.testing import quantile
from mergekit_eval.compare.votes import Votes

LEAST_UNITS = 4  # two in each half


def sweep_table(context: MergeContext, recipes: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of merges that differ in one parameter, setting by setting.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`.
    recipes : DataFrame
        From `recipe_table`.

    Returns
    -------
    DataFrame
        Table `sweeps`, one row per series, setting and task, capability (mean over its tasks) or overall; only tasks
        that every merge of the series has. Means are turned so that higher is better. Intervals hold for one setting at
        a time: the highest point of a curve is a winner and too high (`winner_table`).
    """
    rows = []
    for sweep in find_sweeps(recipes, context.rows):
        merges = sorted(sweep.settings, key=lambda name: (sweep.settings[name], name))
        head = {"series": sweep.series, "parameter": sweep.parameter}
        blocks = shared_blocks(context, merges)
        for row in _values(context, blocks, merges):
            rows.append(head | row | {"setting": sweep.settings[row["merge"]]})
        if not blocks:
            rows.append(head | {"level": OVERALL, "note": "no comparable task that all merges of the series have"})
    return tables.conform(rows, "sweeps")


def shared_blocks(context: MergeContext, models: Sequence[str]) -> list[Block]:
    """Return the tasks on which all of some models may be compared."""
    made = [context.joint(task, models) for task in context.tasks_of(models)]
    return [block for block in made if len(block.models) == len(models)]


class Counted(NamedTuple):
    """One task of an average, and its share."""

    block: Block
    share: float


def levels(blocks: list[Block], votes: Votes) -> dict[tuple[str, str], list[Counted]]:
    """Return bounded tasks by (level, name): each one, benchmarks of several tasks, capabilities, and overall."""
    by_task = {block.rows[0].task: block for block in blocks if block.rows[0].scale != "natural"}
    found = {(TASK, task): [Counted(block, 1.0)] for task, block in by_task.items()}
    for place, tasks in scopes(list(by_task), lambda task: by_task[task].rows[0].capability, votes).items():
        shares = votes.shares(tasks)
        found[place] = [Counted(by_task[task], share) for task, share in shares.items() if share > 0]
    return found


def _about(level: str, name: str, used: list[Counted]) -> dict[str, Any]:
    capability = {TASK: used[0].block.rows[0].capability, CAPABILITY: name}.get(level, "")
    n = total(one.block.n for one in used)
    return {"level": level, "task": name, "capability": capability, "n": n, "n_tasks": len(used)}


def _values(context: MergeContext, blocks: list[Block], merges: list[str]) -> Iterator[dict[str, Any]]:
    for (kind, name), mine in levels(blocks, context.votes).items():
        for place, merge in enumerate(merges):
            alone = len(mine) == 1
            value, low, high, stderr = (
                _alone(context, mine[0].block, place) if alone else _mean(mine, place, context.level)
            )
            notes = [b.note for b, _ in mine] if kind == TASK else [_unknown([b for b, _ in mine])]
            yield _about(kind, name, mine) | {
                "merge": merge, "value": value, "low": low, "high": high, "stderr": stderr, "higher_is_better": True,
                "scale": "unit", "note": text_note(*notes),
            }  # fmt: skip


def _alone(context: MergeContext, block: Block, place: int) -> tuple[float, float, float, float]:
    """Return score, limits and standard error of one model on one task, turned so that higher is better."""
    row = block.rows[place]
    low, high, stderr, _, _ = interval(context.evidence, row, context.level)
    ends = orientation.oriented_ends(low, high, row)
    return float(block.means[place]), float(ends[0]), float(ends[1]), stderr


def _mean(used: list[Counted], place: int, level: float) -> tuple[float, float, float, float]:
    value, stderr, df = _weighted(used, [_one(block, place) for block, _ in used])
    half = quantile(level, df) * stderr
    return value, max(value - half, 0.0), min(value + half, 1.0), stderr


def winner_table(
    context: MergeContext, recipes: pd.DataFrame | None = None, *, over: str = "", repeats: int = 20, seed: int = 0
) -> pd.DataFrame:
    """Return the best merge of every sweep and of the whole study, with its naive and its cross-fitted figure.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`.
    recipes : DataFrame, optional
        From `recipe_table`; without it only the whole study is one group.
    over : str
        A model (the base, say): the figures are then gains over it, on the same items.
    repeats : int
        The winner is picked on one half of the items and scored on the other, over so many random divisions.
    seed : int
        Of the divisions.

    Returns
    -------
    DataFrame
        Table `winners`: ``naive`` is the macro average of the ``winner`` on the items that made it win,
        ``cross_fitted`` (with ``low`` and ``high``) what picking this way gives on items that did not take part,
        ``optimism`` their difference, ``picked`` how often the naive winner was the one picked.
    """
    evaluated = [merge for merge in context.merges["merge"] if merge in context.rows]
    groups = {"all merges": evaluated}
    sweeps = find_sweeps(recipes, context.rows) if recipes is not None else []
    groups |= {f"{s.series}: {s.parameter}": list(s.settings) for s in sweeps}
    rows = [
        {"group": name, "over": over} | _winner(context, merges, over, repeats, seed) for name, merges in groups.items()
    ]
    return tables.conform(rows, "winners")


def _winner(context: MergeContext, merges: list[str], over: str, repeats: int, seed: int) -> dict[str, Any]:
    row: dict[str, Any] = {"candidates": len(merges), "repeats": repeats}
    if len(merges) < 2:
        return row | {"note": "nothing to pick from"}
    if over and over not in context.rows:
        return row | {"note": f"{over} is not evaluated"}
    blocks = shared_blocks(context, [*merges, *([over] if over else [])])
    shares = [b for b in blocks if b.rows[0].scale != "natural"]
    usable = [b for b in shares if b.paired and b.df + 1 >= LEAST_UNITS]
    left = [b.rows[0].task for b in shares if not any(b is other for other in usable)]
    weights = list(context.votes.shares([b.rows[0].task for b in usable]).values())
    if not any(weights):
        return row | {"note": "no task with items of all merges: a winner cannot be checked on other items"}
    values, clusters, weights = distinct_tasks(usable, weights)
    found = stats.cross_fit(
        [v[:, : len(merges)] for v in values],
        reference=[v[:, -1] for v in values] if over else None,
        weights=weights,
        clusters=clusters, repeats=repeats, level=context.level, seed=seed,
    )  # fmt: skip
    honest = found.cross_fitted
    note = f"without {', '.join(left)}: no items of all merges" if left else ""
    return row | {
        "winner": merges[found.best], "naive": found.naive, "cross_fitted": honest.estimate, "low": honest.low,
        "high": honest.high, "optimism": found.optimism, "picked": float(found.chosen[found.best]),
        "n": total(b.n for b in usable), "n_tasks": len(usable), "note": text_note(honest.note, note, _unknown(usable)),
    }  # fmt: skip


def seed_table(context: MergeContext, recipes: pd.DataFrame) -> pd.DataFrame:
    """Return how far merges lie apart that differ in their seed alone, beyond what the items explain.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`.
    recipes : DataFrame
        From `recipe_table`.

    Returns
    -------
    DataFrame
        Table `seeds`: ``spread`` is the standard deviation of the scores over seeds, ``item_spread`` the part that
        two equally good models would show on these (shared) items, ``seed_spread`` the rest,
        sqrt(max(0, spread^2 - item_spread^2)), with limits from the chi-square law of ``spread``; they are wide, since
        few seeds say little about a spread. Means over tasks are turned so that higher is better.
    """
    rows = []
    for recipe, (merges, left_out) in find_replicates(recipes, context.rows).items():
        blocks = shared_blocks(context, merges)
        head = {"recipe": recipe, "merges": ", ".join(merges), "seeds": len(merges)}
        found = [
            _about(kind, name, mine) | _components(mine, context.level)
            for (kind, name), mine in levels(blocks, context.votes).items()
        ] or [{"level": OVERALL, "note": "no comparable task that all of them have"}]
        rows += [head | row | {"note": text_note(row["note"], left_out)} for row in found]
    return tables.conform(rows, "seeds")


def _components(used: list[Counted], level: float) -> dict[str, Any]:
    scores = np.sum([share * block.means for block, share in used], axis=0)
    count = len(scores)
    within = float(np.mean([_difference_error(used, a, b) ** 2 for a, b in combinations(range(count), 2)])) / 2
    total = float(scores.var(ddof=1))
    tails = (1 - level) / 2
    ends = [total * (count - 1) / float(special.chdtri(count - 1, q)) for q in (tails, 1 - tails)]
    seed, low, high = (float(np.sqrt(max(v - within, 0.0))) for v in (total, *ends))
    explained = "the items explain all of it" if total <= within else ""
    note = text_note(explained, _unknown([block for block, _ in used]))
    return {
        "mean": float(scores.mean()), "spread": float(np.sqrt(total)), "item_spread": float(np.sqrt(max(within, 0.0))),
        "seed_spread": seed, "seed_low": low, "seed_high": high, "note": note,
    }  # fmt: skip


def _unknown(blocks: Sequence[Block]) -> str:
    """Return the sentence on questions that tasks may share without saying which, '' if none does."""
    return unknown_between(blocks, [np.full(len(block.models), 1 / len(block.models)) for block in blocks])


def _difference_error(used: list[Counted], a: int, b: int) -> float:
    """Return the standard error of the mean difference of two models over tasks."""
    return _weighted(used, [_one(block, a) - _one(block, b) for block, _ in used])[1]


def _weighted(used: list[Counted], weights: list[NDArray[np.float64]]) -> tuple[float, float, float]:
    return mean_contrast([block for block, _ in used], weights, [share for _, share in used])


def _one(block: Block, place: int) -> NDArray[np.float64]:
    return np.eye(len(block.models))[place, :]
