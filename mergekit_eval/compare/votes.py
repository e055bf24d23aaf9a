"""Votes: which benchmark a task belongs to, and how much each task weighs in an average over benchmarks.

A benchmark has one vote, however many tasks it comes in. What a study says (`benchmarks`) comes before what its suites
say (`benchmark` of an entry), and that before the known facts (``benchmarks.yaml``); an unknown task is a vote of its
own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from math import fsum
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from msgspec.structs import asdict, replace

from mergekit_eval import tables
from mergekit_eval.compare.benchmarks import benchmark_of, counted_tasks, fits, known_benchmarks, plain_task
from mergekit_eval.errors import DataError, explain, unknown
from mergekit_eval.run.suites import load_suite
from mergekit_eval.schema import require
from mergekit_eval.study import WEIGHTS, WEIGHTS_RULE, Benchmark, Study
from mergekit_eval.wording import counted

STUDY, SUITE, KNOWN, OWN = "the study", "the suite", "known facts", "own vote"
OTHER = "other"
Weights = str | Mapping[str, float]
# How MergeBench lays the results of a model out; without suites in a study, these files stand for its suite.
MERGEBENCH, LAYOUT = "mergebench", {"lm_eval.json", "code_eval.json", "safety_eval.json"}


class Facts(NamedTuple):
    """What votes must know of each task: program, capability, number of items (NaN: unknown); groups by plain name."""

    tool: Mapping[Any, str]
    capability: Mapping[Any, str]
    n: Mapping[Any, float]
    groups: Mapping[Any, str]


class Stated(NamedTuple):
    """What a study and its suites say of benchmarks: entries by name, and the votes of the suites' own tasks."""

    study: Mapping[str, Benchmark]
    suites: Mapping[str, Benchmark]
    entries: Mapping[str, str]


class Votes:
    """The votes of one study; see `votes_of`."""

    def __init__(self, facts: Facts, stated: Stated, weights: Weights) -> None:
        self._facts, self._stated, self.weights = facts, stated, weights
        self._own = {**stated.suites, **stated.study}
        self._entries = known_benchmarks() | {name: _completed(entry) for name, entry in self._own.items()}
        self._places: dict[str, tuple[str, str]] = {}

    def benchmark(self, task: str) -> str:
        """Return the vote that a task belongs to; conditions after its name count for nothing."""
        return self.place(task)[0]

    def place(self, task: str) -> tuple[str, str]:
        """Return the vote of a task, and what says so: the study, the suite, known facts, or own vote."""
        if task not in self._places:
            self._places[task] = self._place(task)
        return self._places[task]

    def _place(self, task: str) -> tuple[str, str]:
        if name := _naming(self._stated.study, task):
            return name, STUDY
        if name := self._of_suite(task) or _naming(self._stated.suites, task):
            return name, SUITE
        known = self._known(task)
        return (self._entry(known).of or known, KNOWN) if known else (plain_task(task), OWN)

    def _of_suite(self, task: str) -> str:
        """Return the vote of the suite's entry that a task is, or whose group holds it."""
        name, seen = plain_task(task), set[str]()
        while name and name not in seen and name not in self._stated.entries:
            seen.add(name)
            name = self._facts.groups.get(name, "")
        return self._stated.entries.get(name, "")

    def _known(self, task: str) -> str:
        return benchmark_of(task, self._facts.tool.get(task, ""))

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
        within = self.within(tasks)
        amounts = self._amounts([task for task in tasks if within[task]], within)
        total = fsum(amounts.values())
        return {task: amounts.get(task, 0.0) / total if total else 0.0 for task in tasks}

    def within(self, tasks: Sequence[str]) -> dict[str, float]:
        """Return how much each task weighs inside its benchmark: the tasks of each benchmark sum to 1."""
        out = dict.fromkeys(tasks, 0.0)
        for name, held in self.by_benchmark(tasks).items():
            out |= self._inside(name, held)
        return out

    def by_benchmark(self, tasks: Iterable[str]) -> dict[str, list[str]]:
        """Return vote -> its tasks, in the order of the tasks."""
        return _grouped(tasks, {task: self.benchmark(task) for task in tasks})

    def capability(self, tasks: Sequence[str]) -> str:
        """Return the capability of most of the weight of one benchmark's tasks, "other" where none is known."""
        weight: dict[str, float] = {}
        for task, share in self.within(tasks).items():
            capability = self._facts.capability.get(task, "") or OTHER
            weight[capability] = weight.get(capability, 0.0) + share
        return min(weight, key=lambda name: (-round(weight[name], 9), name), default=OTHER)

    def combination(self, name: str, tasks: Sequence[str]) -> tuple[str, str]:
        """Return how the tasks of a benchmark that count are combined (equal, size, one task), and doubts on it."""
        held = self._counted(name, tasks)
        twice = [task for task, many in Counter(map(plain_task, held)).items() if many > 1]
        doubts = [f"measured several times, the mean counts: {', '.join(twice)}"] if twice else []
        by_size = self._entry(name).combine == "size"
        if by_size and not self._sized(held):
            doubts.append("the number of items of a task is unknown: each task weighs the same")
        way = "size" if by_size and self._sized(held) else "equal"
        return "one task" if len(held) == 1 else way, "; ".join(doubts)

    def _entry(self, name: str) -> Benchmark:
        return self._entries.get(name, Benchmark(name))

    def _parts(self, name: str, tasks: Sequence[str]) -> dict[str, list[str]]:
        """Return the tasks of a vote by the known benchmark that each is part of; unknown ones are their own part."""
        whole = name if name in known_benchmarks() else ""
        return _grouped(tasks, {task: self._known(task) or whole or plain_task(task) for task in tasks})

    def _counted(self, name: str, tasks: Sequence[str]) -> list[str]:
        parts = self._parts(name, tasks)
        inside = [task for part, held in parts.items() for task in counted_tasks(self._entry(part), held)]
        return counted_tasks(self._own.get(name, Benchmark(name)), inside)

    def _inside(self, name: str, tasks: Sequence[str]) -> dict[str, float]:
        held = self._counted(name, tasks)
        stated = name in self._own and self._own[name].combine
        parts = {name: held} if stated else self._parts(name, held)
        return {
            task: share / len(parts)
            for part, held in parts.items()
            for task, share in self._combined(part, held).items()
        }

    def _combined(self, name: str, tasks: Sequence[str]) -> dict[str, float]:
        by_size = self._entry(name).combine == "size" and self._sized(tasks)
        sizes = [self._facts.n[task] if by_size else 1.0 for task in tasks]
        return {task: size / sum(sizes) for task, size in zip(tasks, sizes, strict=True)}

    def _sized(self, tasks: Iterable[str]) -> bool:
        return all(self._facts.n.get(task, np.nan) > 0 for task in tasks)

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
        return float(self._facts.n[task])


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
    votes = Votes(_facts(scores), _stated(study, scores), weights)
    held = votes.by_benchmark(scores.loc[scores["kind"].eq("task"), "task"].unique())
    if study:
        _check_benchmarks(study, held)
    _check_weights(*place, weights, held)
    return votes


