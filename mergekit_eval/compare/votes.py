"""Votes: how much each task weighs in an average over benchmarks.

A benchmark has one vote, however many tasks it comes in; `assignment` says which tasks are one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import tables
from mergekit_eval.benchmark import WEIGHTS, WEIGHTS_RULE, Benchmark
from mergekit_eval.compare.assignment import OWN, Assignment, check_benchmarks
from mergekit_eval.compare.benchmarks import counted_tasks, plain_task
from mergekit_eval.errors import DataError, explain, unknown
from mergekit_eval.rows import grouped
from mergekit_eval.schema import require
from mergekit_eval.study import Study
from mergekit_eval.wording import counted

OTHER = "other"
Weights = str | Mapping[str, float]


class Votes:
    """The votes of one study; see `votes_of`.

    Parameters
    ----------
    assignment : Assignment
        Which vote each task belongs to.
    n, capability : mapping
        By task: its number of items (NaN: unknown) and the capability that it measures.
    weights : str or mapping
        What weighs the same, or benchmark -> number.
    """

    def __init__(
        self, assignment: Assignment, n: Mapping[Any, float], capability: Mapping[Any, str], weights: Weights
    ) -> None:
        self._assignment, self._n, self._capability, self.weights = assignment, n, capability, weights
        self._known_shares: dict[tuple[str, ...], dict[str, float]] = {}  # most merges have the same tasks
        self._known_within: dict[tuple[str, ...], dict[str, float]] = {}

    def benchmark(self, task: str) -> str:
        """Return the vote that a task belongs to; conditions after its name count for nothing."""
        return self.place(task)[0]

    def place(self, task: str) -> tuple[str, str]:
        """Return the vote of a task, and what says so: the study, the suite, known facts, or own vote."""
        return self._assignment.place(task)

    def shares(self, tasks: Sequence[str]) -> dict[str, float]:
        """Return how much each task weighs in the average over these tasks.

        Returns
        -------
        dict
            task -> share, which sum to 1; 0 for a task that does not count beside the others of its benchmark. All are
            0 where the weights name none of the benchmarks.

        Raises
        ------
        DataError
            If items are the weights and a task has no number of items.
        """
        if tuple(tasks) not in self._known_shares:
            within = self.within(tasks)
            amounts = self._amounts([task for task in tasks if within[task]], within)
            total = fsum(amounts.values())
            shares = {task: amounts.get(task, 0.0) / total if total else 0.0 for task in tasks}
            self._known_shares[tuple(tasks)] = shares
        return dict(self._known_shares[tuple(tasks)])

    def within(self, tasks: Sequence[str]) -> dict[str, float]:
        """Return how much each task weighs inside its benchmark: the tasks of each benchmark sum to 1."""
        if tuple(tasks) not in self._known_within:
            out = dict.fromkeys(tasks, 0.0)
            for name, held in self.by_benchmark(tasks).items():
                out |= self._inside(name, held)
            self._known_within[tuple(tasks)] = out
        return dict(self._known_within[tuple(tasks)])

    def by_benchmark(self, tasks: Iterable[str]) -> dict[str, list[str]]:
        """Return vote -> its tasks, in the order of the tasks; without the rows of groups beside their members."""
        held = list(tasks)
        apart = self.group_rows(held)
        return grouped([task for task in held if task not in apart], self.benchmark)

    def group_rows(self, tasks: Sequence[str]) -> dict[str, list[str]]:
        """Return which tasks are one number for two or more of the others, which count in their place, and these."""
        groups = self._assignment.groups
        held = {task: [other for other in tasks if other in groups[task]] for task in tasks if task in groups}
        return {task: members for task, members in held.items() if len(members) > 1}

    def capability(self, tasks: Sequence[str]) -> str:
        """Return the capability of most of the weight of one benchmark's tasks, "other" where none is known."""
        weight: dict[str, float] = {}
        for task, share in self.within(tasks).items():
            capability = self._capability.get(task, "") or OTHER
            weight[capability] = weight.get(capability, 0.0) + share
        return min(weight, key=lambda name: (-round(weight[name], 9), name), default=OTHER)

    def combination(self, name: str, tasks: Sequence[str]) -> tuple[str, str]:
        """Return how the tasks of a benchmark that count are combined (equal, size, one task), and doubts on it."""
        held = self._counted(name, tasks)
        twice = [task for task, many in Counter(map(plain_task, held)).items() if many > 1]
        doubts = [f"measured several times, the mean counts: {', '.join(twice)}"] if twice else []
        by_size = self._assignment.entry(name).combine == "size"
        if by_size and not self._sized(held):
            doubts.append("the number of items of a task is unknown: each task weighs the same")
        way = "size" if by_size and self._sized(held) else "equal"
        return "one task" if len(held) == 1 else way, "; ".join(doubts)

    def _counted(self, name: str, tasks: Sequence[str]) -> list[str]:
        parts = self._assignment.parts(name, tasks)
        inside = [task for part, held in parts.items() for task in counted_tasks(self._assignment.entry(part), held)]
        return counted_tasks(self._stated(name), inside)

    def _stated(self, name: str) -> Benchmark:
        return self._assignment.stated.get(name, Benchmark(name))

    def _inside(self, name: str, tasks: Sequence[str]) -> dict[str, float]:
        held = self._counted(name, tasks)
        parts = {name: held} if self._stated(name).combine else self._assignment.parts(name, held)
        inside = [self._combined(part, members) for part, members in parts.items()]
        return {task: share / len(parts) for part in inside for task, share in part.items()}

    def _combined(self, name: str, tasks: Sequence[str]) -> dict[str, float]:
        by_size = self._assignment.entry(name).combine == "size" and self._sized(tasks)
        sizes = [self._n[task] if by_size else 1.0 for task in tasks]
        return {task: size / sum(sizes) for task, size in zip(tasks, sizes, strict=True)}

    def _sized(self, tasks: Iterable[str]) -> bool:
        return all(self._n.get(task, np.nan) > 0 for task in tasks)

    def _amounts(self, tasks: Sequence[str], within: Mapping[str, float]) -> dict[str, float]:
        """Return what each task that counts weighs, up to a factor."""
        if self.weights == "task":
            return dict.fromkeys(tasks, 1.0)
        if self.weights == "item":
            return {task: self._size(task) for task in tasks}
        votes = self._votes(self.by_benchmark(tasks))
        return {task: votes[self.benchmark(task)] * within[task] for task in tasks}

    def _votes(self, held: Mapping[str, Sequence[str]]) -> dict[str, float]:
        if isinstance(self.weights, Mapping):
            return {name: float(self.weights.get(name, 0.0)) for name in held}
        if self.weights == "benchmark":
            return dict.fromkeys(held, 1.0)
        capabilities = {name: self.capability(tasks) for name, tasks in held.items()}
        sizes = Counter(capabilities.values())
        return {name: 1 / sizes[capability] for name, capability in capabilities.items()}

    def _size(self, task: str) -> float:
        if not self._sized([task]):
            todo = "State n of the task in params/metrics.yaml."
            raise DataError(
                explain("votes", "weights", "item", f"tasks of a known number of items, not {task!r}", todo)
            )
        return float(self._n[task])


