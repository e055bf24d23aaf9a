"""The scores of Holmes over a whole collection: one row per probe from its seeds, and one name per condition.

What a condition is called must not depend on what else a model was run with, or equal runs of two models do not meet.
So what a single file cannot decide is decided here for all of them: whether the sample size is part of the filter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Protocol

from mergekit_eval.readers import holmes_probe, holmes_results
from mergekit_eval.readers._base import Problem, problem, shown
from mergekit_eval.readers._common import mean
from mergekit_eval.readers._holmes import is_control, size_of

# Folders below the one of the data set: dataset/model/encoding/control/size/seed/layers/done/file.
DEPTH = 9
COPIED = """tool model_name model_from task_name task metric kind scale higher_is_better chance capability quantization
gen_kwargs model measure""".split()

Rows = list[dict[str, Any]]
# What rows have in common: the folder of their tree, model, task and so on.
Key = tuple[str, ...]


class ReadFile(Protocol):
    """What is needed of a file that was read: name, path as text, its reader's name, score rows, the reader's facts."""

    name: str
    reader: str
    scores: Rows
    facts: dict[str, Any]

    @property
    def shown(self) -> str:
        """The path as text that a table can hold."""


def averaged(records: Sequence[ReadFile]) -> tuple[Rows, list[Problem]]:
    """Return a row for every measurement of the raw Holmes tree that differs in nothing but the seed, and problems.

    The rows of the single seeds stay beside it and do not stand for the task. The rows of the tool's own summary
    (``results_<version>.csv``) are named by the same rules, so that both are one measurement.
    """
    made = [_row(rows, rest) for (*_, rest, _, _), rows in _by_probe(records).items()]
    _mark_primary(made)
    summed = [row for record in records if record.reader == holmes_results.NAME for row in record.scores]
    found = [*made, *summed]
    return made, _name_sizes(found) + _without_primary(found)


def _by_probe(records: Sequence[ReadFile]) -> dict[Key, Rows]:
    groups: dict[Key, Rows] = defaultdict(list)
    for record in records:
        for row in record.scores if record.reader == holmes_probe.NAME else ():
            seed, rest = record.facts["seed"], record.facts["condition"]
            place = (_root(record.name), row["model_name"], row["task_name"], row["metric"], rest)
            groups[*place, row["quantization"], row["gen_kwargs"]].append(
                row | {"file": record.name, "source_file": record.shown, "seed": seed}
            )
    return groups


def _root(name: str) -> str:
    return "/".join(name.split("/")[:-DEPTH])


def _row(rows: Rows, rest: str) -> dict[str, Any]:
    first = rows[0]
    found = mean(row["value"] for row in rows)
    kind = first.get("note", "")
    seeds = f"mean of {found.n} seeds" if found.n > 1 else f"one seed ({first['seed']})"
    row = {name: first[name] for name in COPIED if name in first}
    row |= {"file": first["file"], "source_file": first["source_file"], "value": found.value, "stderr": found.stderr}
    return row | {"filter": rest or "none", "seeds": found.n, "note": ", ".join(part for part in (seeds, kind) if part)}


def _mark_primary(rows: Rows) -> None:
    """Mark what stands for a data set of one model: its run without a condition, else its only one."""
    labels: dict[Key, set[str]] = defaultdict(set)
    for row in rows:
        if row["metric"] == "score" and not is_control(row["filter"]):
            labels[_root(row["file"]), row["model_name"], row["task_name"]].add(row["filter"])
    for row in rows:
        mine = labels[_root(row["file"]), row["model_name"], row["task_name"]]
        chosen = "none" if len(mine) > 1 else next(iter(mine), None)
        row["primary"] = row["metric"] == "score" and row["filter"] == chosen


def _name_sizes(rows: Rows) -> list[Problem]:
    """Add the sample size to the filter wherever any model ran a condition of a data set at several.

    None of them then stands for the data set. Elsewhere it says nothing and is left out, as in published tables.
    """
    sizes: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        sizes[row["task_name"], row["filter"]].add(size_of(row["gen_kwargs"]))
    several: dict[str, str] = {}
    for row in rows:
        mine = sizes[row["task_name"], row["filter"]]
        size = size_of(row.pop("gen_kwargs"))
        if len(mine) == 1:
            continue
        if row["primary"]:
            several.setdefault(row["task_name"], row["source_file"])
        label = "" if row["filter"] == "none" else f"{row['filter']},"
        row |= {"filter": f"{label}size={size}", "primary": False}
    if not several:
        return []
    text = (
        f"{len(several)} data sets were probed at several sample sizes; each is a filter (size=...) for every model, "
    )
    text += f"and none stands for the data set: {shown(sorted(several), 300)}"
    todo = "name the size that counts by collecting its folders or rows alone"
    return [{"file": next(iter(several.values()))} | problem("no-primary", text, todo)]


def _without_primary(rows: Rows) -> list[Problem]:
    """Return a problem for every model with data sets for which none of its runs stands, sizes aside."""
    mine: dict[tuple[str, str], Rows] = defaultdict(list)
    for row in rows:
        if row["metric"] == "score":
            mine[row["model_name"], row["task_name"]].append(row)
    lost: dict[str, Rows] = defaultdict(list)
    for (model, _), found in mine.items():
        if not any(row["primary"] or "size=" in row["filter"] for row in found):
            lost[model] += found
    problems = []
    for model, found in lost.items():
        tasks, filters = (sorted({row[key] for row in found}) for key in ("task_name", "filter"))
        text = f"{model}: which run stands for {shown(tasks, 200)}? None is without a condition: {shown(filters, 200)}"
        todo = "run it at full precision without a control task, or collect the one that counts alone"
        problems.append({"file": found[0]["source_file"]} | problem("no-primary", text, todo))
    return problems
