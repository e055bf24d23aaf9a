"""Ranking by the average: the ranks that the items leave open, and models that are not separated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats as sps

from mergekit_eval import stats, tables
from mergekit_eval.compare.item_index import Evidence, text_note
from mergekit_eval.compare.questions import unknown_sharing
from mergekit_eval.compare.scores import interval
from mergekit_eval.compare.shared_units import Asked, outside, shared_units
from mergekit_eval.compare.votes import Votes, votes_of
from mergekit_eval.schema import Tables
from mergekit_eval.shares import shares_checked
from mergekit_eval.wording import counted

Floats = NDArray[np.float64]
ITEMS, NORMAL = "shared items", "aggregates only"


class Standing(NamedTuple):
    """Ranks of the models that have every task, and the groups that a test of mean ranks does not tell apart.

    Parameters
    ----------
    ranks : DataFrame
        Best first. ``rank`` by the average over benchmarks, ``low`` and ``high`` the ranks that stay open for all
        models at once (simultaneous rank sets); ``mean_rank``, ``rank_low`` and ``rank_high`` describe the redrawn
        ranks, one model at a time. How likely a model is the best: `choice_table`.
    by_task : DataFrame
        model, rank: mean rank over the benchmarks, 1 is best (Friedman); what a critical-difference diagram draws.
        Without rows where no such test can be made.
    cliques : list of list of str
        Neighbours in ``by_task`` that ``test`` does not tell apart: no two of them are farther apart than
        ``difference``.
    difference : float or None
        Nemenyi's critical difference of the mean ranks.
    friedman : Friedman or None
        Test of "all models rank alike".
    left_out : dict
        Model or task -> why it is not here.
    note : str
        What was ranked, from what, and what that costs.
    test : str
        What ``cliques`` and ``difference`` are from: test, number of tasks, error rate.
    """

    ranks: pd.DataFrame
    by_task: pd.DataFrame
    cliques: list[list[str]]
    difference: float | None
    friedman: Any
    left_out: dict[str, str]
    note: str
    test: str = ""

    def __repr__(self) -> str:
        return f"Standing: {self.note}"


@shares_checked
def standing(
    collection: Tables,
    models: list[str] | None = None,
    *,
    alpha: float = 0.05,
    seed: int = 0,
    draws: int = 10_000,
    votes: Votes | None = None,
) -> Standing:
    """Rank models by their average over the benchmarks that all of them have.

    Parameters
    ----------
    collection : Collection
        What was read.
    models : list of str, optional
        Who takes part; everyone if left out. Who misses a task is left out, or the task is, whichever misses more.
    alpha : float
        1 - alpha is the joint level of the rank sets; alpha is the family-wise error rate of the groups.
    seed, draws : int
        Of the resamples.
    votes : Votes, optional
        What counts how much; by default a benchmark is one vote, by the known facts.

    Returns
    -------
    Standing
        Items of a task are redrawn for all models together (paired bootstrap). Where some task has no items that all
        models share, ranks are drawn from independent normal errors of the aggregates, which sees less. Groups are
        those of Nemenyi's test, whose sample are the benchmarks: its mean ranks, critical difference and groups are one
        test and one figure, the ranks from items another.
    """
    evidence = Evidence(collection)
    every = bounded_scores(evidence.scores, models)
    table, left_out = rectangle(every)
    names, tasks = list(table.index), list(table.columns)
    if len(names) < 2 or not tasks:
        why = "nothing to rank: fewer than two models share a task of bounded scores"
        return Standing(tables.empty("ranks", why), _untested(why), [], None, None, left_out, why)
    counting = votes or votes_of(evidence.scores)
    shares = {task: share for task, share in counting.shares(tasks).items() if share > 0}
    table, weights = table[list(shares)], np.array(list(shares.values()))
    tasks = list(shares)
    grid = [[evidence.by_model[name][task] for name in names] for task in tasks]
    given = _items(evidence, grid)
    drawing = {"seed": seed, "draws": draws}
    averages = _from_items(given, weights, **drawing) if given else _from_errors(evidence, grid, weights, **drawing)
    unknown = unknown_sharing(tasks, given or [None] * len(tasks))
    observed = table.to_numpy() @ weights
    within = pd.Series(counting.within(tasks))
    benchmarks = [(table[held] * within[held]).sum(axis=1) for held in counting.by_benchmark(tasks).values()]
    test = stats.friedman(np.array(benchmarks), level=1 - alpha)
    by_task, cliques = _by_task(names, test)
    facts: dict[str, Any] = {
        "role": [row.role for row in grid[0]],
        "macro": observed,
        "n_tasks": len(tasks),
        "n_benchmarks": len(benchmarks),
    }
    items = sum(len(one.values) for one in given) if given else pd.NA
    facts |= {"n_items": items, "evidence": ITEMS if given else NORMAL}
    ranks = _ranked(names, averages, observed, alpha).assign(**facts, note=test.note)
    ordered = ranks.sort_values("rank", kind="stable", ignore_index=True)
    told = _told(len(names), len(benchmarks), bool(given), left_out, costliest(every, names, counting), unknown)
    return Standing(
        tables.conform(ordered[tables.columns("ranks")], "ranks"), by_task, cliques,
        test.critical_difference, test, left_out, told,
        f"Nemenyi's test over {counted(len(benchmarks), 'benchmark')}, alpha = {alpha:g}",
    )  # fmt: skip


def _untested(reason: str) -> pd.DataFrame:
    return tables.empty("task_ranks", reason)


def _by_task(names: list[str], test: stats.Friedman) -> tuple[pd.DataFrame, list[list[str]]]:
    """Return the mean ranks, best first, and the runs of neighbours that the critical difference does not part."""
    table = pd.DataFrame({"model": names, "rank": test.mean_ranks}).sort_values("rank", kind="stable")
    if test.critical_difference is None:
        return _untested(test.note), [names] if np.ptp(test.mean_ranks) == 0 else []
    apart = np.abs(test.mean_ranks[:, None] - test.mean_ranks) > test.critical_difference
    runs = stats.groups(table.index.to_numpy(), apart)
    ordered = table["model"].tolist()
    return table.reset_index(drop=True), [ordered[first : last + 1] for first, last in runs]


def bounded_scores(scores: pd.DataFrame, models: list[str] | None) -> pd.DataFrame:
    """Return models x tasks, shares of one with higher better; scores without bounds or direction have no part."""
    kept = scores[scores["scale"].ne("natural") & scores["oriented"].notna()]
    kept = kept[kept["model"].isin(models)] if models is not None else kept
    return kept.pivot_table(index="model", columns="task", values="oriented", sort=False)


def rectangle(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Drop the model or the task that misses most, one by one, until no score is missing; say who and why."""
    out, gone = table, {}
    while out.size and out.isna().to_numpy().any():
        lacks = [out.isna().mean(axis=1), out.isna().mean(axis=0)]
        side = int(lacks[1].max() > lacks[0].max())
        name, share = lacks[side].idxmax(), lacks[side].max()
        gone[str(name)] = (
            f"{'no score of' if side else 'not measured on'} {share:.0%} of the {('tasks', 'models')[side]}"
        )
        out = out.drop(columns=name) if side else out.drop(index=name)
    return out, gone


