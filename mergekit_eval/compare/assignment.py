"""Which vote each task of a study belongs to.

What the study says (`benchmarks`) comes before what its suites say (`benchmark` of an entry), and that before the known
facts (``benchmarks.yaml``); an unknown task is a vote of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import pandas as pd
from msgspec.structs import asdict, replace

from mergekit_eval.benchmark import Benchmark
from mergekit_eval.compare.benchmarks import (
    ANY,
    benchmark_of,
    fits,
    folded,
    known_benchmarks,
    known_groups,
    plain_task,
)
from mergekit_eval.errors import DataError, explain
from mergekit_eval.rows import grouped
from mergekit_eval.run.suites import Suite, load_suite
from mergekit_eval.study import Study

STUDY, SUITE, KNOWN, OWN = "the study", "the suite", "known facts", "own vote"
# How MergeBench lays the results of a model out; without suites in a study, these files stand for its suite.
MERGEBENCH, LAYOUT = "mergebench", {"lm_eval.json", "code_eval.json", "safety_eval.json"}


class Assignment:
    """The votes of the tasks of some scores.

    Parameters
    ----------
    scores : DataFrame
        The collected scores: task, tool, group and source_file are read.
    study : Study, optional
        Its ``benchmarks`` and its suites.
    """

    def __init__(self, scores: pd.DataFrame, study: Study | None) -> None:
        suites = _suites(scores, study)
        self._study: Mapping[str, Benchmark] = study.benchmarks if study else {}
        self._suites = {name: entry for suite in suites for name, entry in suite.benchmarks.items()}
        self._tasks = {spec.task: spec.benchmark for suite in suites for spec in suite.tasks if spec.benchmark}
        self._tool = _first(scores, "tool")
        self._group = {
            plain_task(task): group for task, group in _first(scores[scores["group"].ne("")], "group").items()
        }
        self.stated = {**self._suites, **self._study}
        self._entries = known_benchmarks() | {name: _completed(entry) for name, entry in self.stated.items()}
        self._places: dict[str, tuple[str, str]] = {}

    def place(self, task: str) -> tuple[str, str]:
        """Return the vote of a task, and what says so: the study, the suite, known facts, or own vote."""
        if task not in self._places:
            self._places[task] = self._place(task)
        return self._places[task]

    @cached_property
    def groups(self) -> dict[str, frozenset[str]]:
        """Unknown tasks that are one number for others, by the facts, the results or their names, with these."""
        unknown: dict[str, list[str]] = {}
        for task in self._tool:
            if self.place(task)[1] == OWN:
                unknown.setdefault(folded(task), []).append(task)
        held: dict[str, set[str]] = {}
        for member in self._tool:
            for row in (row for name in self._group_names(member) for row in unknown.get(name, ())):
                held.setdefault(row, set()).add(member)
        return {row: frozenset(members) for row, members in held.items()}

    def _group_names(self, task: str) -> set[str]:
        """Return the names under which a task may be part of one number for several."""
        words, vote = folded(task).split("_"), self.place(task)[0]
        begins = {"_".join(words[:count]) for count in range(1, len(words))}
        stated = {folded(self._group.get(plain_task(task), ""))}
        known = {name for name, benchmarks in known_groups().items() if vote in benchmarks or ANY in benchmarks}
        return (begins | stated | known) - {"", folded(task)}

    def entry(self, name: str) -> Benchmark:
        """Return what is stated and known of a benchmark."""
        return self._entries.get(name, Benchmark(name))

    def parts(self, name: str, tasks: Iterable[str]) -> dict[str, list[str]]:
        """Return the tasks of a vote by the known benchmark that each is part of; unknown ones are their own part."""
        whole = name if name in known_benchmarks() else ""
        return grouped(tasks, lambda task: self._known(task) or whole or plain_task(task))

    def _place(self, task: str) -> tuple[str, str]:
        if name := _naming(self._study, task):
            return name, STUDY
        if name := self._of_suite(task) or _naming(self._suites, task):
            return name, SUITE
        known = self._known(task)
        return (self.entry(known).of or known, KNOWN) if known else (plain_task(task), OWN)

    def _of_suite(self, task: str) -> str:
        """Return the vote of the suite's entry that a task is, or whose group holds it."""
        name, seen = plain_task(task), set[str]()
        while name and name not in seen and name not in self._tasks:
            seen.add(name)
            name = self._group.get(name, "")
        return self._tasks.get(name, "")

    def _known(self, task: str) -> str:
        return benchmark_of(task, self._tool.get(task, ""))


def check_benchmarks(study: Study, held: Mapping[str, Sequence[str]]) -> None:
    """Check the benchmarks of a study against the tasks that are measured, by vote.

    Raises
    ------
    DataError
        For a benchmark without tasks, or one whose ``primary`` is none of its tasks.
    """
    for name, entry in study.benchmarks.items():
        if not entry.tasks and name not in known_benchmarks():
            todo = f"Known without them: {', '.join(known_benchmarks())}."
            raise DataError(explain(study.file, f"benchmarks.{name}.tasks", "", "a list of task names", todo))
        tasks = held.get(name, ())
        if tasks and entry.primary and not any(fits(task, pattern) for task in tasks for pattern in entry.primary):
            allowed = f"a task of it that is measured: {', '.join(tasks)}"
            raise DataError(explain(study.file, f"benchmarks.{name}.primary", list(entry.primary), allowed))


def _suites(scores: pd.DataFrame, study: Study | None) -> list[Suite]:
    if study and study.suites:
        return [load_suite(name, study.folder) for name in study.suites]
    files = {str(file).rsplit("/", 1)[-1] for file in scores["source_file"].unique()}
    return [load_suite(MERGEBENCH)] if files >= LAYOUT else []


def _first(scores: pd.DataFrame, column: str) -> dict[Any, str]:
    rows = scores[["task", column]].drop_duplicates("task")
    return dict(zip(rows["task"], rows[column], strict=True))


def _completed(entry: Benchmark) -> Benchmark:
    """Return a benchmark with what is known of one of its name, where it does not say."""
    known = known_benchmarks().get(entry.name, Benchmark(entry.name))
    return replace(known, **{key: value for key, value in asdict(entry).items() if value})


def _naming(entries: Mapping[str, Benchmark], task: str) -> str:
    return next((name for name, entry in entries.items() if any(fits(task, one) for one in entry.tasks)), "")
