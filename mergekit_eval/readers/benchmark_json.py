"""``benchmark.json`` of a fine-tuning kit: lm-eval's result blocks of a base and a fine-tuned model in one file.

Its own ``comparison`` is not read: it takes the first metric it knows and writes 0 where it finds none. The file drops
the run's settings (limit, few-shot, template), and its default run has 5 items, so n is unknown unless recovered.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, number, problem, shown
from mergekit_eval.readers._common import dig, error_bar, not_finite, text, when
from mergekit_eval.readers._head import Head

NAME = "benchmark.json"
KINDS = ("object",)
_SIDES = {"base_model": "base_model_name", "fine_tuned_model": "model_name"}
_BACKENDS = ("results", "huggingface", "ollama")
_NOTE = "settings (limit, few-shot, template) are not in the file; the tool's default is 5 items"


def claims(head: Head) -> bool | str:
    """Claim objects with a base and/or fine-tuned side that holds results."""
    document = head.document
    sides = [document.get(side) for side in _SIDES] if isinstance(document, dict) else []
    if not any(isinstance(side, dict) and any(isinstance(side.get(b), dict) for b in _BACKENDS) for side in sides):
        return False
    return "results" not in document


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per side, task, metric and filter, as lm-eval wrote them."""
    document = head.document
    problems: list[Problem] = []
    scores: list[ScoreRow] = []
    for side, key in _SIDES.items():
        block = document.get(side)
        if not isinstance(block, dict) or not block:
            problems.append(problem("incomplete", f"{side} is empty: that model was not evaluated"))
            continue
        who = _who(document, side, key, head)
        for backend in (name for name in _BACKENDS if isinstance(block.get(name), dict)):
            common = who | {"settings": "" if backend == "results" else f'{{"backend":"{backend}"}}'}
            for task, metrics in block[backend].items():
                scores += [common | row for row in _rows(task, metrics, problems)]
    problems += _hollow(document.get("comparison"))
    if not scores:
        raise Refused("neither side holds a metric")
    return Readout(scores, None, problems + not_finite(scores))


def _who(document: dict[str, Any], side: str, key: str, head: Head) -> dict[str, Any]:
    name = text(document.get(key))
    known = name and name.lower() not in ("unknown", "none")
    stamp = number(dig(document, side, "timestamp"))
    folder = head.path.parent.parent if head.path.parent.name == "benchmarks" else head.path.parent
    return {
        "tool": "lm-eval",
        "model": name if known else f"{folder.name}/{side}",
        "model_name": name,
        "model_from": key if known else "folder and side (the file does not name it)",
        "date": when(document.get("timestamp")) if stamp is None else stamp,
        "n_from": "unknown",
        "note": _NOTE,
    }


def _rows(task: str, metrics: Any, problems: list[Problem]) -> list[ScoreRow]:
    if not isinstance(metrics, dict):
        problems.append(problem("broken", f"{shown(task)} is {shown(metrics)}, not a mapping of metrics"))
        return []
    errors = {name: number(value) for name, value in lm.errors_of(metrics).items()}
    rows = []
    for key, raw in metrics.items():
        metric, label, is_error = lm.split_key(key)
        value = number(raw)
        if is_error or key.strip() in ("alias", "name", ""):
            continue
        if value is None:
            problems.append(problem("bad-value", f"{shown(task)}: {shown(key)} = {shown(raw)} is no number"))
            continue
        row = {"task_name": task, "metric": metric, "filter": label, "value": value}
        rows.append(row | {"stderr": error_bar(errors.get((metric, label)))})
    return rows


def _hollow(comparison: Any) -> list[Problem]:
    """Return a problem where the file's own comparison is a zero that nobody measured."""
    blocks = comparison.items() if isinstance(comparison, dict) else ()
    hollow = [task for task, block in blocks if isinstance(block, dict) and block.get("metric", "") is None]
    if not hollow:
        return []
    message = f"the file's own comparison has no metric for {hollow}: its zeros there are not scores"
    return [problem("disagreement", message, "the scores above are read from the result blocks")]
