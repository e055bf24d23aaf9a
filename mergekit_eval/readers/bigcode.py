"""Metric files of bigcode-evaluation-harness: one block per task beside ``config``, the program's own arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, number, problem, shown
from mergekit_eval.readers._common import canonical, dig, not_finite, rate_error, text
from mergekit_eval.readers._head import Head

NAME = "bigcode"
KINDS = ("object",)
_MARKS = ("n_samples", "tasks", "max_length_generation", "allow_code_execution")
_GENERATION = ("do_sample", "temperature", "top_k", "top_p", "n_samples", "max_length_generation", "prompt")
_PART = re.compile(r"([A-Z][A-Za-z]+)_((?:pass|beyond)@\d+)")
_MEAN_OF = re.compile(r"mean (pass@\d+) accuracy \((\d+) samples\)")
_TRIES = re.compile(r"failed@\w+|passed")
_COUNTER = re.compile(r"(num_\w+|\w+_length|length_ratio|brevity_penalty|precisions)")
_DEEPEST = 8


def claims(head: Head) -> bool | str:
    """Claim objects with the harness's arguments under ``config`` and task blocks beside it."""
    document = head.document
    config = dig(document, "config")
    if not isinstance(config, dict) or "results" in document or "model" not in config:
        return False
    blocks = [value for key, value in document.items() if key != "config"]
    return any(mark in config for mark in _MARKS) and any(isinstance(block, dict | list) for block in blocks)


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per number that is a score; counters give n, what is unknown is named."""
    document, config = head.document, head.document["config"]
    scores: list[ScoreRow] = []
    problems: list[Problem] = []
    common = _common(config, problems)
    for task, block in document.items():
        if task == "config":
            continue
        left_out: list[str] = []
        counts = _items_by_part(block, config.get("n_samples"))
        for metric, part, value, n in _walk(block, "none", left_out, 0):
            row = common | {"task_name": task, "metric": metric, "filter": part, "value": value}
            scores.append(row | _size(row, n or counts.get(part), config, ctx))
        if left_out:
            problems.append(problem("note", f"{task}: not scores, not read: {', '.join(sorted(set(left_out)))[:400]}"))
    if not scores:
        raise Refused("no task block holds a number")
    return Readout(scores, None, problems + not_finite(scores))


def _common(config: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    if start := number(config.get("limit_start")):
        problems.append(problem("note", f"limit_start = {start:g}: the run skipped the first items of each task"))
    limit = number(config.get("limit"))
    row = {
        "tool": "bigcode",
        "gen_kwargs": canonical({key: config[key] for key in _GENERATION if config.get(key) is not None}),
        "quantization": lm.quantization(config),
    }
    names = {"pretrained": config.get("model"), "revision": config.get("revision"), "peft": config.get("peft_model")}
    row["model"], row["model_name"], row["model_from"] = lm.identity({k: text(v) for k, v in names.items()}, "", "")
    return row | {"limit": limit} if limit is not None and 0 <= limit < 2**53 else row


def _walk(block: Any, part: str, left_out: list[str], depth: int) -> Iterator[tuple[str, str, float, int | None]]:
    """Yield (metric, part of the task, value, n) of every score in a block, however it is nested."""
    if isinstance(block, list):
        for place, entry in enumerate(block if depth < _DEEPEST else []):
            yield from _walk(entry, text(dig(entry, "group")) or f"{part}/{place}", left_out, depth + 1)
        return
    for key, value in block.items() if isinstance(block, dict) and depth < _DEEPEST else ():
        if _TRIES.fullmatch(key):
            continue
        if _COUNTER.fullmatch(key):
            left_out.append(key)
        elif isinstance(value, dict | list):
            yield from _walk(value, key if part == "none" else f"{part}/{key}", left_out, depth + 1)
        elif (found := number(value)) is not None:
            yield _named(key, part, found)
        elif key != "group":
            left_out.append(f"{key} = {shown(value, 40)}")


def _named(key: str, part: str, value: float) -> tuple[str, str, float, int | None]:
    if whole := _MEAN_OF.fullmatch(key):
        return whole[1], part, value, int(whole[2])
    if piece := _PART.fullmatch(key):
        return piece[2], "none" if piece[1] == "Average" else piece[1], value, None
    return key, part, value, None


def _items_by_part(block: Any, samples: Any) -> dict[str, int]:
    """Return items per difficulty, and in all ("none"), from the run's counters: each was tried n_samples times."""
    tries = {part: _tries(counter) for part, counter in block.items()} if isinstance(block, dict) else {}
    tries = {part: total for part, total in tries.items() if total}
    if not isinstance(samples, int) or samples < 1 or any(total % samples for total in tries.values()):
        return {}
    counts = {part: total // samples for part, total in tries.items()}
    return counts | {"none": sum(counts.values())} if counts else {}


def _tries(counter: Any) -> int:
    if not isinstance(counter, dict) or "passed" not in counter:
        return 0
    ends = [value for key, value in counter.items() if key == "passed" or key.startswith("failed@")]
    return sum(ends) if all(isinstance(end, int) and 0 <= end < 2**40 for end in ends) else 0


def _size(row: ScoreRow, n: int | None, config: dict[str, Any], ctx: Context) -> dict[str, Any]:
    """Return n and, for pass@1 of one sample an item, the binomial standard error (the file gives none)."""
    source = "file"
    if n is None:
        n = ctx.registry.lookup("bigcode", row["task_name"], row["metric"], row["filter"]).n
        n = min(n, int(row["limit"])) if n and "limit" in row else n
        source = "registry"
    if not n:
        return {}
    size = {"n": n, "n_from": source}
    if row["metric"] == "pass@1" and config.get("n_samples") == 1:
        size |= {"stderr": rate_error(row["value"], n), "note": "stderr rebuilt as binomial"}
    return size
