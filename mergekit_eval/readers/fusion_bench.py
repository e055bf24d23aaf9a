"""Reports of FusionBench: {task: {accuracy, loss}} of one merged model, or such reports under a name each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, number, problem, shown
from mergekit_eval.readers._common import not_finite
from mergekit_eval.readers._head import Head

NAME = "fusion-bench"
KINDS = ("object",)
_ABOUT = "model_info"
_AVERAGE = "average"


def claims(head: Head) -> bool | str:
    """Claim reports with the tool's block on the model's size, alone or one level deeper."""
    document = head.document
    if not isinstance(document, dict) or not document:
        return False
    return _is_report(document) or all(_is_report(value) for value in document.values())


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per model, task and metric; ``average`` is the tool's own aggregate of all other tasks."""
    document = head.document
    reports = {"": document} if _is_report(document) else document
    problems: list[Problem] = []
    scores: list[ScoreRow] = []
    for name, report in reports.items():
        parts = [PurePosixPath(head.name).with_suffix("").as_posix(), *([name] if name else [])]
        who = {"model_name": name, "model": "/".join(parts), "model_from": "file and key" if name else "file"}
        scores += [{"tool": NAME} | who | row for row in _rows(report, problems)]
    if not scores:
        raise Refused("no task block holds a number")
    leaves = [row["task_name"] for row in scores if row["kind"] == "task"]
    return Readout(scores, None, problems + not_finite(scores), {"tree": {_AVERAGE: list(dict.fromkeys(leaves))}})


def _is_report(value: Any) -> bool:
    about = value.get(_ABOUT) if isinstance(value, dict) else None
    return isinstance(about, dict) and "all_params" in about


def _rows(report: dict[str, Any], problems: list[Problem]) -> list[ScoreRow]:
    rows = []
    for task, metric, value in _cells(report):
        found = number(value)
        if found is None or not metric:
            name = shown(task) + (f", {shown(metric)}" if metric else "")
            problems.append(problem("bad-value", f"{name} = {shown(value)} is no score of a task; it is left out"))
            continue
        kind = "group" if task == _AVERAGE else "task"
        rows.append({"task_name": task, "metric": metric, "filter": "none", "value": found, "kind": kind})
    return rows


def _cells(report: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield (task, metric, value); older reports hold ``average_accuracy`` where newer ones have a block."""
    for task, block in report.items():
        if isinstance(block, dict) and task != _ABOUT:
            yield from ((task, metric, value) for metric, value in block.items())
        elif task != _ABOUT:
            of_all, average, metric = task.partition(f"{_AVERAGE}_")
            yield (_AVERAGE, metric, block) if average and not of_all else (task, "", block)
