"""Reports of FusionBench: {task: {accuracy, loss}} of one merged model, or such reports under a name each."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from mergekit_eval.readers._base import Context, Readout, Refused, number, problem, shown
from mergekit_eval.readers._common import not_finite
from mergekit_eval.readers._head import Head

NAME = "fusion-bench"
KINDS = ("object",)
_ABOUT = "model_info"


def claims(head: Head) -> bool | str:
    """Claim reports with the tool's block on the model's size, alone or one level deeper."""
    document = head.document
    if not isinstance(document, dict) or not document:
        return False
    return _is_report(document) or all(_is_report(value) for value in document.values())


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per model, task and metric; ``average`` is the tool's own aggregate."""
    document = head.document
    reports = {"": document} if _is_report(document) else document
    problems: list[dict] = []
    scores: list[dict] = []
    for name, report in reports.items():
        parts = [PurePosixPath(head.name).with_suffix("").as_posix(), *([name] if name else [])]
        who = {"model_name": name, "model": "/".join(parts), "model_from": "file and key" if name else "file"}
        scores += [{"tool": NAME} | who | row for row in _rows(report, problems)]
    if not scores:
        raise Refused("no task block holds a number")
    return Readout(scores, None, problems + not_finite(scores))


def _is_report(value: Any) -> bool:
    about = value.get(_ABOUT) if isinstance(value, dict) else None
    return isinstance(about, dict) and "all_params" in about


def _rows(report: dict[str, Any], problems: list[dict]) -> list[dict]:
    rows = []
    for task, block in report.items():
        if task == _ABOUT:
            continue
        for metric, value in block.items() if isinstance(block, dict) else [("", block)]:
            found = number(value)
            if found is None or not metric:
                problems.append(problem("bad-value", f"{shown(task)}.{metric} = {shown(value)} is no score"))
                continue
            kind = "group" if task == "average" else "task"
            rows.append({"task_name": task, "metric": metric, "filter": "none", "value": found, "kind": kind})
    return rows
