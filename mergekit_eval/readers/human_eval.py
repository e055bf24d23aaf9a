"""Results of openai/human-eval (``*_results.jsonl``): one row per sample with ``passed``; pass@k is rebuilt from it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from mergekit_eval.readers._answers import signs_of
from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, problem, shown
from mergekit_eval.readers._code import Attempts, benchmark, pass_rows, uneven, unfinished
from mergekit_eval.readers._common import Items, content_key, left_out
from mergekit_eval.readers._file_names import named_by_file
from mergekit_eval.readers._files import json_rows
from mergekit_eval.readers._head import Head

NAME = "human-eval"
KINDS = ("lines", "array")


def claims(head: Head) -> bool | str:
    """Claim rows with ``task_id`` and a verdict; without the benchmark's name in the id nobody can say what was run."""
    first = head.first
    if not isinstance(first, dict) or "task_id" not in first or _verdict(first) is None:
        return False
    if not benchmark(first["task_id"]):
        return (
            f"executed code samples whose task_id ({shown(first['task_id'], 40)}) does not name the benchmark; "
            "write it as <benchmark>/<number>, e.g. HumanEval/0"
        )
    return True


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return pass@k per benchmark with one item per task."""
    problems: list[Problem] = []
    samples = _samples(path, head, problems)
    attempts: dict[str, Attempts] = defaultdict(lambda: defaultdict(list))
    lines: dict[str, int] = {}
    signs: dict[str, int] = {}
    for line, task, passed, _, bits in samples:
        lines.setdefault(task, line)
        signs.setdefault(task, bits)
        attempts[benchmark(task)][task].append(passed)
    items = Items()
    scores: list[ScoreRow] = []
    for name, tries in attempts.items():
        scores += [{"tool": NAME} | named_by_file(head) | row for row in pass_rows(name, tries, lines, items, signs)]
        problems += uneven(name, tries) + unfinished(NAME, name, tries, ctx)
    if not scores:
        raise Refused("no row holds a task and a verdict")
    return Readout(scores, items.table(), problems)


def _verdict(row: dict[str, Any]) -> bool | None:
    passed, result = row.get("passed"), row.get("result")
    if isinstance(passed, bool):
        return passed
    if "passed" not in row and isinstance(result, str) and result.startswith(("passed", "failed", "timed out")):
        return result.startswith("passed")
    return None


def _samples(path: Path, head: Head, problems: list[Problem]) -> list[tuple[int, str, bool, str, int]]:
    samples: list[tuple[int, str, bool, str, int]] = []
    odd: list[int] = []
    for line, row in json_rows(path, head, problems):
        verdict = _verdict(row)
        if verdict is None or not benchmark(row.get("task_id")):
            odd.append(line)
        else:
            code = row.get("completion")
            bits = signs_of(code)
            samples.append((line, row["task_id"], verdict, content_key(code), bits))
    problems += left_out(odd, "rows without task or verdict")
    half = len(samples) // 2
    same = half and [sample[1:] for sample in samples[:half]] == [sample[1:] for sample in samples[half:]]
    if same and len({sample[1] for sample in samples}) == half:
        problems.append(problem("repeated", "the file holds its rows twice; the second half is left out"))
        return samples[:half]
    return samples
