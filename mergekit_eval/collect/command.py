"""The collect command: folders into three tables, a line on what became of every file, an exit code."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from pyarrow.parquet import read_metadata

from mergekit_eval.collect import reruns
from mergekit_eval.collect.folders import Collection, collect, write_tables
from mergekit_eval.errors import DataError
from mergekit_eval.readers._base import PROBLEM_KINDS
from mergekit_eval.registry import load_registry, own_facts
from mergekit_eval.wording import counted
from mergekit_eval.workspace import find_workspace

if TYPE_CHECKING:
    from mergekit_eval.study import Study

OK, PROBLEMS, NOTHING = 0, 1, 2
# A message on the terminal; the whole one is in problems.parquet.
LONGEST_LINE = 1000


def collect_command(
    paths: list[Path],
    out: Path,
    study: Path | None,
    rule: str,
    metrics: Path | None,
    strict: bool,
    as_json: bool,
    say: Callable[[str], object],
) -> int:
    """Collect ``paths`` into ``out`` and return the exit code.

    Returns
    -------
    int
        0: done, perhaps with problems listed; 1: problems, under ``strict``; 2: nothing could be read at all.

    Raises
    ------
    DataError
        If a path does not exist, or ``out`` cannot be written: a full disk, a read-only folder.
    """
    plan = _plan(study)
    metrics = metrics or own_facts(plan.folder if plan else find_workspace() or Path())
    known = load_registry(metrics) if metrics else None
    try:
        found = collect(paths, study=plan, rule=rule, registry=known, cache_dir=out / "cache")
        write_tables(found, out)
    except (NotADirectoryError, FileExistsError, IsADirectoryError):
        raise
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        where = error.filename or out
        raise DataError(f"{where}: cannot be written: {reason}. Free space, or choose another output.") from error
    items = read_metadata(out / "items.parquet").num_rows
    if as_json:
        say(json.dumps(summary(found, items) | {"facts": str(metrics or "")}, indent=1))
    else:
        for line in [*lines(found, items, out), *([f"own facts: {metrics}"] if metrics else [])]:
            say(line)
    if not found.census["read"]:
        return NOTHING
    return PROBLEMS if strict and len(found.problems) else OK


def _plan(study: Path | None) -> Study | None:
    if study is None:
        return None
    from mergekit_eval.study import load_study  # brings the whole of compare with it

    return load_study(study)


def summary(found: Collection, items: int) -> dict[str, Any]:
    """Return the census with the sizes of the three tables, for machines."""
    kinds = found.problems["kind"].value_counts().to_dict()
    sizes = {"scores": len(found.scores), "items": items, "problems": len(found.problems)}
    return {**found.census, **sizes, "problems_by_kind": kinds}


def lines(found: Collection, items: int, out: Path) -> list[str]:
    """Return what a person wants to know of a collection."""
    census, scores = found.census, found.scores
    readers = {name: counts["read"] for name, counts in census["by_reader"].items() if counts["read"]}
    named = ", ".join(f"{name} {count}" for name, count in sorted(readers.items(), key=lambda one: -one[1]))
    parts = f"{census['read']} read, {census['refused']} refused, {census['unread']} unread"
    return [
        f"{counted(census['files'], 'file')}: {parts}, {census['skipped']} skipped as no result",
        *([f"read as: {named}"] if named else ["nothing could be read"]),
        f"{counted(len(scores), 'score')} of {counted(scores['model'].nunique(), 'model')} on "
        f"{counted(scores['task'].nunique(), 'task')}, {counted(items, 'item value')}",
        *([f"re-runs: the rule left out {counted(census['decided'], 'row')}"] if census.get("decided") else []),
        *told(found.problems),
        f"tables: {out}/scores.parquet, items.parquet, problems.parquet",
    ]


def told(problems: pd.DataFrame) -> list[str]:
    """Return the problems by kind, gravest first, each kind with its first case."""
    if not len(problems):
        return ["problems: none"]
    kinds = problems["kind"].value_counts()
    width = max(len(f"{count:,} {kind}") for kind, count in kinds.items())
    shown = [f"problems: {len(problems):,}, the first of each kind:"]
    for kind in (kind for kind in PROBLEM_KINDS if kind in kinds):
        mine = problems[problems["kind"] == kind]
        weighty = mine[mine["message"].str.startswith(reruns.OPTIMISTIC)]
        first = (weighty if len(weighty) else mine).iloc[0]
        todo = f" -> {first['todo']}" if first["todo"] != "nothing" else ""
        count, file = f"{kinds[kind]:,} {kind}", "/".join(first["file"].rsplit("/", 2)[-2:])
        shown.append(f"  {count:<{width}}  {file}: {first['message']}{todo}"[:LONGEST_LINE])
    return shown
