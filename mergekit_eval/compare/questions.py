"""Which items of several tasks ask the same source question, and which tasks may without the files saying so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mergekit_eval.compare.benchmarks import benchmark_of, numbered_set, plain_task, question_set
from mergekit_eval.compare.shared_units import OWN, Asked, Ints, shared_units
from mergekit_eval.rows import ScoreRow, score_rows

if TYPE_CHECKING:
    from mergekit_eval.compare.item_index import Evidence

NUMBERED = "id:"  # a key that begins so numbers the items of one file, and says nothing of another task's


class Questions:
    """The source questions of a collection, numbered alike in all tasks.

    Questions are the same where content keys and occurrences are, or where a fact says that tasks number them alike.
    """

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._numbers: dict[tuple[object, ...], Ints | None] = {}

    @property
    def sharing(self) -> frozenset[str]:
        """Tasks that share questions with others."""
        return self._shared[1]

    @cached_property
    def _shared(self) -> tuple[pd.Index, frozenset[str]]:
        """Questions of several tasks, and these tasks, from one model of each task, number of items and program."""
        scores, alike = self._evidence.scores, ["task", "n", "tool", "tool_version", "task_version"]
        some = scores[self._evidence.having_items()].drop_duplicates(alike)
        return shared_names((row.task, self._names(row)) for row in score_rows(some))

    def of(self, row: ScoreRow) -> Ints | None:
        """Return the number of the question of each item of a score, see `Asked`."""
        if row.task not in self.sharing:
            return None
        key = (row.task, row.metric, row.filter, self._evidence.layout(row))
        if key not in self._numbers:
            self._numbers[key] = question_numbers(self._names(row), self._shared[0])
        return self._numbers[key]

    def asked(self, rows: Sequence[ScoreRow]) -> Asked:
        """Return the scores of models on the items that they share in one order, a column for each."""
        values = np.column_stack([self._evidence.oriented(row) for row in rows])
        return Asked(values, self.of(rows[0]), self._evidence.known(rows[0]).cluster, difference=False)

    def behind(self, model: str, task: str) -> Asked | None:
        """Return what a score was measured on; None where no other task asks any of it, or it has no items."""
        if task not in self.sharing:
            return None
        row = self._evidence.by_model[model][task]
        return self.asked([row]) if self._evidence.carries(row) else None

    def _names(self, row: ScoreRow) -> list[str]:
        known, alike = self._evidence.known(row), numbered_set(row.task_key)
        numbers = self._evidence.items(row)["doc_id"] if alike else pd.Series(dtype=str)
        if alike and numbers.ne("").all():
            return numbered_names(alike, numbers)
        return names_of(known.keys, known.occurrence)


def names_of(keys: Iterable[str], occurrence: Iterable[int]) -> list[str]:
    """Return a name for the question of each item that other tasks may have, too; '' where a key does not say."""
    pairs = zip(keys, occurrence, strict=True)
    return ["" if key.startswith(NUMBERED) else f"{key}\0{nth}" if nth else key for key, nth in pairs]


def numbered_names(name: str, numbers: pd.Series) -> list[str]:
    """Return names for the questions of a set that every task numbers alike; tasks of another size share none."""
    again = numbers.groupby(numbers.to_numpy()).cumcount()
    return [f"{name}\0{len(numbers)}\0{number}\0{nth}" for number, nth in zip(numbers, again, strict=True)]


def shared_names(tasks: Iterable[tuple[str, Iterable[str]]]) -> tuple[pd.Index, frozenset[str]]:
    """Return the names of questions that stand in several tasks, and these tasks, from (task, names)."""
    first: dict[str, str] = {}
    shared: dict[str, None] = {}
    holding: set[str] = set()
    for task, names in tasks:
        for name in names:
            if name and first.setdefault(name, task) != task:
                shared[name] = None
                holding |= {task, first[name]}
    return pd.Index(list(shared), dtype=object), frozenset(holding)


def question_numbers(names: Sequence[str], shared: pd.Index) -> Ints | None:
    """Return the place of each name among the shared ones, `OWN` for others; None where no name is shared."""
    numbers = np.asarray(shared.get_indexer(pd.Index(names, dtype=object)), dtype=np.intp)
    return numbers if (numbers != OWN).any() else None


def unknown_sharing(tasks: Sequence[str], asked: Sequence[Asked | None]) -> str:
    """Return the sentence on benchmarks whose tasks may ask the same questions without saying which; '' if none does.

    Parameters
    ----------
    tasks : sequence of str
        The tasks of an average.
    asked : sequence of Asked or None
        What each was measured on.
    """
    groups = {tasks[at]: f"group {k}" for k, one in enumerate(shared_units(asked)) for at in one.places}
    sets: dict[str, set[str]] = {}
    for task in tasks:
        sets.setdefault(question_set(task), set()).add(groups.get(task, task))
    unknown = [task for task in tasks if len(sets[question_set(task)]) > 1]
    names = list(dict.fromkeys(benchmark_of(task) or plain_task(task) for task in unknown))
    if not names:
        return ""
    return f"the tasks of {', '.join(names)} may ask the same questions; their covariance is not known, taken as 0"
