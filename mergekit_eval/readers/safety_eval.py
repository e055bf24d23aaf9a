"""Reports of safety-eval: {task or task:config: {metric: number or {part: number}}} and nothing else.

The report names no model, date, n or setting. Directions and item counts come from the facts table, never from a key's
wording; the binomial standard error is rebuilt from the count, only where value * n is a whole number of items.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, number, problem, shown
from mergekit_eval.readers._common import not_finite, rate_error, undirected
from mergekit_eval.readers._file_names import named_by_file
from mergekit_eval.readers._head import Head

NAME = "safety-eval"
KINDS = ("object",)
_TASKS = re.compile(
    r"(wildguardtest|harmbench\w*|xstest|do_anything_now|wildjailbreak|or_bench|trustllm_jailbreaktrigger|strongreject"
    r"|toxigen\w*|bbq|wmdp)(:.*)?"
)
_WORDS = re.compile(r"harm|asr|\brta|_rta|refusal|compliance|safe|accuracy", re.IGNORECASE)
# Newer versions of the tool spell some metrics anew; runs of both ages are one measurement under the older name.
_ANEW = re.compile(r"(?P<of>micro|macro|adversarial|vanilla)_(?P<what>harm|asr)(?P<mark>_lower)?")
_AVERAGES = ("overall_safety_average", "average", "all")


def claims(head: Head) -> bool | str:
    """Claim objects made of the tool's task blocks with its metrics, and nothing but such blocks and their average."""
    document = head.document
    if not isinstance(document, dict) or not document:
        return False
    blocks = {key: value for key, value in document.items() if key not in _AVERAGES}
    named = [value for key, value in blocks.items() if _TASKS.fullmatch(key)]
    if not named or not all(isinstance(value, dict) for value in blocks.values()):
        return False
    return any(_WORDS.search(metric) for block in named for metric in block)


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per number; parts of a metric (categories, precision) are its filters."""
    problems: list[Problem] = []
    scores: list[ScoreRow] = []
    who = named_by_file(head)
    for task, metric, part, value in _numbers(head.document, problems):
        row: ScoreRow = who | {
            "tool": NAME,
            "task_name": task,
            "metric": _spelled(metric),
            "filter": part,
            "value": value,
        }
        row |= {"note": f"{metric} in the file"} if row["metric"] != metric else {}
        kind = {"kind": "group"} if task in _AVERAGES else {}
        scores.append(row | kind | _size(row, ctx, problems))
    if not scores:
        raise Refused("no task block holds a number")
    problems += undirected(scores, NAME, ctx.registry)
    return Readout(scores, None, problems + not_finite(scores))


def _spelled(metric: str) -> str:
    found = _ANEW.fullmatch(metric)
    if not found:
        return metric
    return f"{found['of']} {found['what'].replace('asr', 'ASR')}" + (" (lower)" if found["mark"] else "")


def _numbers(document: dict[str, Any], problems: list[Problem]) -> Iterator[tuple[str, str, str, float]]:
    for task, block in document.items():
        block = {task: block} if task in _AVERAGES and not isinstance(block, dict) else block
        for metric, value in block.items() if isinstance(block, dict) else ():
            for part, inner in value.items() if isinstance(value, dict) else [("none", value)]:
                found = number(inner)
                if found is None:
                    problems.append(problem("bad-value", f"{task}.{metric}.{part} = {shown(inner)} is no number"))
                else:
                    yield task, metric, part, found


def _noted(row: ScoreRow) -> str:
    return ", ".join(part for part in (row.get("note", ""), "stderr rebuilt as binomial") if part)


def _size(row: ScoreRow, ctx: Context, problems: list[Problem]) -> dict[str, Any]:
    n = ctx.registry.lookup(NAME, row["task_name"], row["metric"], row["filter"]).n
    value = row["value"]
    if not n or not 0 <= value <= 1:
        return {}
    if abs(value * n - round(value * n)) > 1e-6 * n:
        where = f"{row['task_name']} {row['metric']}"
        message = f"{where} = {value:.6g} is no whole number of {n} items: the run had another number of items"
        problems.append(problem("incomplete", message, "its standard error is unknown; look at the individual results"))
        return {"n": None, "n_from": "unknown"}
    return {"n": n, "n_from": "registry", "stderr": rate_error(value, n), "note": _noted(row)}
