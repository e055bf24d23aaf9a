"""Tables with one score per row: columns for the model, the task, the metric and the value, or one column per metric.

CSV, JSON rows, parquet, Markdown, YAML; read only where the header leaves no doubt: one column of each of the kinds.
Unknown columns do not vanish: where they differ, they are settings that keep rows of one model apart, and a direction
or a split is a version of the task.
``acc_stderr`` is the error of ``acc``.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import RATE, Context, Problem, Readout, Refused, ScoreRow, number
from mergekit_eval.readers._benchmarks import METRICS, SPELLED, facts_of, mark_primary, measurement, single
from mergekit_eval.readers._benchmarks import TABLE as TOOL
from mergekit_eval.readers._cells import Cell, cell
from mergekit_eval.readers._common import data_label, error_bar, is_data, left_out, not_finite, text, whole
from mergekit_eval.readers._files import csv_rows, json_rows
from mergekit_eval.readers._grids import Grid, is_index, stated
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._parquet import parquet_rows

NAME = "long table"
KINDS = ("text", "lines", "array", "parquet")
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
NEEDED = ("model", "task", "metric", "value")
GROUPS = frozenset({"average", "avg", "overall", "mean"})
WORDS = {"true": True, "1": True, "higher": True, "false": False, "0": False, "lower": False}


def claims(head: Head) -> bool | str:
    """Claim rows with a model, a task, a metric and a value, that are not a table of this kit."""
    names = _columns(head)
    if "source_file" in names or len(names) > len(set(names)):
        return False
    found = _meaning(names).keys()
    return set(NEEDED) <= found or (set(NEEDED[:2]) <= found and not set(NEEDED[2:]) & found and bool(_metrics(names)))


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per model, task, metric, filter and setting."""
    meaning = {kind: kind for kind in (*NEEDED, "stderr")} | _meaning(_columns(head))
    problems: list[Problem] = []
    rows: list[ScoreRow] = []
    errors: dict[tuple[Any, ...], float] = {}
    odd: list[int] = []
    for line, cells in _melted(_rows(path, head, problems), meaning, _metrics(_columns(head))):
        row, is_error = _row(cells, meaning, ctx)
        if row is None:
            odd.append(line)
            continue
        if is_error:
            errors[measurement(row)] = row["value"]
        else:
            rows.append(row)
    lacking = "rows without a model, a task, a metric or a number"
    problems += left_out(odd, lacking, "incomplete", "missing is missing, not zero")
    scores = single(rows, problems, "add a column that tells the rows apart, e.g. seed or date")
    for row in scores:
        if math.isnan(row["stderr"]):
            row["stderr"] = error_bar(errors.get(measurement(row)))
    if not scores:
        raise Refused(problems[-1]["message"] if rows else "no row holds a model, a task, a metric and a number")
    mark_primary(scores, ctx.registry)
    return Readout(scores, None, problems + not_finite(scores))


def _columns(head: Head) -> list[str]:
    if head.kind in ("lines", "array"):
        return list(head.first) if isinstance(head.first, dict) else []
    grid = _grid(head)
    return head.columns if grid is None else grid.columns


def _grid(head: Head) -> Grid | None:
    """Return the only table of a text in Markdown or YAML, None for other files."""
    found = stated(head) or []
    return found[0] if len(found) == 1 else None


def _metrics(names: list[str]) -> list[str]:
    """Return the columns that are named like a metric, with or without its filter."""
    return [name for name in names if re.fullmatch(rf"({METRICS}|accuracy)(,[\w-]+)?", name.strip())]


def _melted(
    rows: Iterator[tuple[int, dict[str, Any]]], meaning: dict[str, str], metrics: list[str]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield one row per metric where each has a column of its own, and the rows themselves else."""
    for line, cells in rows:
        if meaning["metric"] in cells or meaning["value"] in cells:
            yield line, cells
            continue
        errors = {name: cells.get(f"{name}_stderr", cells.get(f"{name} stderr")) for name in metrics}
        left = {key: cell for key, cell in cells.items() if lm.split_key(key.replace(" ", "_"))[0] not in metrics}
        for name in metrics:
            if text(cells.get(name)).strip():
                own = {"metric": SPELLED.get(name, name), "value": cells[name]}
                yield line, left | own | ({meaning.get("stderr", "stderr"): errors[name]} if errors[name] else {})


def _meaning(names: list[str]) -> dict[str, str]:
    """Return {kind: column}; a kind that two columns may be is none of them."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if kind := KIND_OF.get(name.strip().lower()):
            found[kind].append(name)
    return {kind: mine[0] for kind, mine in found.items() if len(mine) == 1}


def _rows(path: Path, head: Head, problems: list[Problem]) -> Iterator[tuple[int, dict[str, Any]]]:
    if (grid := _grid(head)) is not None:
        yield from grid.rows
    elif head.kind == "text":
        yield from csv_rows(head, problems)
    elif head.kind == "parquet":
        yield from parquet_rows(path)
    else:
        yield from json_rows(path, head, problems)


def _row(cells: dict[str, Any], meaning: dict[str, str], ctx: Context) -> tuple[ScoreRow | None, bool]:
    """Return the score row of a row, None where it holds none, and whether it is the error of another."""
    got = {kind: cells.get(column) for kind, column in meaning.items()}
    model, task, named = (held.strip() if isinstance(held := got[name], str) else "" for name in NEEDED[:3])
    found = _cell(got["value"])
    if not (model and task and named) or found.value is None:
        return None, False
    metric, label, is_error = lm.split_key(named)
    facts = facts_of(task, metric, ctx.registry, label)
    better = got.get("better") if isinstance(got.get("better"), bool) else WORDS.get(text(got.get("better")).lower())
    count, shots, error = (_cell(got.get(name)).value for name in ("n", "n_shot", "stderr"))
    unknown = {name for name in cells if name not in meaning.values() and not is_index(name)}
    rest = {name: text(cell) for name, cell in cells.items() if name in unknown and text(cell)}
    data = {name: rest.pop(name) for name in list(rest) if is_data(name)}
    row: ScoreRow = {
        "tool": TOOL,
        "model_name": model,
        "task_name": task,
        "metric": metric,
        "filter": text(got.get("filter")).strip() or label,
        "value": found.value,
        "stderr": error_bar(found.stderr if error is None else error),
        "scale": "percent" if found.percent else RATE if facts.scale == "unit" else facts.scale,
        "chance": facts.chance,
        "capability": facts.capability,
        "higher_is_better": facts.higher_is_better if better is None else better,
        "n_shot": whole(shots, 0) if shots is not None and shots < 1000 else None,
        "task_version": ", ".join(filter(None, (text(got.get("version")).strip(), data_label(data)))),
        "settings": lm.canonical(rest),
        "kind": "group" if task.lower() in GROUPS else "task",
    }
    return row | ({"n": int(count), "n_from": "file"} if count is not None and 0 < count < 2**53 else {}), bool(
        is_error
    )


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        return cell(value)
    found = number(value)
    return Cell(None if found is None or math.isnan(found) else found)