def _facts(scores: pd.DataFrame) -> Facts:
    leaves = scores[scores["kind"].eq("task")]
    headline = leaves.assign(primary=leaves["primary"].fillna(False).astype(bool), n=leaves["n"].astype(float))
    first = headline.sort_values(["primary", "n"], ascending=False, kind="stable").groupby("task").first()
    groups = scores[scores["group"].ne("")].drop_duplicates("task")
    return Facts(
        first["tool"].to_dict(),
        first["capability"].to_dict(),
        first["n"].to_dict(),
        dict(zip(groups["task"].map(plain_task), groups["group"], strict=True)),
    )


def _stated(study: Study | None, scores: pd.DataFrame) -> Stated:
    names = study.suites if study else ()
    layout = scores["source_file"].astype(str).str.rsplit("/", n=1).str[-1]
    suites = [load_suite(name, study.folder if study else None) for name in names or _laid_out(layout)]
    return Stated(
        study.benchmarks if study else {},
        {name: entry for suite in suites for name, entry in suite.benchmarks.items()},
        {spec.task: spec.benchmark for suite in suites for spec in suite.tasks if spec.benchmark},
    )


def _laid_out(names: Iterable[str]) -> list[str]:
    return [MERGEBENCH] if set(names) >= LAYOUT else []


def _completed(entry: Benchmark) -> Benchmark:
    """Return a benchmark with what is known of one of its name, where it does not say."""
    known = known_benchmarks().get(entry.name, Benchmark(entry.name))
    return replace(known, **{key: value for key, value in asdict(entry).items() if value})


def _naming(entries: Mapping[str, Benchmark], task: str) -> str:
    return next((name for name, entry in entries.items() if any(fits(task, one) for one in entry.tasks)), "")


def _check_benchmarks(study: Study, held: Mapping[str, Sequence[str]]) -> None:
    for name, entry in study.benchmarks.items():
        if not entry.tasks and name not in known_benchmarks():
            todo = f"Known without them: {', '.join(known_benchmarks())}."
            raise DataError(explain(study.file, f"benchmarks.{name}.tasks", "", "a list of task names", todo))
        tasks = held.get(name, ())
        if tasks and entry.primary and not any(fits(task, pattern) for task in tasks for pattern in entry.primary):
            allowed = f"a task of it that is measured: {', '.join(tasks)}"
            raise DataError(explain(study.file, f"benchmarks.{name}.primary", list(entry.primary), allowed))


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


def own_votes(table: pd.DataFrame) -> str:
    """Return the sentence on the tasks of a `vote_table` that no fact knows, '' if there are none."""
    names = table.loc[table["known"].eq(OWN), "benchmark"]
    if names.empty:
        return ""
    many = counted(
        len(names),
        "task belongs to no known benchmark and is a vote of its own",
        "tasks belong to no known benchmark and are votes of their own",
    )
    return f"{many}: {', '.join(names)}."


def _grouped(tasks: Iterable[str], key: Mapping[str, Hashable]) -> dict[Any, list[str]]:
    out: dict[Any, list[str]] = {}
    for task in tasks:
        out.setdefault(key[task], []).append(task)
    return out