def costliest(table: pd.DataFrame, models: Sequence[str], votes: Votes) -> str:
    """Return which model alone keeps most benchmarks from being shared by all of some models; '' where none does.

    Parameters
    ----------
    table : DataFrame
        Models x tasks before any was left out, NaN where there is no score.
    models : sequence of str
        Those that stay.
    votes : Votes
        Know the benchmark of a task.
    """
    lacks = table.loc[list(models)].isna()
    count = lacks.sum()
    shared = {votes.benchmark(task) for task in lacks.columns[count.eq(0)]}
    alone = lacks.loc[:, count.eq(1)]
    lost: dict[str, set[str]] = {}
    for task, model in alone.idxmax().items() if alone.size else ():
        lost.setdefault(str(model), set()).add(votes.benchmark(str(task)))
    costs = {model: len(names - shared) for model, names in lost.items()}
    most, who = max(((number, name) for name, number in costs.items()), default=(0, ""))
    return f"{who} costs most: without it {counted(most, 'more benchmark')} would be shared by all" if most else ""


def _items(evidence: Evidence, grid: list[list[Any]]) -> list[Asked]:
    """Return the items of all models per task (higher better); nothing if a task is not shared in full."""
    found = []
    for rows in grid:
        if not all(evidence.carries(row) for row in rows) or len({evidence.layout(row) for row in rows}) > 1:
            return []
        found.append(evidence.questions.asked(rows))
    return found


def _from_items(given: list[Asked], weights: Floats, *, seed: int, draws: int) -> Floats:
    """Return averages over redrawn items; a question of several tasks is redrawn once, by one normal multiplier."""
    groups = shared_units(given)
    alone = outside(groups, len(given))
    averages = np.zeros((draws, given[0].values.shape[1]))
    if alone:
        values, clusters = [given[at].values for at in alone], [given[at].clusters for at in alone]
        boot = stats.bootstrap_draws(values, seed=seed, clusters=clusters, n_resamples=draws, workers=2)
        averages = stats.weighted_draws(boot, weights[alone]) * (weights[alone].sum() if groups else 1.0)
    rng = np.random.default_rng([seed, 1])
    for group in groups:
        means = [given[at].values.mean(axis=0) for at in group.places]
        errors = np.tensordot(weights[group.places], group.errors(given), axes=1)
        averages += weights[group.places] @ means + rng.standard_normal((draws, group.size)) @ errors
    return averages


def _from_errors(evidence: Evidence, grid: list[list[Any]], weights: Floats, *, seed: int, draws: int) -> Floats:
    """Return independent normal draws of the means; a score without an error stays where it is."""
    rng, means, variances = np.random.default_rng(seed), [], []
    for rows in grid:
        errors = np.array([interval(evidence, row, 0.95)[2] for row in rows], dtype=float)
        means.append([row.oriented for row in rows])
        variances.append(np.nan_to_num(errors) ** 2)
    centre, spread = weights @ np.array(means), np.sqrt(weights**2 @ np.array(variances))
    return np.asarray(centre + spread * rng.standard_normal((draws, len(centre))))


def _ranked(names: list[str], averages: Floats, observed: Floats, alpha: float) -> pd.DataFrame:
    drawn = stats.rank_distribution(averages, level=1 - alpha)
    sets = stats.rank_sets(averages, observed, level=1 - alpha)
    return pd.DataFrame(
        {
            **{"model": names, "rank": sps.rankdata(-observed, method="min"), "low": sets.low, "high": sets.high},
            **{"mean_rank": drawn.mean, "rank_low": drawn.low, "rank_high": drawn.high},
        }
    )


def _told(models: int, benchmarks: int, paired: bool, left_out: dict[str, str], costs: str, unknown: str) -> str:
    lost = "" if paired else "without shared items the errors count as independent, so fewer ranks are decided"
    gone = f"left out: {', '.join(f'{name} ({why})' for name, why in left_out.items())}" if left_out else ""
    ranked = f"{counted(models, 'model')} on {counted(benchmarks, 'benchmark')} that all of them have"
    return text_note(ranked, lost, gone, costs, unknown)