def votes_of(scores: pd.DataFrame, study: Study | None = None, weights: Weights = "") -> Votes:
    """Return the votes of a study.

    Parameters
    ----------
    scores : DataFrame
        The collected scores: of each task its program, capability, group and number of items.
    study : Study, optional
        Its ``benchmarks``, and the ``benchmark`` of the entries of its suites.
    weights : str or mapping
        benchmark: each benchmark weighs the same; capability: each capability does, and in it each benchmark; task:
        each task that counts; item: each item of them; or benchmark -> number >= 0, all others 0. '' for the study's
        own, which is benchmark unless it says otherwise.

    Raises
    ------
    DataError
        For weights that are none of these, that name a benchmark without scores, or of which all are 0; for a
        benchmark of the study without tasks, or whose ``primary`` is none of the tasks that are measured.
    """
    require(scores, ("task", "n", "capability", "group", "kind", "primary", "tool", "source_file"), "votes_of")
    place = ("votes", "weights")
    if weights == "":
        weights = study.weights if study else WEIGHTS[0]
        place = (str(study.file), "analysis.weights") if study else place
    votes = Votes(Assignment(scores, study), *_sizes_and_capabilities(scores), weights)
    held = votes.by_benchmark(scores.loc[scores["kind"].eq("task"), "task"].unique())
    if study:
        check_benchmarks(study, held)
    _check_weights(*place, weights, held)
    return votes


