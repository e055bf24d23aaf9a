"""Which tasks are one benchmark: the facts of ``benchmarks.yaml``, and how names of tasks fit their patterns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import msgspec

from mergekit_eval.benchmark import Benchmark
from mergekit_eval.packaged import packaged_yaml
from mergekit_eval.registry import Patterns


def plain_task(task: str) -> str:
    """Return a task's name without the settings that were added to tell two measurements apart."""
    return task.split(" [")[0].split(" (run ")[0]


def folded(task: str) -> str:
    """Return a task's name as the patterns of the facts spell it: in small letters, without folder and conditions."""
    name = plain_task(task).rsplit("/", 1)[-1].lower()
    return re.sub(r"[^a-z0-9+*?]+", "_", name).strip("_")


def fits(task: str, pattern: str) -> bool:
    """Return whether a pattern means a task: its name with or without conditions, spelled as it is or folded."""
    names = (plain_task(task), folded(task))
    return task == pattern or any(fnmatchcase(name, one) for one in pattern.split("|") for name in names)


ANY = "*"


@cache
def _facts() -> dict[str, Any]:
    return packaged_yaml("compare/benchmarks.yaml")


@cache
def known_groups() -> dict[str, tuple[str, ...]]:
    """Return the rows of ``benchmarks.yaml`` that are one number for several benchmarks: name -> these, or `ANY`."""
    return {name: tuple(held) for name, held in _facts()["groups"].items()}


@cache
def known_benchmarks() -> dict[str, Benchmark]:
    """Return the facts of ``benchmarks.yaml``: name -> tasks, combine, primary, fallback."""
    facts = {name: entry for name, entry in _facts().items() if name not in ("families", "questions", "groups")}
    families = _facts()["families"].split()
    facts |= {name: {"tasks": [name, f"{name}_*"], "fallback": [name]} for name in families}
    return {name: msgspec.convert({"name": name, **entry}, Benchmark) for name, entry in facts.items()}


@cache
def question_set(task: str) -> str:
    """Return a name that tasks share which ask the same questions in other words or under other conditions."""
    return _fitting_set("same", folded(task)) or plain_task(task)


@cache
def numbered_set(task: str) -> str:
    """Return a name that tasks share which number the same questions alike, '' where no fact says so."""
    return _fitting_set("numbered", folded(task))


def _fitting_set(kind: str, name: str) -> str:
    found = ((pattern, re.fullmatch(pattern, name)) for pattern in _facts()["questions"][kind])
    return next((" ".join([pattern, *match.groups()]) for pattern, match in found if match), "")


@cache
def _patterns() -> tuple[Patterns, dict[str, str]]:
    owners = {pattern: name for name, entry in known_benchmarks().items() for pattern in entry.tasks}
    return Patterns(owners), owners


@cache
def benchmark_of(task: str, tool: str = "") -> str:
    """Return the known benchmark that a task, as a program measures it, belongs to, '' for an unknown task."""
    patterns, owners = _patterns()
    name = folded(task)
    return next((owners[pattern] for text in (f"{tool}: {name}", name) for pattern in patterns.matching(text)), "")


def counted_tasks(entry: Benchmark, tasks: Sequence[str]) -> list[str]:
    """Return the tasks of a benchmark that count: a primary one, else all but fallbacks, else the first fallback.

    A primary or fallback pattern stands for all tasks that it fits.
    """
    leaves = [task for task in tasks if not any(fits(task, pattern) for pattern in entry.fallback)]
    choices = [*_fitting(entry.primary, tasks), leaves, *_fitting(entry.fallback, tasks)]
    return next((chosen for chosen in choices if chosen), [])


def _fitting(patterns: Sequence[str], tasks: Sequence[str]) -> list[list[str]]:
    return [[task for task in tasks if fits(task, pattern)] for pattern in patterns]
