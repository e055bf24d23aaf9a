"""BigCodeBench: executed samples (``*_eval_results.json``), their pass@k (``*_pass_at_k.json``) and its leaderboards.

The two files of a run are one measurement. Split (complete, instruct) and subset (full, hard) make the task; where a
file does not state them, the tool's file name does: ``<model>--bigcodebench[-hard]-<split>--<backend>-<temp>-<n>-...``
"""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Any

from mergekit_eval.readers._base import Context, Problem, Readout, Refused, number, problem, shown
from mergekit_eval.readers._code import Attempts, pass_rows, solution_signs, uneven, unfinished
from mergekit_eval.readers._common import Items, canonical, dig, left_out, not_finite, text, when
from mergekit_eval.readers._head import Head

NAME = "bigcodebench"
KINDS = ("object",)
_VERDICTS = {"pass": True, "fail": False, "timeout": False}
_PASS = re.compile(r"pass@\d+")
_OWN_NAME = re.compile(
    r"(?P<model>.+?)--bigcodebench(?:-(?P<subset>hard|full))?-(?P<split>complete|instruct)"
    r"--(?P<backend>[^-]+)-(?P<temperature>\d+(?:\.\d+)?)-(?P<samples>\d+)-(?P<rest>.+)"
)
_MAIN = ("main", "master")
_HUB = re.compile(r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/([\w.-]+/[\w.-]+)/?")
_LOW = 0.95


def claims(head: Head) -> bool | str:
    """Claim samples with a status by BigCodeBench's task ids, pass@k with their ground truth, and leaderboards."""
    document = head.document
    if not isinstance(document, dict) or not document:
        return False
    if isinstance(dig(document, "eval"), dict) and document["eval"]:
        task, samples = next(iter(document["eval"].items()))
        return task.startswith("BigCodeBench/") and isinstance(samples, list) and _is_sample(samples)
    return _is_pass(document) or _is_leaderboard(document)


def _is_sample(samples: list[Any]) -> bool:
    return bool(samples) and isinstance(samples[0], dict) and "status" in samples[0]


def _is_pass(document: dict[str, Any]) -> bool:
    return "gt_pass_rate" in document and any(_PASS.fullmatch(key) for key in document)


def _is_leaderboard(document: dict[str, Any]) -> bool:
    first = next(iter(document.values()))
    return isinstance(dig(first, "pass@1"), dict) and bool({"instruct", "complete"} & set(first["pass@1"]))


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return pass@k of a run, with one item per task where its samples are there, or of all models of a leaderboard."""
    problems: list[Problem] = []
    document = head.document
    if isinstance(document.get("eval"), dict):
        return _samples(head, ctx, problems)
    scores = _stated(head, problems) if _is_pass(document) else _leaderboard(head, problems)
    if not scores:
        raise Refused("no pass@k holds a number")
    return Readout(scores, None, problems + not_finite(scores))


def _run(head: Head, told: dict[str, Any]) -> dict[str, Any]:
    """Return what the rows of a run share, by what the file states and else by its name."""
    stem = PurePosixPath(head.name).name.removesuffix(".json")
    named = _OWN_NAME.fullmatch(re.sub(r"[._-](eval_results|pass_at_k)$", "", stem))
    by_name = named.groupdict() if named else {}
    model, revision = _model(text(told.get("model")) or by_name.get("model", ""))
    rest = by_name.get("rest", "")
    calibrated = told.get("calibrated") if isinstance(told.get("calibrated"), bool) else "calibrated" in rest or None
    kept = {"backend": by_name.get("backend", ""), "calibrated": "" if calibrated is None else str(calibrated)}
    subset, split = (text(told.get(key)) or by_name.get(key) or "" for key in ("subset", "split"))
    row = {"tool": NAME, "task_name": _task(subset, split), "settings": canonical({k: v for k, v in kept.items() if v})}
    if named:
        row["gen_kwargs"] = canonical({"temperature": float(named["temperature"])})
    if not model:
        return row
    where = "model" if told.get("model") else "file name"
    return row | {"model": f"{model}@{revision}" if revision else model, "model_name": model, "model_from": where}


def _model(stated: str) -> tuple[str, str]:
    """Return name and revision of ``<org>--<model>[--<revision>]``, the way the tool writes a hub id."""
    parts = stated.split("--")
    name = "/".join(parts[:2])
    revision = "--".join(parts[2:])
    return name, "" if revision in _MAIN else revision


def _task(subset: str, split: str) -> str:
    return "_".join(part for part in ("bigcodebench", subset if subset != "full" else "", split) if part)


def _samples(head: Head, ctx: Context, problems: list[Problem]) -> Readout:
    attempts: Attempts = {}
    odd: list[str] = []
    tests = head.document["eval"]
    for task, samples in tests.items():
        verdicts = [_VERDICTS.get(text(dig(one, "status"))) for one in samples] if isinstance(samples, list) else []
        known = [verdict for verdict in verdicts if verdict is not None]
        if verdicts and len(known) == len(verdicts):
            attempts[task] = known
        else:
            odd.append(task)
    problems += left_out(odd, "tasks without a known status")
    common = _run(head, {}) | {"date": when(head.document.get("date"))}
    name = common["task_name"]
    items = Items()
    rows = pass_rows(name, attempts, {task: line for line, task in enumerate(tests)}, items, solution_signs(tests))
    if not rows:
        raise Refused("no task has a sample with a known status")
    problems += uneven(name, attempts) + unfinished(NAME, name, attempts, ctx)
    return Readout([common | row for row in rows], items.table(), problems)


def _stated(head: Head, problems: list[Problem]) -> list[dict[str, Any]]:
    document = head.document
    truth = number(document.get("gt_pass_rate"))
    if truth is not None and truth < _LOW:
        told = f"only {truth:.1%} of the reference solutions passed: the machine that ran them lacks something"
        problems.append(problem("incomplete", told, "run the evaluation again in the tool's own container"))
    failed = document.get("failed_tasks")
    if isinstance(failed, list) and failed:
        problems.append(problem("note", f"{len(failed)} reference solutions did not pass"))
    common, rows = _run(head, document), []
    for key, cell in document.items():
        if not _PASS.fullmatch(key):
            continue
        if (value := number(cell)) is None:
            problems.append(problem("bad-value", f"{key} = {shown(cell)} is no number"))
        else:
            rows.append(common | {"metric": key, "filter": "none", "value": value})
    return rows


def _leaderboard(head: Head, problems: list[Problem]) -> list[dict[str, Any]]:
    subset = "hard" if "hard" in PurePosixPath(head.name).name.lower() else ""
    links = {name: _HUB.fullmatch(text(dig(entry, "link"))) for name, entry in head.document.items()}
    shared = Counter(link[1] for link in links.values() if link)
    rows, missing = [], 0
    for name, entry in head.document.items():
        link = links[name]
        # One page may stand behind several settings of a model; then only the names tell them apart.
        identity = link[1] if link and shared[link[1]] == 1 else name
        scores = dig(entry, "pass@1")
        for split, cell in scores.items() if isinstance(scores, dict) else ():
            value = number(cell)
            missing += value is None
            if value is None or math.isnan(value):
                continue
            row = {"tool": NAME, "model": identity, "model_name": name, "model_from": "link" if link else "name"}
            row |= {"task_name": _task(subset, split), "metric": "pass@1", "filter": "none", "value": value}
            rows.append(row | {"scale": "percent", "chance": 0.0, "date": when(entry.get("date"))})
    if missing:
        problems.append(problem("incomplete", f"{missing} cells hold no score; they are missing, not zero"))
    return rows
