"""Results of Evalchemy: lm-eval's file, with blocks of its own benchmarks beside those of lm-eval's tasks, or alone.

A benchmark writes ``accuracy`` or, over repeats, ``accuracy_avg`` with ``accuracy_std_err``; counts beside it. Each
block is put into lm-eval's own words and read by lm-eval's reader, so that all around the blocks is read by one rule.

The printed error says how much the repeats differ, nothing of the choice of items: it is 0 wherever decoding is greedy.
It is noted, and the binomial error of the items stands in its place (for a mean over repeats an upper bound).
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers import lm_eval_results
from mergekit_eval.readers._base import Context, Problem, Readout, number, problem, shown
from mergekit_eval.readers._common import dig, rate_error
from mergekit_eval.readers._evalchemy import own_blocks
from mergekit_eval.readers._head import Head

NAME = "evalchemy"
KINDS = ("object",)
TOOL = "evalchemy"
_COUNTS = ("num_total", "num_examples", "num_solved", "solved_avg", "num_repeat", "completion_rate")
_SETTINGS = {"max_tokens": "default", "annotator_model": "auto"}
_PART = re.compile(r"(\w+)_(pass@\d+)")
# A metric of something else than the items that the block counts.
_OTHER_UNIT = ("instruction-level",)
_CLOSE = 1e-6

_Key = tuple[str, str, str]


def claims(head: Head) -> bool | str:
    """Claim results files with a block of one of Evalchemy's own benchmarks."""
    return bool(own_blocks(head.document))


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return the rows of Evalchemy's benchmarks, and those of lm-eval's tasks in the same file."""
    problems: list[Problem] = []
    more: dict[_Key, dict[str, Any]] = {}
    document = dict(head.document)
    document["results"] = dict(document["results"])
    for task, block in own_blocks(document).items():
        metrics = _metrics(task, block, ctx, problems)
        more |= {(task, *key): _size(value, key, block) for key, value in metrics.items()}
        document["results"][task] = {f"{metric},{part}": value for (metric, part), value in metrics.items()}
        if not metrics:
            del document["results"][task]
    told = lm_eval_results.read(path, head.holding(document), ctx)
    settings = {key: dig(document, "config", key) for key, usual in _SETTINGS.items()}
    settings = {key: value for key, value in settings.items() if value not in (None, _SETTINGS[key])}
    scores = [_row(row, more, settings) for row in told.scores]
    return Readout(scores, told.items, problems + told.problems, told.facts)


def _metrics(task: str, block: dict[str, Any], ctx: Context, problems: list[Problem]) -> dict[tuple[str, str], float]:
    """Return {(metric, part): value}; what is no score is named, and what may be one where nobody knows it, too."""
    found: dict[tuple[str, str], float] = {}
    left_out, unknown = [], []
    for key, raw in block.items():
        of, value = key.removesuffix("_std_err"), number(raw)
        metric = _named(key.removesuffix("_avg"), block)
        if key in _COUNTS or (of != key and (of in block or f"{of}_avg" in block)):
            continue
        if key == "error":
            problems.append(problem("incomplete", f"{shown(task)}: it failed: {shown(raw)}", "run the benchmark again"))
        elif value is None:
            left_out.append(key)
        elif of != key or not ctx.registry.lookup(TOOL, task, *metric).direction:
            unknown.append(f"{key} = {value:.6g}")
        else:
            if metric in found and not math.isclose(found[metric], value):
                message = f"{shown(task)}: {shown(key)} = {value:.6g}, but its other key says {found[metric]:.6g}"
                problems.append(problem("disagreement", message, "the first one is used; look at the file"))
            found.setdefault(metric, value)
    rate = number(block.get("completion_rate"))
    if rate is not None and rate < 1:
        problems.append(problem("incomplete", f"{shown(task)}: completion_rate = {rate:.6g}: items without an answer"))
    if left_out:
        problems.append(problem("note", f"{shown(task)}: no scores, not read: {', '.join(left_out)[:400]}"))
    if unknown:
        message = f"{shown(task)}: nobody knows whether these are scores, not read: {', '.join(unknown)[:400]}"
        problems.append(problem("note", message, f"state `better` under {TOOL}: metrics in params/metrics.yaml"))
    return found


def _named(key: str, block: dict[str, Any]) -> tuple[str, str]:
    """Return (metric, part): ``python_pass@1`` is of one language, ``accuracy_easy`` of one difficulty."""
    if of_language := _PART.fullmatch(key):
        return of_language[2], of_language[1]
    part = next((part for part in _parts(block) if key.endswith(f"_{part}")), "")
    return (key.removesuffix(f"_{part}"), part) if part else (key, "none")


def _parts(block: dict[str, Any]) -> dict[str, Any]:
    """Return {difficulty: items} of a block that states them for each repeat."""
    runs = block.get("raw_metrics")
    found = dig(runs[0], "per_difficulty_total") if isinstance(runs, list) and runs else None
    return found if isinstance(found, dict) else {}


def _size(value: float, key: tuple[str, str], block: dict[str, Any]) -> dict[str, Any]:
    """Return n, the error and a note of one metric."""
    metric, part = key
    stem = metric if part == "none" else f"{metric}_{part}"
    printed = number(block.get(f"{stem}_std_err"))
    repeats = _repeats(block)
    note = f"mean of {repeats} repeats" if repeats > 1 else ""
    note += f", printed std_err {printed:.3g} is between them" if printed is not None else ""
    n = None if metric in _OTHER_UNIT else _items(part, block)
    size: dict[str, Any] = {"n": n, "n_from": "file" if n else "", "stderr": math.nan, "repeats": repeats}
    hits = value * n * repeats if n else math.nan
    if n and 0 <= value <= 1 and abs(hits - round(hits)) <= _CLOSE * n * repeats:
        size["stderr"] = rate_error(value, n)
        note += f"{', ' if note else ''}stderr rebuilt as binomial"
    return size | {"note": note.removeprefix(", ")}


def _repeats(block: dict[str, Any]) -> int:
    stated, runs = number(block.get("num_repeat")), block.get("raw_metrics")
    if stated is None and isinstance(runs, list):
        return len(runs)
    return int(stated) if stated is not None and 0 < stated < 2**31 else 1


def _items(part: str, block: dict[str, Any]) -> int | None:
    runs = block.get("raw_metrics")
    finished = dig(runs[0], "total_finish") if isinstance(runs, list) and runs else None
    whole = [block.get("num_total"), block.get("num_examples"), finished]
    stated = whole if part == "none" else [_parts(block).get(part)]
    found = next((n for n in map(number, stated) if n is not None and n.is_integer()), None)
    return int(found) if found is not None and 0 < found < 2**53 else None


def _row(row: dict[str, Any], more: dict[_Key, dict[str, Any]], settings: dict[str, Any]) -> dict[str, Any]:
    """Return a row as lm-eval's reader made it, with what only Evalchemy's block says."""
    own = more.get((row["task_name"], row["metric"], row["filter"]))
    if own is None:
        return row
    size = {key: value for key, value in own.items() if key != "repeats"}
    told = settings | ({"repeats": own["repeats"]} if own["repeats"] > 1 else {})
    kept = json.loads(row["settings"] or "{}") | {key: lm.text_of(value) for key, value in told.items()}
    return row | size | {"tool": TOOL, "tool_version": "", "settings": lm.canonical(kept)}
