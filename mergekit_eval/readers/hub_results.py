"""Evaluation results in a model's repository on the Hugging Face hub: ``.eval_results/*.yaml``, a list of entries.

An entry names a data set of the hub, perhaps a task of it, and a value; no metric, no model, no scale. The model is
that of the repository, the folder above. Only benchmarks that the facts know have a direction.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from mergekit_eval.readers._base import RATE, Context, Problem, Readout, Refused, number, problem, shown
from mergekit_eval.readers._benchmarks import meaning, single
from mergekit_eval.readers._cells import cell
from mergekit_eval.readers._common import canonical, dig, error_bar, not_finite, text, when
from mergekit_eval.readers._head import Head

NAME = "hub evaluation results"
KINDS = ("text",)
TOOL = "hf-eval-results"
FOLDER = ".eval_results"
# Names of tasks and configurations that say nothing of the benchmark.
_PLAIN = ("", "default", "main", "all", "test")


def claims(head: Head) -> bool | str:
    """Claim lists of entries with a data set's id and a value."""
    entries = head.yaml
    return isinstance(entries, list) and any(_is_entry(one) for one in entries)


def _is_entry(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(dig(one, "dataset", "id"), str) and "value" in one


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per entry.

    Raises
    ------
    Refused
        If no entry holds a number.
    """
    problems: list[Problem] = []
    scores = []
    for at, entry in enumerate(head.yaml):
        raw = entry.get("value") if _is_entry(entry) else None
        found = cell(raw) if isinstance(raw, str) else cell(repr(number(raw)))
        if found.value is None:
            problems.append(problem("bad-value", f"entry {at} has no data set's id with a number: {shown(entry)}"))
            continue
        scores.append(_row(entry, head, ctx) | {"value": found.value, "stderr": error_bar(found.stderr)})
        if found.percent:
            scores[-1]["scale"] = "percent"
    scores = single(scores, problems)
    if not scores:
        raise Refused("no entry holds a number")
    return Readout(scores, None, problems + not_finite(scores))


def _row(entry: dict[str, Any], head: Head, ctx: Context) -> dict[str, Any]:
    dataset = entry["dataset"]
    part = text(dataset.get("task_id") or dataset.get("config"))
    name = dataset["id"].rpartition("/")[2] if part.lower() in _PLAIN else part
    known = meaning(name, ctx.registry)
    told = {"dataset": dataset["id"], "notes": entry.get("notes"), "framework": entry.get("evaluation_framework")}
    row: dict[str, Any] = {
        "tool": TOOL,
        "task_name": name,
        "metric": "score",
        "filter": "none",
        "task_version": text(dataset.get("revision"))[:12],
        "settings": canonical({key: text(value) for key, value in told.items() if value}),
        "date": when(text(entry.get("date"))),
        "note": f"the file names no metric; source: {text(dig(entry, 'source', 'url'))[:200] or 'not stated'}",
        "scale": RATE if known is None or known.rate else "natural",
    }
    if known is not None:
        info = ctx.registry.lookup("table", known.task, "score")
        row |= {"task": info.task, "higher_is_better": known.better, "capability": info.capability}
    if PurePosixPath(head.name).parent.as_posix() == FOLDER:  # the collected folder is the repository
        row |= {"model": head.path.absolute().parent.parent.name, "model_from": "folder"}
    return row
