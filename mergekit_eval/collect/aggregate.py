"""Recompute the rows of groups from their leaves, beside the file's own figure, and say where the two disagree."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from mergekit_eval.collect.link_items import near
from mergekit_eval.orientation import COLUMNS
from mergekit_eval.readers._base import Problem, problem
from mergekit_eval.readers._lm_eval import short_hash
from mergekit_eval.rows import Row, grouped, reached

By = dict[tuple[str, str], dict[str, Row]]
FROM_LEAVES = (*COLUMNS, "capability", "tool", "tool_version", "model", "model_name", "model_from")
OF_RUN = ("limit", "chat_template", "system_prompt", "gen_kwargs", "quantization", "settings", "date")


def recompute(rows: list[Row], tree: dict[str, list[str]], registry: Any) -> tuple[list[Row], list[Problem]]:
    """Return recomputed rows of one file, and its disagreements.

    Parameters
    ----------
    rows : list of dict
        Completed rows of one file; the file's own group rows get a note that says which mean they are.
    tree : dict
        Group -> direct members, as the file has it.
    registry : Registry
        Names groups that old files do not name (their leaves must all be there).
    """
    by_model = grouped(rows, lambda row: (row.get("model_name"), row.get("model")))
    members = {group: _descendants(group, tree) for group in tree}
    made: list[Row] = []
    problems: list[Problem] = []
    for mine in by_model.values():
        found, odd = _of_one_model(mine, members, registry)
        made += found
        problems += odd
    return made, problems


def _of_one_model(rows: list[Row], members: dict[str, list[str]], registry: Any) -> tuple[list[Row], list[Problem]]:
    leaves: By = {}
    for row in rows:
        if row["kind"] == "task":
            leaves.setdefault((row["metric"], row["filter"]), {})[row["task_name"]] = row
    stated = {(row["task_name"], row["metric"], row["filter"]): row for row in rows if row["kind"] == "group"}
    made, problems = [], []
    for (group, metric, filter), row in stated.items():
        names = [name for name in members.get(group, ()) if name in leaves.get((metric, filter), {})]
        mine = [leaves[metric, filter][name] for name in names]
        new = _rows(group, row["task"], mine)
        row["task_definition"] = _definition(mine)
        made += new
        problems += _compare(row, new, mine)
    return made + _unnamed(leaves, stated, registry), problems


def _descendants(group: str, tree: dict[str, list[str]]) -> list[str]:
    """Return everything below a group, each name once, loops cut."""
    return reached([group], lambda name: tree.get(name, ()))[1:]


def _rows(group: str, task: str, leaves: list[Row]) -> list[Row]:
    """Return the micro (if every leaf has its n) and the macro mean of at least two leaves on one scale."""
    mixed = len({leaf["scale"] for leaf in leaves}) > 1
    if len(leaves) < 2 or mixed or any(not math.isfinite(leaf["value"]) for leaf in leaves):
        return []
    first = leaves[0]
    common = {key: first.get(key) for key in FROM_LEAVES + OF_RUN if key in first}
    common |= {
        "task_name": group, "task": task, "metric": first["metric"], "filter": first["filter"], "kind": "recomputed",
        "primary": None, "task_definition": _definition(leaves),
        **{key: _same(leaf.get(key) for leaf in leaves) for key in ("n_shot", "chance")},
    }  # fmt: skip
    counts = [leaf.get("n") or 0 for leaf in leaves]
    known = all(counts)
    result = []
    for name, weights in (("macro", [1.0] * len(leaves)), *((("micro", [float(n) for n in counts]),) if known else ())):
        value, stderr = _mean(leaves, weights)
        row = {"aggregate": name, "value": value, "stderr": stderr, "note": f"{name} mean of {len(leaves)} tasks"}
        if known:
            row |= {"n": sum(counts), "n_from": _same(leaf.get("n_from") for leaf in leaves) or "mixed"}
        result.append(common | row)
    return result


def _mean(leaves: list[Row], weights: list[float]) -> tuple[float, float]:
    total = sum(weights)
    value = math.fsum(w * leaf["value"] for w, leaf in zip(weights, leaves, strict=True)) / total
    errors = [math.nan if (error := leaf.get("stderr")) is None else error for leaf in leaves]
    if not all(map(math.isfinite, errors)):
        return value, math.nan
    return value, math.sqrt(math.fsum((w * e) ** 2 for w, e in zip(weights, errors, strict=True))) / total


def _definition(leaves: list[Row]) -> str:
    """Return what stands for how all leaves were defined, "" where a file does not say it of each."""
    told = sorted(f"{leaf['task_name']} {leaf.get('task_definition', '')}" for leaf in leaves)
    known = leaves and all(leaf.get("task_definition") for leaf in leaves)
    return short_hash("\n".join(told)) if known else ""


def _same(values: Iterable[Any]) -> Any:
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _compare(row: Row, made: list[Row], members: list[Row]) -> list[Problem]:
    """Note which mean the file's own figure is; where it is neither, that is a problem."""
    leaves = len(members)
    counts = {new["n"] for new in made if new.get("n")}
    if row.get("n") is None and counts:
        row["n"], row["n_from"] = counts.pop(), made[0]["n_from"]
    if agree := [new["aggregate"] for new in made if near(new["value"], row["value"])]:
        row["note"] = f"the {' and '.join(agree)} mean of {leaves} tasks"
        return []
    if not made:
        only = members[0] if leaves == 1 else {"value": math.nan}
        same = near(only["value"], row["value"])
        row["note"] = f"the value of {only['task_name']}" if same else "cannot be recomputed from the file"
        return []
    if all(new["aggregate"] == "macro" for new in made):
        row["note"] = f"not the plain mean of its {leaves} tasks; their sizes are unknown"
        return []
    values = ", ".join(f"{new['aggregate']} {new['value']:.6g}" for new in made)
    row["note"] = f"disagrees with its {leaves} leaves: {values}"
    text = f"{row['task_name']}, {row['metric']},{row['filter']}: the file says {row['value']:.6g}, its leaves {values}"
    return [problem("disagreement", text, "both are kept; use the row of kind 'recomputed'")]


def _unnamed(leaves: By, stated: Mapping[tuple[str, str, str], Row], registry: Any) -> list[Row]:
    made = []
    for tool, facts in registry.tools.items():
        for group, entry in facts.get("groups", {}).items():
            for (metric, filter), by_name in leaves.items():
                mine = [
                    row
                    for row in by_name.values()
                    if row["tool"] == tool and row["task"] != group and fnmatchcase(row["task"], entry["members"])
                ]
                if len(mine) == entry["leaves"] and (group, metric, filter) not in stated:
                    made += _rows(group, group, mine)
    return made
