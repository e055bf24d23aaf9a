"""What lm-eval sends to Weights & Biases, as people export it: a run's summary, a table of runs, a table of results.

A summary has keys ``task/metric`` and ``task/metric_stderr`` (the filter none is dropped); a table of runs has them as
columns, one row per run; the logged table has Tasks (or Groups), Version, Filter, num_fewshot, Metric, Value, Stderr.
Model, versions and shots stand in the ``config.yaml`` of the run, where it lies beside or above.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, Skipped, number, problem, shown
from mergekit_eval.readers._benchmarks import HARNESS, built_in
from mergekit_eval.readers._cells import cell
from mergekit_eval.readers._common import dig
from mergekit_eval.readers._files import csv_rows
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._limits import beside
from mergekit_eval.readers._lm_eval_again import key_of, read_again
from mergekit_eval.readers._parsing import YAML_LIMIT, load_yaml, whole

NAME = "lm-eval in W&B"
KINDS = ("object", "text")
LOGGED = {"Version", "Filter", "num_fewshot", "Metric", "Value", "Stderr"}
# Columns of a table of runs that name the model, best first.
_NAMES = ("cli_configs.model_args", "model_args", "cli_configs.value.model_args", "pretrained", "model", "Name")
_NO_METRICS = frozenset(("", "name", "alias", "sample_len", "sample_count"))
_NOTE = "exported from W&B"
_RUN = re.compile(r"(offline-)?run-\d{8}_\d{6}-\w+")
_SUMMARY = "wandb-summary.json"
_ABOVE = 6


def claims(head: Head) -> bool | str:
    """Claim summaries and tables with lm-eval's keys, and its logged table of results."""
    if head.kind == "text":
        return _logged(head.columns) or _has_scores(head.columns)
    document = head.document
    return isinstance(document, dict) and (_logged(dig(document, "columns")) or _has_scores(document))


def _logged(columns: Any) -> bool:
    return isinstance(columns, list) and bool({"Tasks", "Groups"} & _words(columns)) and _words(columns) >= LOGGED


def _words(columns: list[Any]) -> set[str]:
    return {name for name in columns if isinstance(name, str)}


def _has_scores(keys: Iterable[str]) -> bool:
    """Whether there is a ``task/metric`` of a known metric, with its error or of a known task."""
    names = {str(key) for key in keys}
    for task, metric, label in filter(any, map(_parts, names)):
        if _is_score(task, metric, f"{task}/{key_of(metric, label, error=True)}" in names):
            return True
    return False


def _is_score(task: str, metric: str, has_error: bool) -> bool:
    info = built_in().lookup(HARNESS, task, metric)
    return bool(info.direction) and (has_error or info.primary is not None)


def _parts(key: str) -> tuple[str, str, str]:
    """Return (task, metric, filter or "") of a key, "" as the task where it is none of a score."""
    task, slash, name = key.rpartition("/")
    metric, label, error = lm.split_key(name)
    if not slash or error or not metric or task.startswith(("system", "evaluation", "_")):
        return "", "", ""
    return task, metric, label if "," in name else ""


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return the rows of every run in the file.

    Raises
    ------
    Skipped
        If the file is the logged table of a run whose summary lies above it.
    Refused
        If a table of runs holds no score.
    """
    problems: list[Problem] = []
    if head.kind == "object":
        columns, document = dig(head.document, "columns"), head.document
        if not _logged(columns):
            return _read({"results": _results(document)}, head, ctx)
        data = document.get("data")
        lines = [row for row in data if isinstance(row, list)] if isinstance(data, list) else []
        return _read(
            _table([dict(zip(columns, row, strict=False)) for row in lines], head, problems), head, ctx, problems
        )
    rows = [row for _, row in csv_rows(head, problems)]
    if _logged(head.columns):
        return _read(_table(rows, head, problems), head, ctx, problems)
    return _runs(rows, head, ctx, problems)


def _results(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return lm-eval's results of the keys of one run."""
    results: dict[str, dict[str, Any]] = {}
    for key, raw in values.items():
        task, metric, label = _parts(str(key))
        if task and metric not in _NO_METRICS and number(raw) is not None:
            error = values.get(f"{task}/{key_of(metric, label, error=True)}")
            _put(results.setdefault(task, {}), metric, label, raw, error)
    return results


