"""Metrics and predictions of OLMES (AllenAI's oe-eval): per run, per task, and per item.

========================  ==========================================================================================
``metrics.json``          ``tasks``: one entry per task, its settings without the defaults; no date (older: ``metrics``)
``metrics-all.jsonl``     one row per task with all settings and the date
``task-*-metrics.json``   one such row, alone
``*-predictions.jsonl``   scores per item; neither task nor model, only hashes of both, which the file of the task has
========================  ==========================================================================================
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mergekit_eval.readers._answers import option_signs, signs_of
from mergekit_eval.readers._base import (
    Context,
    Problem,
    Readout,
    Refused,
    ScoreRow,
    Skipped,
    number,
    problem,
    shown,
    truth,
)
from mergekit_eval.readers._common import (
    Items,
    dig,
    error_bar,
    mean,
    not_finite,
    rate_error,
    size,
    text,
    undirected,
    whole,
)
from mergekit_eval.readers._files import json_rows
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._olmes import (
    LARGEST,
    TOOL,
    config,
    dates_beside,
    fold_of,
    model_row,
    primary_of,
    task_row,
)
from mergekit_eval.readers._olmes_groups import Fold, unfolded
from mergekit_eval.readers._parsing import json_beside

NAME = "olmes"
KINDS = ("object", "lines")
_AROUND = ("task", "alias", "num_instances", "processing_time", "task_config", "metrics")
_COUNTER = re.compile(r"(n|num|total)_\w+|\w*price|avg_(length|tokens)|\w*tokens_reached|\w+_time|extra_metrics")
_ERRORS = {"standard_error": "win_rate", "lc_standard_error": "length_controlled_winrate"}
# Metrics of a part of the items, or of something else than items (instructions, tasks): num_instances is not their n.
_OF_PARTS = re.compile(r".*:.*|.*_sub_.*|inst_level_.*|.*_(macro|micro)")
# Metrics whose items score 0 or 1; pass@1 only if each was tried once.
_HITS = re.compile(
    r"acc_(raw|uncond|per_(token|char|byte))|exact_match(_simple|_flex)?|prompt_level_(strict|loose)_acc"
    r"|puzzle_accuracy|mc1|maj_at_\d+|pass_at_1"
)
_CLOSE = 1e-6

_Dates = dict[str, tuple[Any, float]]


def claims(head: Head) -> bool | str:
    """Claim metrics with the settings of their tasks, and predictions; refuse prompts and settings by name."""
    row = head.document if head.kind == "object" else head.first
    if not isinstance(row, dict):
        return False
    if "native_id" in row or "doc_id" in row:
        if "request_type" in row or isinstance(row.get("requests"), list):
            return "OLMES requests: prompts without scores; the scores are in the metrics files beside it"
        return (
            head.kind == "lines" and isinstance(row.get("metrics"), dict) and {"native_id", "model_output"} <= set(row)
        )
    if "task_config" in row and "model_config" in row and "metrics" not in row:
        return "OLMES settings without metrics: only the requests were made; run the model, then collect"
    if {"n_generations", "all_rollouts"} <= row.keys():
        return True
    return any("task_config" in entry for entry in _entries(row)) and ("model_config" in row or "task_hash" in row)


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per task and metric; of predictions also one item per row of the file."""
    problems: list[Problem] = []
    row = head.document if head.kind == "object" else head.first
    if "all_rollouts" in row:
        raise Skipped("OLMES lengths of answers, no scores")
    if "model_output" in row:
        return _predictions(path, head, problems)
    scores: list[ScoreRow] = []
    folds: dict[str, Fold] = {}
    rows = [row] if head.kind == "object" else (row for _, row in json_rows(path, head, problems))
    for document in rows:
        scores += _document_rows(document, problems, dates_beside(path) if "tasks" in document else {}, folds)
    if not scores:
        raise Refused("no task holds a number under its metrics; look at the run's log")
    scores, tree, unknown_members = unfolded(scores, folds)
    problems += unknown_members
    problems += undirected(scores, TOOL, ctx.registry)
    return Readout(scores, None, problems + not_finite(scores), {"tree": tree})


