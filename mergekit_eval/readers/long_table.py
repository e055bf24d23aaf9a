"""Tables with one score per row, as CSV, JSON rows or parquet: columns for the model, the task, the metric, the value.

Read only where the header leaves no doubt: one column of each of the four kinds. Columns nobody knows do not vanish:
where they differ, they are settings that keep rows of one model apart, and a direction or a split is a version of the
task. ``acc_stderr`` is the error of ``acc``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import Context, Readout, Refused, number, problem, shown
from mergekit_eval.readers._common import data_label, error_bar, is_data, not_finite, text
from mergekit_eval.readers._files import csv_rows, decimal, json_rows
from mergekit_eval.readers._head import Head

NAME = "long table"
KINDS = ("text", "lines", "array", "parquet")
TOOL = "table"
# What a column holds, by its name in lower case; only the first four must be there.
NAMES = {
    "model": "model model_name model_id",
    "task": "task task_name benchmark dataset eval evaluation",
    "metric": "metric metric_name",
    "value": "value score metric_value",
    "filter": "filter",
    "stderr": "stderr std_err standard_error se",
    "n": "n num_samples n_samples n_items n_examples num_examples",
    "n_shot": "n_shot n-shot num_fewshot shots num_shots fewshot",
    "better": "higher_is_better",
    "version": "version task_version",
}
KIND_OF = {name: kind for kind, names in NAMES.items() for name in names.split()}
# What tells two measurements apart.
MEASURED = ("model_name", "task_name", "metric", "filter", "n_shot", "task_version", "settings")
NEEDED = ("model", "task", "metric", "value")
GROUPS = frozenset({"average", "avg", "overall", "mean"})
INDEX = ("", "unnamed: 0", "index", "level_0")
WORDS = {"true": True, "1": True, "higher": True, "false": False, "0": False, "lower": False}


def claims(head: Head) -> bool | str:
    """Claim rows with a model, a task, a metric and a value, that are not a table of this kit."""
    names = _columns(head)
    if len(names) < len(NEEDED) or "source_file" in names or len(names) > len(set(names)):
        return False
    return set(NEEDED) <= _meaning(names).keys()


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per model, task, metric, filter and setting."""
    meaning = _meaning(_columns(head))
    problems: list[dict] = []
    rows: dict[tuple, list[dict[str, Any]]] = defaultdict(list)
    errors: dict[tuple, float] = {}
    odd: list[int] = []
    for line, cells in _rows(path, head, problems):
        row, is_error = _row(cells, meaning, ctx)
        if row is None:
            odd.append(line)
            continue
        key = tuple(row[name] for name in MEASURED)
        if is_error:
            errors[key] = row["value"]
        else:
            rows[key].append(row)
    if odd:
        text = f"{len(odd)} rows without a model, a task, a metric or a number left out; first: row {odd[0]}"
        problems.append(problem("incomplete", text, "missing is missing, not zero"))
    scores = _single(rows, problems)
    for key, row in scores.items():
        if math.isnan(row["stderr"]):
            row["stderr"] = error_bar(errors.get(key))
    if not scores:
        raise Refused(problems[-1]["message"] if rows else "no row holds a model, a task, a metric and a number")
    _mark_primary(scores.values(), ctx)
    return Readout(list(scores.values()), None, problems + not_finite(scores.values()))


def _columns(head: Head) -> list[str]:
    if head.kind in ("text", "parquet"):
        return head.columns
    return list(head.first) if isinstance(head.first, dict) else []


