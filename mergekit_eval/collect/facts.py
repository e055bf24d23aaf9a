"""Complete score rows from the registry, and say how many items stand behind a value where the file does not."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from mergekit_eval.collect.scales import COUNTED, recovered, settle
from mergekit_eval.readers._base import Problem, problem
from mergekit_eval.registry import MetricInfo, Registry

# By how much a count that a rounded standard error implies may fall short of the full task's.
MOST_OFF = 1.5
Row = dict[str, Any]


def complete(rows: list[Row], registry: Registry, problems: list[Problem]) -> list[Row]:
    """Return the rows with today's task name, direction, chance, scale, capability, n and primary metric.

    The registry wins over the file on directions (an error rate stays one whatever its file says); a contradiction
    becomes a problem.
    """
    parts: dict[str, list[tuple[Row, MetricInfo]]] = defaultdict(list)
    for row in rows:
        parts[row.pop("part", "")].append((row, _complete(row, registry, problems)))
    known = [(row, info, name != "") for name, part in parts.items() for row, info in part]
    doubted = [row for part in parts.values() for row in settle(part, problems)]
    tasks: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row, info, printed in known:
        _size(row, info, registry, printed)
        tasks[row["tool"], row["task"]].append(row)
    for (tool, task), mine in tasks.items():
        _mark_primary(tool, task, mine, registry, problems)
    for row in doubted:
        row["primary"] = False
    problems += _stated_elsewhere(known, registry)
    return rows


def _stated_elsewhere(known: Sequence[tuple[Row, MetricInfo, bool]], registry: Registry) -> list[Problem]:
    """Name scales that the user states under another tool than the one whose scores a file holds."""
    found: dict[tuple[str, str], None] = {}
    for row, info, _ in known if registry.own else ():
        if not info.scale_stated:
            others = registry.stated_elsewhere(row["tool"], row["task"])
            found |= dict.fromkeys((other, row["tool"]) for other in others)
    return [
        problem(
            "note",
            f"metrics.yaml states scales under {other}, these scores are of {tool}: not used",
            f"state them under {tool}",
        )
        for other, tool in found
    ]


def _complete(row: Row, registry: Registry, problems: list[Problem]) -> MetricInfo:
    row.setdefault("filter", "none")
    row.setdefault("kind", "task")
    name = row.pop("known_as", row["task_name"])
    info = registry.lookup(row["tool"], name, row["metric"], row["filter"])
    stated = row.get("higher_is_better")
    if info.higher_is_better is not None and stated is not None and stated != info.higher_is_better:
        text = f"{row['task_name']}: the file says higher is better = {stated} for {row['metric']}, the registry not"
        problems.append(problem("disagreement", text, "the registry's direction is used"))
    row["task"] = row.get("task") or info.task
    row |= info.direction or {"higher_is_better": stated}
    row["capability"] = row.get("capability") or info.capability
    return info


def _size(row: Row, info: MetricInfo, registry: Registry, printed: bool) -> None:
    """Say how many items stand behind a value, and where that is known from; rounded numbers of a table tell none."""
    if info.items == "each" and row.get("n") is not None and row.get("n_from") != "items":
        # The file counts prompts; the metric averages over what is listed in them.
        full = row["n"] == registry.lookup(row["tool"], info.task, "", "none").n
        row["n"] = None
        if full and info.n is not None:
            row["n"], row["n_from"] = info.n, "registry"
    elif row["kind"] == "task":
        _count(row, info.n, printed)
    elif row.get("n") is not None:
        row.setdefault("n_from", "file")


def _count(row: Row, known: int | None, printed: bool) -> None:
    if row.get("n") is not None:
        row.setdefault("n_from", "file")
        return
    withheld = row.get("n_from") == "unknown"  # the reader knows that the run was not of the full task
    found = None if printed else recovered(*_share(row), row["metric"])
    full = row.get("limit") is None or math.isnan(row["limit"])
    row["n_from"] = ""
    if found is not None:
        row["n"], row["n_from"] = found, "recovered"
    elif known is not None and full and not withheld and _plausible(known, row):
        row["n"], row["n_from"] = known, "registry"


def _plausible(known: int, row: Row) -> bool:
    """Whether the full task can have given the printed error; a run of a part whose file says no limit could not.

    Scores between 0 and 1 vary at most like 0/1 scores, so an error can be too small for n and p, but never too large.
    """
    value, stderr = _share(row)
    if row["metric"] not in COUNTED or stderr is None or not (0 < value < 1 and 0 < stderr < 1):
        return True
    return (value * (1 - value) / stderr**2 + 1) * MOST_OFF > known


def _share(row: Row) -> tuple[float, float | None]:
    """Return value and standard error on 0-1."""
    by, stderr = 100 if row["scale"] == "percent" else 1, row.get("stderr")
    return row["value"] / by, None if stderr is None else stderr / by


def _mark_primary(tool: str, task: str, rows: list[Row], registry: Registry, problems: list[Problem]) -> None:
    if all(row.get("primary") is not None for row in rows):
        return
    candidates = list(dict.fromkeys((row["metric"], row["filter"]) for row in rows))
    chosen = registry.primary(tool, task, candidates)
    for row in rows:
        row["primary"] = None if chosen is None else (row["metric"], row["filter"]) == chosen
    if chosen is None and any(row["kind"] == "task" for row in rows):
        names = ", ".join(f"{metric},{filter}" for metric, filter in candidates[:12])
        todo = f"name it in params/metrics.yaml: {tool}: {{tasks: {{TASK: {{primary: ...}}}}}}"
        named = f"{task} (candidates: {names})"
        problems.append(problem("no-primary", "which metric stands for the task?", todo, named))
