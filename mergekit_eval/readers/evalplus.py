"""EvalPlus ``*eval_results.json``: per task and sample whether the base tests and the extra tests were passed.

Two shapes: a list of samples with ``base_status`` and ``plus_status`` (2024 and newer), and ``base``/``plus`` lists of
[status, details] (2023). A sample passes "plus" only if it passes the base tests too.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, number, problem
from mergekit_eval.readers._code import Attempts, benchmark, pass_rows, solution_signs, uneven, unfinished
from mergekit_eval.readers._common import Items, canonical, dig, left_out, text, when
from mergekit_eval.readers._file_names import named_by_file
from mergekit_eval.readers._head import Head

NAME = "evalplus"
KINDS = ("object",)
_VERDICTS = {"pass": True, "success": True, "fail": False, "failed": False, "timeout": False, "timed out": False}

_OWN_NAME = re.compile(r"(.+)_(vllm|hf|openai|anthropic|google|bedrock|gptqmodel|ollama)_temp_(\d+(?:\.\d+)?)")

Sample = tuple[bool | None, bool | None]


def claims(head: Head) -> bool | str:
    """Claim objects whose ``eval`` maps task ids to samples with statuses."""
    tests = dig(head.document, "eval")
    if not isinstance(tests, dict) or not tests:
        return False
    first = next(iter(tests.values()))
    if isinstance(first, list):
        return bool(first) and isinstance(first[0], dict) and "base_status" in first[0]
    return isinstance(first, dict) and isinstance(first.get("base"), list) and "nfiles" in first


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return pass@k on the base tests and, where they were run, on base and extra tests together."""
    document = head.document
    problems: list[Problem] = []
    base, plus, lines = _attempts(document["eval"], problems)
    names = {benchmark(task) for task in base}
    if len(names) != 1 or "" in names:
        raise Refused(f"the task ids name {sorted(names)} instead of one benchmark")
    task_name = names.pop()
    items = Items()
    common = {"tool": NAME, "task_version": text(document.get("hash")), "date": when(document.get("date"))} | _who(head)
    signs = solution_signs(document["eval"])
    scores = [common | row for row in pass_rows(task_name, base, lines, items, signs)]
    scores += [common | row for row in pass_rows(f"{task_name}_plus", plus, lines, items, signs)]
    problems += uneven(task_name, base) + unfinished(NAME, task_name, base, ctx)
    if plus and len(plus) < len(base):
        problems.append(problem("incomplete", f"extra tests are missing for {len(base) - len(plus)} tasks"))
    problems += _stated(document.get("pass_at_k"), task_name, scores)
    return Readout(scores, items.table(), problems)


def _who(head: Head) -> dict[str, str]:
    """Return the model from the tool's own naming ``<org>--<model>_<backend>_temp_<t>``, or from the plain name."""
    row = named_by_file(head)
    how = {"sanitized": "True"} if "sanitized" in head.name.rpartition("/")[2] else {}
    if own := _OWN_NAME.fullmatch(row.get("model_name", "")):
        row |= {"model_name": own[1], "gen_kwargs": canonical({"temperature": float(own[3])})}
        how["backend"] = own[2]
    return row | {"settings": canonical(how)}


def _attempts(tests: dict[str, Any], problems: list[Problem]) -> tuple[Attempts, Attempts, dict[str, int]]:
    base: Attempts = {}
    plus: Attempts = {}
    odd: list[str] = []
    for task, entry in tests.items():
        samples = _samples(entry)
        verdicts = [first for first, _ in samples if first is not None]
        if not samples or len(verdicts) < len(samples):
            odd.append(task)
            continue
        base[task] = verdicts
        if all(second is not None or not first for first, second in samples) and any(s[1] is not None for s in samples):
            plus[task] = [bool(first and second) for first, second in samples]
    problems += left_out(odd, "tasks without a known status")
    return base, plus, {task: line for line, task in enumerate(tests)}


def _samples(entry: Any) -> list[Sample]:
    """Return (base, plus) of every sample; None where there is no known status."""
    if isinstance(entry, list):
        return [(_verdict(dig(s, "base_status")), _verdict(dig(s, "plus_status"))) for s in entry]
    first, second = dig(entry, "base"), dig(entry, "plus")
    if not isinstance(first, list):
        return []
    extra = second if isinstance(second, list) and len(second) == len(first) else [None] * len(first)
    return [(_verdict(_status(a)), _verdict(_status(b))) for a, b in zip(first, extra, strict=True)]


def _status(pair: Any) -> Any:
    return pair[0] if isinstance(pair, list) and pair else pair


def _verdict(status: Any) -> bool | None:
    return _VERDICTS.get(status) if isinstance(status, str) else None


def _stated(block: Any, task_name: str, scores: list[ScoreRow]) -> list[Problem]:
    """Return a problem for every pass@k that the file states and its own samples contradict."""
    problems = []
    for row in scores:
        part = "plus" if row["task_name"] != task_name else "base"
        said = number(dig(block, part, row["metric"]))
        if said is not None and not math.isclose(said, row["value"], abs_tol=1e-6):
            where = f"{row['task_name']} {row['metric']}"
            message = f"{where}: the file says {said:.4f}, its samples give {row['value']:.4f}"
            problems.append(problem("disagreement", message, "the samples' figure is used"))
    return problems