def _entries(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield {metrics, task_config, ...} of every task in a document, whatever its shape."""
    listed = document.get("tasks", document.get("metrics"))
    if not isinstance(listed, list):
        listed = [document]
    for entry in listed:
        if isinstance(dig(entry, "metrics"), dict):
            yield entry
        elif isinstance(entry, dict) and "task" in entry:
            yield entry | {"metrics": {key: value for key, value in entry.items() if key not in _AROUND}}


def _document_rows(
    document: dict[str, Any], problems: list[Problem], dates: _Dates, folds: dict[str, Fold]
) -> list[ScoreRow]:
    model = dig(document, "model_config")
    listed = document.get("tasks", document.get("metrics"))
    entries = list(_entries(document))
    if isinstance(listed, list) and len(entries) < len(listed):
        problems.append(problem("broken", f"{len(listed) - len(entries)} entries of {len(listed)} hold no metrics"))
    scores = []
    for entry in entries:
        row = task_row(entry)
        if row["kind"] == "group":
            folds[row["task_name"]] = fold_of(entry)
        metrics, date = dates.get(row["task_name"], (None, math.nan))
        row["date"] = date if math.isnan(row["date"]) and metrics == entry["metrics"] else row["date"]
        row |= model_row(model if isinstance(model, dict) else {}, config(entry))
        scores += _metrics(entry, row, problems)
    return scores


def _metrics(entry: dict[str, Any], row: dict[str, Any], problems: list[Problem]) -> list[ScoreRow]:
    metrics, task = entry["metrics"], row["task_name"]
    primary = primary_of(entry, metrics, task, problems)
    errors = {_ERRORS[key]: error_bar(number(value)) for key, value in metrics.items() if key in _ERRORS}
    found, left_out = [], []
    for key, raw in metrics.items():
        if key in _ERRORS or (key == "primary_score" and key != primary):
            continue
        if _COUNTER.fullmatch(key):
            left_out.append(key)
        elif (value := number(raw)) is None:
            problems.append(problem("bad-value", f"{shown(task)}: {shown(key)} = {shown(raw)} is no number"))
        else:
            one = {"metric": key, "filter": "none", "value": value} | ({"primary": key == primary} if primary else {})
            found.append(row | one | _size(key, value, errors, entry, row["kind"]))
    if left_out:
        problems.append(problem("note", f"{shown(task)}: not scores, not read: {', '.join(left_out)[:400]}"))
    return found


def _size(key: str, value: float, errors: dict[str, float], entry: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return n and the standard error: the printed one, else the binomial one where 0/1 items explain the value."""
    n = whole(entry.get("num_instances"))
    stated = {"stderr": errors.get(key, math.nan)}
    if n is None or kind == "group" or _OF_PARTS.fullmatch(key):
        return {"n": None, "n_from": "unknown"} | stated
    once = dig(config(entry), "generation_kwargs", "repeats") in (None, 1)
    hits = 0 <= value <= 1 and abs(value * n - round(value * n)) <= _CLOSE * n
    if key in errors or not hits or not _HITS.fullmatch(key) or not (once or key != "pass_at_1"):
        return size(n) | stated
    return size(n) | {"stderr": rate_error(value, n), "note": "stderr rebuilt as binomial"}


def _predictions(path: Path, head: Head, problems: list[Problem]) -> Readout:
    """Return the rows of the task's own file whose values the items give, with these items."""
    beside = path.with_name(path.name.replace("predictions.jsonl", "metrics.json"))
    document = json_beside(beside, path, LARGEST) if beside != path else {}
    for key in ("task_hash", "model_hash"):
        if not document or not text(head.first.get(key)) or head.first.get(key) != document.get(key):
            told = f"{beside.name} beside it has another {key}" if document else "the file of its task is not beside it"
            raise Refused(f"OLMES predictions name neither task nor model, and {told}; put both of one run together")
    rows = {row["metric"]: row for row in _document_rows(document, [], {}, {})}
    items = Items()
    values: dict[str, list[float]] = {metric: [] for metric in rows}
    for line, entry in json_rows(path, head, problems):
        name = entry.get("doc_id") if entry.get("native_id") is None else entry["native_id"]
        for metric, mine in values.items():
            if (value := truth(dig(entry, "metrics", metric))) is not None:
                mine.append(value)
                task = rows[metric]["task_name"]
                more = {"doc_id": text(entry.get("doc_id")), "signs": _signs(entry.get("model_output"))}
                items.add(task, metric, f"id:{text(name)}", value, line, **more)
    return _reproduced(rows, values, items, problems)


def _signs(outputs: Any) -> int:
    """Return the signs of one continuation, or of the log-likelihoods of several; 0 for anything else."""
    answers = outputs if isinstance(outputs, list) else []
    numbers = [number(dig(answer, "sum_logits")) for answer in answers]
    known = [value for value in numbers if value is not None and math.isfinite(value)]
    if len(known) == len(answers) > 1:
        return option_signs(known)
    return signs_of(dig(answers[0], "continuation")) if answers else 0


def _reproduced(
    rows: dict[str, ScoreRow], values: dict[str, list[float]], items: Items, problems: list[Problem]
) -> Readout:
    scores = []
    for metric, row in rows.items():
        own = mean(values[metric])
        if math.isclose(own.value, row["value"], rel_tol=_CLOSE, abs_tol=_CLOSE) and own.n == row["n"]:
            scores.append(row | {"stderr": own.stderr, "n_from": "items", "note": ""})
        elif own.n:
            told = f"the items give {own.value:.6g} of {own.n}, the file of the task {row['value']:.6g} of {row['n']}"
            message = f"{row['task_name']} {metric}: {told}; its items are left out"
            problems.append(problem("disagreement", message, "a metric that is no mean of its items has none"))
    if not scores:
        raise Refused("no metric of the file of the task is the mean of these items; are both of one run?")
    table, kept = items.table(), {row["metric"] for row in scores}
    return Readout(scores, table.filter([name in kept for name in table["metric"].to_pylist()]), problems)