def _meaning(names: list[str]) -> dict[str, str]:
    """Return {kind: column}; a kind that two columns may be is none of them."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if kind := KIND_OF.get(name.strip().lower()):
            found[kind].append(name)
    return {kind: mine[0] for kind, mine in found.items() if len(mine) == 1}


def _rows(path: Path, head: Head, problems: list[dict]) -> Iterator[tuple[int, dict[str, Any]]]:
    if head.kind == "text":
        yield from csv_rows(head, problems)
    elif head.kind == "parquet":
        batches = pq.ParquetFile(path).iter_batches()
        yield from enumerate(row for batch in batches for row in batch.to_pylist())
    else:
        yield from json_rows(path, head, problems)


def _row(cells: dict[str, Any], meaning: dict[str, str], ctx: Context) -> tuple[dict[str, Any] | None, bool]:
    """Return the score row of a row, None where it holds none, and whether it is the error of another."""
    got = {kind: cells.get(column) for kind, column in meaning.items()}
    model, task = (got[name].strip() if isinstance(got[name], str) else "" for name in ("model", "task"))
    value = _number(got["value"])
    if not model or not task or not isinstance(got["metric"], str) or not got["metric"].strip() or value is None:
        return None, False
    metric, label, is_error = lm.split_key(got["metric"].strip())
    known = ctx.registry.lookup(TOOL, task, metric)
    like = ctx.registry.lookup("lm-eval", task, metric, label)
    better = got.get("better") if isinstance(got.get("better"), bool) else WORDS.get(text(got.get("better")).lower())
    count, shots = (_number(got.get(name)) for name in ("n", "n_shot"))
    unknown = {name for name in cells if name not in meaning.values() and name.strip().lower() not in INDEX}
    rest = {name: text(cell) for name, cell in cells.items() if name in unknown and text(cell)}
    data = {name: rest.pop(name) for name in list(rest) if is_data(name)}
    row = {
        "tool": TOOL,
        "model_name": model,
        "task_name": task,
        "metric": metric,
        "filter": text(got.get("filter")).strip() or label,
        "value": value,
        "stderr": error_bar(_number(got.get("stderr"))),
        "scale": known.scale or like.scale,
        "chance": like.chance if known.chance is None else known.chance,
        "capability": known.capability or like.capability,
        "higher_is_better": like.higher_is_better if better is None else better,
        "n_shot": int(shots) if shots is not None and 0 <= shots < 1000 and shots.is_integer() else None,
        "task_version": ", ".join(filter(None, (text(got.get("version")).strip(), data_label(data)))),
        "settings": lm.canonical(rest),
        "kind": "group" if task.lower() in GROUPS else "task",
    }
    return row | ({"n": int(count), "n_from": "file"} if count is not None and 0 < count < 2**53 else {}), is_error


def _number(cell: Any) -> float | None:
    found = decimal(cell.strip()) if isinstance(cell, str) else number(cell)
    return None if found is None or found != found else found


def _mark_primary(scores: Collection[dict[str, Any]], ctx: Context) -> None:
    """Mark the metric that stands for each task, by the facts on tables or else by those of lm-eval."""
    tasks: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in scores:
        tasks[row["task_name"]].append(row)
    for task, rows in tasks.items():
        candidates = list(dict.fromkeys((row["metric"], row["filter"]) for row in rows))
        chosen = ctx.registry.primary(TOOL, task, candidates) or ctx.registry.primary("lm-eval", task, candidates)
        for row in rows if chosen else ():
            row["primary"] = (row["metric"], row["filter"]) == chosen


def _single(rows: dict[tuple, list[dict[str, Any]]], problems: list[dict]) -> dict[tuple, dict[str, Any]]:
    """Return the rows that stand once; rows that say two things of one measurement are named and left out."""
    clashing = [key for key, mine in rows.items() if len({row["value"] for row in mine}) > 1]
    if clashing:
        names = shown([", ".join(key[:3]) for key in clashing[:5]], 300)
        todo = "add a column that tells the rows apart, e.g. seed or date"
        problems.append(problem("disagreement", f"{len(clashing)} measurements have several values: {names}", todo))
    again = sum(len(mine) - 1 for key, mine in rows.items() if key not in clashing)
    if again:
        problems.append(problem("repeated", f"{again} rows repeat another row; each counts once"))
    return {key: mine[0] for key, mine in rows.items() if key not in set(clashing)}
