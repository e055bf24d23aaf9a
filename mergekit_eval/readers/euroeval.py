"""Results of EuroEval, once ScandEval (``*_benchmark_results.jsonl``): one row per model and data set.

``total`` holds the scores in percent with the radius of their 95 % interval, ``raw`` those of the ten iterations.
Newer versions write the documents of every_eval_ever instead, which its reader hands to the same rules.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, number, problem, shown
from mergekit_eval.readers._common import dig, left_out, not_finite, text, when
from mergekit_eval.readers._euroeval import Run, checked, failed, flag, row_of, settings_of
from mergekit_eval.readers._files import json_rows
from mergekit_eval.readers._head import Head

NAME = "euroeval"
KINDS = ("lines", "array", "object")
_TEST = "test_"
_RADIUS = "_se"


def claims(head: Head) -> bool | str:
    """Claim rows with a data set, a model and its total results."""
    row = head.document if head.kind == "object" else head.first
    if not isinstance(row, dict) or not {"dataset", "model", "results"} <= row.keys():
        return False
    return isinstance(dig(row, "results", "total"), dict)


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per model, data set and metric."""
    problems: list[Problem] = []
    rows = [(0, head.document)] if head.kind == "object" else json_rows(path, head, problems)
    scores: list[ScoreRow] = []
    odd: list[int] = []
    for line, row in rows:
        total = dig(row, "results", "total")
        if not isinstance(total, dict) or not text(row.get("model")) or not text(row.get("dataset")):
            odd.append(line)
            continue
        scores += _scores(row, total, problems)
    problems += left_out(odd, "rows without a model, a data set or results")
    if not scores:
        raise Refused("no row holds a score of a model on a data set")
    return Readout(scores, None, problems + not_finite(scores))


def run_of(row: dict[str, Any]) -> Run:
    """Return what a row says of its run, under the names of all versions."""
    languages = row.get("languages", row.get("dataset_languages"))
    spoken = ", ".join(text(one) for one in languages) if isinstance(languages, list) else ""
    return Run(
        model=text(row.get("model")),
        dataset=text(row.get("dataset")),
        task=text(row.get("task")),
        version=text(row.get("euroeval_version") or row.get("scandeval_version")),
        validation=flag(row.get("validation_split"), False),
        few_shot=flag(row.get("few_shot"), True),
        merge=flag(row.get("merge"), False),
        date=when(row.get("timestamp")),
        settings=settings_of(row),
        note=f"languages: {spoken}"[:200] if spoken else "",
    )


def _scores(row: dict[str, Any], total: dict[str, Any], problems: list[Problem]) -> Iterator[dict[str, Any]]:
    run = run_of(row)
    raw = dig(row, "results", "raw")
    problems += failed(run, total.get("num_failed_instances"))
    for key, cell in total.items():
        metric = key.removeprefix(_TEST)
        if not key.startswith(_TEST) or metric.endswith(_RADIUS):
            continue
        if (value := number(cell)) is None:
            problems.append(problem("bad-value", f"{shown(run.dataset)}: {shown(key)} = {shown(cell)} is no number"))
            continue
        made = row_of(run, metric, value, number(total.get(f"{key}{_RADIUS}")))
        problems += checked(made, raw)
        yield made


def iterations(told: Any) -> Any:
    """Return the iterations that a document holds as JSON in a text, None where it holds none."""
    try:
        return json.loads(told) if isinstance(told, str) and len(told) < 1 << 20 else None
    except (ValueError, RecursionError):
        return None
