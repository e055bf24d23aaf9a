"""Runs whose file names a program (``gguf``) or a default (``./merged``) and not a model: which of them are one model?

A program is never a model's name. A default or relative name is one until something speaks against it: unequal recipes
beside the files, unequal urls, or unequal values of tasks that are not sampled. Then the folder, the recipe, the file
name and the url name the models, each only where it leaves no two of them under one name.
"""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pandas as pd

from mergekit_eval.collect.doubtful_runs import Measured, Run, runs_of
from mergekit_eval.collect.labels import as_ids
from mergekit_eval.collect.read_file import Record
from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import Problem, problem, shown
from mergekit_eval.rows import grouped


def named(scores: pd.DataFrame, records: list[Record]) -> tuple[dict[tuple[str, str], tuple[str, str]], list[Problem]]:
    """Return (file, what it states) -> (model, rule) of the runs that need another name, and what should be known.

    Parameters
    ----------
    scores : DataFrame
        With ``file`` and ``stated``, the identity that the file states, "" for a program.
    records : list of Record
        Their facts know recipes, urls and sampled tasks.
    """
    runs = runs_of(scores, records)
    program = list(_groups(runs.pop(lm.PROGRAM, []), True))
    found = {stated: list(_groups(mine, False)) for stated, mine in runs.items()}
    told = {stated: groups for stated, groups in found.items() if len(groups) > 1}
    several = [group for groups in told.values() for group in groups]
    # Models behind programs are named first; no name is given twice.
    names = _names(program, [rule for rule in NAMES if rule[0] != WITH_NAME], set())
    names += _names(several, NAMES, {name for name, _ in names})
    pairs = zip([*program, *several], names, strict=True)
    made = {(run.file, run.stated): name for group, name in pairs for run in group}
    sources = dict(scores[["file", "source_file"]].drop_duplicates("file").itertuples(index=False, name=None))
    problems = []
    for stated, groups in told.items():
        labels = [made[group[0].file, stated][0] for group in groups]
        problems.append({"file": sources[groups[0][0].file]} | _told(stated, groups, labels))
    return made, problems


def _groups(runs: list[Run], program: bool) -> Iterator[list[Run]]:
    """Yield the runs that nothing speaks against being of one model; those of a program are asked place by place."""
    places = grouped(runs, lambda run: (run.place or f"{run.folder}/{run.stem}") if program else "")
    for beside in places.values():
        for alike in _parts(beside, lambda run: run.recipe):
            for served in _parts(alike, lambda run: run.url):
                yield from _by_values(served, program)


def _parts(runs: list[Run], told: Callable[[Run], str]) -> list[list[Run]]:
    """Return the runs by what is told of them where that differs; where it is told of one alone, all stay together."""
    return list(grouped(runs, told).values()) if len({told(run) for run in runs} - {""}) > 1 else [runs]


def _by_values(runs: list[Run], program: bool) -> list[list[Run]]:
    """Return the runs by folder (of programs also by file name) as far as their values agree."""
    seats = grouped(runs, lambda run: (run.folder, run.stem if program else ""))
    values = {seat: {item for run in mine for item in run.values.items()} for seat, mine in seats.items()}
    if not _contradicted(values):
        return [runs]
    groups: list[tuple[list[Run], dict[Measured, str]]] = []
    holders: dict[tuple[Measured, str], int] = {}
    for seat, mine in seats.items():
        near = sorted({holders[item] for item in values[seat] if item in holders})
        fits = (at for at in near if all(groups[at][1].get(key, value) == value for key, value in values[seat]))
        place = next(fits, len(groups))
        if place == len(groups):
            groups.append(([], {}))
        groups[place][0].extend(mine)
        groups[place][1].update(values[seat])
        holders |= {item: place for item in values[seat] if item not in holders}
    return [group for group, _ in groups]


def _contradicted(values: dict[Any, set[tuple[Measured, str]]]) -> bool:
    """Whether two places give one measurement two values; a repeat in one place is a re-run."""
    seen: dict[Measured, set[str]] = {}
    for items in values.values():
        mine: dict[Measured, set[str]] = defaultdict(set)
        for key, value in items:
            mine[key].add(value)
        for key, said in mine.items():
            if not said & seen.setdefault(key, said):
                return True
    return False


Rule = tuple[str, Callable[[Run], str]]
WITH_NAME = "folder and name"
NAMES: tuple[Rule, ...] = (
    ("folder", lambda run: run.place),
    (WITH_NAME, lambda run: run.place and f"{run.place}/{posixpath.basename(run.stated)}"),
    ("folder", lambda run: run.folder if run.place else ""),
    ("recipe beside the file", lambda run: run.recipe_name),
    ("file name", lambda run: run.stem),
    ("url", lambda run: run.url),
    ("path", lambda run: posixpath.splitext(run.file)[0]),
)


def _names(groups: list[list[Run]], rules: Sequence[Rule], given: set[str]) -> list[tuple[str, str]]:
    """Return (name, rule) of each group: the first rule that leaves no other group under its name."""
    names: list[tuple[str, str]] = [("", "")] * len(groups)
    for rule, name_of in rules:
        offered = {place: name_of(groups[place][0]) for place, (name, _) in enumerate(names) if not name}
        taken = Counter([*given, *(name for name, _ in names), *offered.values()])
        for place, name in offered.items():
            if name and taken[name] == 1:
                names[place] = name, rule
    return names


def _told(stated: str, groups: list[list[Run]], labels: list[str]) -> dict[str, str]:
    first = [group[0] for group in groups]
    what = "recipes beside them" if len({run.recipe for run in first}) > 1 else ""
    what = what or ("urls" if len({run.url for run in first}) > 1 else "values of tasks that are not sampled")
    text = f"{shown(stated)} is no name of one model: it stands for {len(groups)} models (unequal {what}): "
    return problem("identity", text + shown(labels, 300), f"to name one, {as_ids(labels[:1])}")