def _put(block: dict[str, Any], metric: str, label: str, value: Any, error: Any) -> None:
    block[key_of(metric, label or "none")] = value
    if number(error) is not None:
        block[key_of(metric, label or "none", error=True)] = error


def _table(rows: list[dict[str, Any]], head: Head, problems: list[Problem]) -> dict[str, Any]:
    """Return lm-eval's document of its logged table."""
    if any((folder / _SUMMARY).is_file() for folder in list(head.path.parents)[:_ABOVE]):
        raise Skipped(f"the same scores as in the {_SUMMARY} of its run")
    results: dict[str, dict[str, Any]] = {}
    about: dict[str, dict[str, Any]] = {"versions": {}, "n-shot": {}, "groups": {}}
    for row in rows:
        task, metric = (str(row.get("Tasks") or row.get("Groups") or ""), str(row.get("Metric", "")).strip())
        value = cell(str(row.get("Value", ""))).value
        if metric in _NO_METRICS:
            continue
        if not task or value is None:
            problems.append(problem("bad-value", f"{shown(task)}: {shown(metric)} = {shown(row.get('Value'))}"))
            continue
        block = results.setdefault(task, {})
        _put(block, metric, str(row["Filter"] or ""), value, cell(str(row.get("Stderr", ""))).value)
        about["versions"][task], about["n-shot"][task] = row.get("Version"), cell(str(row.get("num_fewshot"))).value
        about["groups"] |= {task: block} if "Groups" in row else {}
    return {"results": results} | about


def _runs(rows: list[dict[str, str]], head: Head, ctx: Context, problems: list[Problem]) -> Readout:
    """Return the rows of a table with one run per row."""
    scores: list[ScoreRow] = []
    name = next((column for column in _NAMES if column in head.columns), "")
    for row in rows:
        results = _results({key: cell(text).value for key, text in row.items()})
        stated = row.get(name, "").strip()
        if results and not stated:
            problems.append(problem("bad-value", "a run without a name or a model is left out"))
        elif results:
            args = stated if "=" in stated else f"pretrained={stated}"
            told = read_again(head, {"results": results, "config": {"model_args": args}}, ctx, _NOTE)
            scores += [one | {"model_from": f"column {name}"} for one in told.scores]
            problems += told.problems
    if not scores:
        raise Refused("no row of this table of runs holds a score of a named model")
    return Readout(scores, None, problems)


def _read(document: dict[str, Any], head: Head, ctx: Context, problems: Iterable[Problem] = ()) -> Readout:
    """Return the rows of one run, whose model stands in its settings, else in the folder of the run."""
    config, tasks = _config(head.path)
    shots = {task: one.get("num_fewshot") for task, one in tasks.items() if isinstance(one, dict)}
    versions = {task: dig(one, "metadata", "version") for task, one in tasks.items()}
    told = read_again(head, {"versions": versions, "n-shot": shots, "config": config} | document, ctx, _NOTE)
    folder = next((parent.name for parent in head.path.parents if _RUN.fullmatch(parent.name)), "")
    nameless = {"model": folder, "model_from": "folder of the run"} if folder else {}
    scores = [row if row["model"] else row | nameless for row in told.scores]
    return Readout(scores, None, [*problems, *told.problems])


def _config(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return lm-eval's ``config`` and the tasks' in the ``config.yaml`` of a run beside the file or above it."""
    above = list(path.parents)[:_ABOVE]
    for folder in above:
        config = folder / "config.yaml"
        if beside(config, path, above[-1]) and config.stat().st_size <= YAML_LIMIT:
            told = load_yaml(whole(config))
            found = [dig(told, key, "value") or dig(told, key) for key in ("cli_configs", "task_configs")]
            if isinstance(found[0], dict):
                return found[0], found[1] if isinstance(found[1], dict) else {}
    return {}, {}