def _sizes_and_capabilities(scores: pd.DataFrame) -> tuple[dict[Any, float], dict[Any, str]]:
    leaves = scores[scores["kind"].eq("task")]
    headline = leaves.assign(
        primary=leaves["primary"].fillna(False).astype(bool),
        n=pd.to_numeric(leaves["n"], errors="coerce").astype(float),
    )
    ordered = headline[["task", "primary", "n", "capability"]].sort_values(
        ["primary", "n"], ascending=False, kind="stable"
    )
    first = ordered.groupby("task").first()
    return first["n"].to_dict(), first["capability"].to_dict()


def _check_weights(where: str, key: str, weights: Weights, held: Mapping[str, Any]) -> None:
    if not isinstance(weights, Mapping):
        if weights not in WEIGHTS:
            raise DataError(explain(where, key, weights, WEIGHTS_RULE))
        return
    for name, number in weights.items():
        if name not in held:
            raise DataError(unknown(where, key, name, held))
        if not isinstance(number, int | float) or isinstance(number, bool) or not 0 <= number < np.inf:
            raise DataError(explain(where, f"{key}.{name}", number, "a number >= 0"))
    if not sum(weights.values()):
        raise DataError(explain(where, key, dict(weights), WEIGHTS_RULE))


@tables.makes("votes")
def vote_table(votes: Votes, tasks: Sequence[str]) -> pd.DataFrame:
    """Return the votes that some tasks make up: one row per benchmark, in the order of the tasks.

    Returns
    -------
    DataFrame
        Table `votes`; ``tasks`` are those that count, ``weight`` is the share of the benchmark in the average.
    """
    shares = votes.shares(tasks)
    rows = [_vote(votes, name, held, shares) for name, held in votes.by_benchmark(tasks).items()]
    rows += [_group_row(votes, task, members) for task, members in votes.group_rows(tasks).items()]
    return pd.DataFrame(rows, columns=tables.columns("votes"))


def _vote(votes: Votes, name: str, tasks: Sequence[str], shares: Mapping[str, float]) -> dict[str, Any]:
    within = votes.within(tasks)
    used = tuple(task for task in tasks if within[task])
    unused = [task for task in tasks if task not in used]
    combine, doubt = votes.combination(name, tasks)
    notes = [doubt, f"not counted: {', '.join(unused)}" if unused else ""]
    return {
        "benchmark": name, "capability": votes.capability(tasks), "tasks": used, "n_tasks": len(used),
        "combine": combine, "weight": sum(shares[task] for task in used),
        "known": votes.place(used[0])[1], "note": "; ".join(filter(None, notes)),
    }  # fmt: skip


def _group_row(votes: Votes, task: str, members: Sequence[str]) -> dict[str, Any]:
    return {
        "benchmark": votes.benchmark(task), "capability": votes.capability([task]), "tasks": (), "n_tasks": 0,
        "combine": "none", "weight": 0.0, "known": votes.place(task)[1],
        "note": f"not counted: one number for tasks that have votes: {', '.join(members)}",
    }  # fmt: skip


def own_votes(table: pd.DataFrame) -> str:
    """Return the sentence on the tasks of a `vote_table` that no fact knows, '' if there are none."""
    names = table.loc[table["known"].eq(OWN) & table["n_tasks"].gt(0), "benchmark"]
    if names.empty:
        return ""
    many = counted(
        len(names),
        "task belongs to no known benchmark and is a vote of its own",
        "tasks belong to no known benchmark and are votes of their own",
    )
    return f"{many}: {', '.join(names)}."
