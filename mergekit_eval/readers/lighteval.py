"""Results of lighteval: {suite|task|shots: {metric, metric_stderr}} beside config_general, versions, summary_tasks.

``all`` and ``..._average`` rows are plain means of the others (of their errors, too): they are groups without an error.
A printed error that is a tenth of the binomial one is the tool's bootstrap, divided by sqrt(B) once too often: unused.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pyarrow as pa

from mergekit_eval.readers import _limits
from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, number, problem, shown
from mergekit_eval.readers._common import dig, error_bar, rate_error, text
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._lighteval import TOOL, split_task
from mergekit_eval.readers._parquet import parquet_file

NAME = "lighteval"
KINDS = ("object",)
_MARKS = ("config_general", "summary_tasks", "config_tasks", "summary_general")


def claims(head: Head) -> bool | str:
    """Claim lighteval's keys around a results block; the early ``harness|`` keys are the Open LLM Leaderboard's."""
    results = dig(head.document, "results")
    if not isinstance(results, dict) or not any(mark in head.document for mark in _MARKS):
        return False
    tasks = [task for task in results if task != "all"]
    return not any(task.startswith("harness|") for task in tasks) and any("|" in task for task in tasks)


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per task and metric, averages as groups."""
    problems: list[Problem] = []
    scores = rows(path, head, problems)
    if not scores:
        raise Refused("no task block holds a number")
    return Readout(scores, None, problems, {"stamp": lm.stamp_of(path.name)[0]})


def rows(path: Path, head: Head, problems: list[Problem]) -> list[dict[str, Any]]:
    """Return the rows of a results file; what is odd goes to ``problems``."""
    common = _common(head.document, path)
    scores: list[ScoreRow] = []
    for key, block in head.document["results"].items():
        if not isinstance(block, dict):
            problems.append(problem("broken", f"results.{key} is {shown(block)}, not a mapping of metrics"))
            continue
        row = common | _task(head.document, key)
        if row["kind"] == "task" and "n" not in row and (counted := _detailed(path, common["model_name"], key)):
            row |= {"n": counted, "n_from": "items"}
        better = _directions(head.document, key)
        for metric in _metrics(key, block, row, problems):
            scores.append(
                row | metric | ({"higher_is_better": better[name]} if (name := metric["metric"]) in better else {})
            )
    return scores


def _common(document: dict[str, Any], path: Path) -> dict[str, Any]:
    stated_general = dig(document, "config_general")
    general: dict[str, Any] = stated_general if isinstance(stated_general, dict) else {}
    settings = general.get("model_config")
    model: dict[str, Any] = settings if isinstance(settings, dict) else {}
    stated = text(general.get("model_name") or model.get("model_name"))
    args = {"pretrained": stated, "revision": text(model.get("revision"))}
    identity, name, rule = lm.identity(args, stated, "")
    limit = number(general.get("max_samples"))
    row = {
        "tool": TOOL,
        "tool_version": text(general.get("lighteval_sha")),
        "model": identity,
        "model_name": name,
        "model_from": rule and "config_general.model_name",
        "quantization": lm.quantization(model),
        "gen_kwargs": lm.canonical(general.get("generation_parameters") or model.get("generation_parameters")),
        "date": lm.stamp_of(path.name)[1],
    }
    return row | {"limit": limit} if limit is not None and 0 <= limit < 2**53 else row


def _task(document: dict[str, Any], key: str) -> dict[str, Any]:
    suite, task, shots = split_task(key)
    group = key == "all" or task.endswith("_average")
    version = dig(document, "versions", key)
    parts = [f"suite {suite}"] if suite else []
    parts += [f"version {text(version)}"] if version not in (None, "") else []
    row = {
        "task_name": task.removesuffix("_average").rstrip(":|") if group else task,
        "kind": "group" if group else "task",
        "task_version": ", ".join(parts),
        "n_shot": shots,
    }
    n = None if group else _items(document, key)
    return row | ({"n": n, "n_from": "file"} if n else {})


def _items(document: dict[str, Any], key: str) -> int | None:
    """Return the number of items that the task's configuration says were used, else those the summary counted."""
    for name in (key, key.rsplit("|", 1)[0]):
        used = number(dig(document, "config_tasks", name, "effective_num_docs"))
        if used is not None and 0 < used < 2**53:
            return int(used)
    counts = [number(dig(document, "summary_tasks", key, part)) for part in ("truncated", "non_truncated")]
    total = sum(count for count in counts if count is not None and 0 <= count < 2**53)
    return int(total) if None not in counts and total else None


def _detailed(path: Path, model: str, key: str) -> int | None:
    """Return the number of rows in the details file that the tool wrote beside these results, None without one."""
    stamp = lm.stamp_of(path.name)[0]
    root = next((parent.parent for parent in path.absolute().parents if parent.name == "results"), None)
    if root is None or not stamp or not model:
        return None
    details = root / "details" / model / stamp / f"details_{key}_{stamp}.parquet"
    if ".." in details.parts or not details.is_relative_to(root):
        return None
    if not _limits.beside(details, path, root):
        return None
    try:
        with parquet_file(details) as file:
            return file.metadata.num_rows or None
    except (OSError, ValueError, pa.ArrowException):
        return None


def _directions(document: dict[str, Any], key: str) -> dict[str, bool]:
    """Return {metric: higher is better} as the configuration of a task states it."""
    found: dict[str, bool] = {}
    for name in (key, key.rpartition("|")[0], f"lighteval|{key.split('|')[0]}"):
        config = dig(document, "config_tasks", name)
        entries = dig(config, "metric") or dig(config, "metrics")
        for entry in entries if isinstance(entries, list) else []:
            metric, better = dig(entry, "metric_name"), dig(entry, "higher_is_better")
            pairs = better.items() if isinstance(better, dict) else [(metric, better)]
            found |= {one: way for one, way in pairs if isinstance(one, str) and isinstance(way, bool)}
    return found


def _metrics(key: str, block: dict[str, Any], row: dict[str, Any], problems: list[Problem]) -> list[ScoreRow]:
    found = []
    for metric, raw in block.items():
        if metric.endswith("_stderr"):
            continue
        value = number(raw)
        if value is None:
            problems.append(problem("bad-value", f"{shown(key)}: {shown(metric)} = {shown(raw)} is no number"))
            continue
        if not math.isfinite(value):
            problems.append(problem("not-finite", f"{shown(key)}: {shown(metric)} = {value}"))
        stderr = math.nan if row["kind"] == "group" else error_bar(number(block.get(f"{metric}_stderr")))
        found.append(
            {"metric": metric, "filter": "none", "value": value} | _believed(key, metric, value, stderr, row, problems)
        )
    return found


def _believed(
    key: str, metric: str, value: float, stderr: float, row: dict[str, Any], problems: list[Problem]
) -> dict[str, Any]:
    """Return the printed standard error, or none where it is far below what so many items allow."""
    binomial = rate_error(value, row.get("n") or 0)
    if not (0 < stderr < binomial / 10):
        return {"stderr": stderr}
    message = (
        f"{key} {metric}: the printed standard error {stderr:.2g} is {binomial / stderr:.0f} times below the binomial"
    )
    problems.append(problem("disagreement", message, "not used; read the details files beside it for the true one"))
    return {"stderr": math.nan, "note": f"printed stderr {stderr:.3g} is a known fault of the tool, not used"}
