"""Executed code samples: from (task, passed) of every sample to pass@k rows with one item per task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mergekit_eval.readers._answers import FILTERED, UNPARSED, text_signs
from mergekit_eval.readers._base import Context, Problem, problem
from mergekit_eval.readers._common import Items, dig, mean, pass_at_k

_KS = (1, 10, 100)
# Python that tests may call has one of these.
_CODE = ("def ", "class ", "lambda", "import ")

Attempts = dict[str, list[bool]]


def benchmark(task_id: object) -> str:
    """Return the benchmark of a task id like ``HumanEval/0`` in lower case, empty where the id names none."""
    head, slash, _ = task_id.partition("/") if isinstance(task_id, str) else ("", "", "")
    return head.strip().lower() if slash else ""


def code_signs(code: Any) -> int:
    """Return what the code that a tool took out of an answer shows; not parsed where there is no code in it."""
    if not isinstance(code, str):
        return 0
    return text_signs(code) | FILTERED | (0 if any(word in code for word in _CODE) else UNPARSED)


def solution_signs(tests: Mapping[str, Any]) -> dict[str, int]:
    """Return task id -> what the ``solution`` of its first sample shows."""
    return {
        task: code_signs(dig(samples[0], "solution"))
        for task, samples in tests.items()
        if isinstance(samples, list) and samples
    }


def pass_rows(
    task_name: str, attempts: Attempts, lines: dict[str, int], items: Items, signs: Mapping[str, int] | None = None
) -> list[dict[str, Any]]:
    """Return one score row per k that every task has enough samples for, and append its items.

    Parameters
    ----------
    task_name : str
        Benchmark, e.g. humaneval.
    attempts : dict of list of bool
        Per task id, whether each sample passed.
    lines : dict of int
        Per task id, its place in the file.
    items : Items
        Receives one row per task and k; its mean is the score.
    signs : mapping, optional
        Per task id, what its first sample shows, see `_answers`.
    """
    fewest = min((len(tries) for tries in attempts.values()), default=0)
    scores = []
    for k in (k for k in _KS if k <= fewest):
        chances = {task: pass_at_k(len(tries), sum(tries), k) for task, tries in attempts.items()}
        for task, chance in chances.items():
            shown = signs.get(task, 0) if signs else 0
            items.add(task_name, f"pass@{k}", f"id:{task}", chance, lines[task], doc_id=task, signs=shown)
        value, stderr, n = mean(chances.values())
        row = {"task_name": task_name, "metric": f"pass@{k}", "filter": "none", "value": value, "stderr": stderr}
        scores.append(row | {"n": n, "n_from": "items"})
    return scores


def uneven(task_name: str, attempts: Attempts) -> list[Problem]:
    """Return a problem where the tasks have different numbers of samples: pass@k then stops at the fewest."""
    counts = sorted({len(tries) for tries in attempts.values()})
    if len(counts) < 2:
        return []
    message = f"{task_name}: between {counts[0]} and {counts[-1]} samples per task"
    return [problem("incomplete", message, f"pass@k is given up to k = {counts[0]}")]


def unfinished(tool: str, task_name: str, attempts: Attempts, ctx: Context) -> list[Problem]:
    """Return a problem where fewer tasks were tried than the benchmark has."""
    full = ctx.registry.lookup(tool, task_name, "pass@1").n
    if not full or len(attempts) >= full:
        return []
    message = f"{task_name}: {len(attempts)} of {full} tasks are in the file"
    return [problem("incomplete", message, "compare only on the tasks both models have")]
