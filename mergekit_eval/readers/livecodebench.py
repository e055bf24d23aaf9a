"""LiveCodeBench: graded samples per question (``*_eval_all.json``) and the scores alone (``*_eval.json``).

The files name neither model nor scenario: the tool writes ``output/<model>/Scenario.<scenario>_<n>_<temperature>_...``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path, PurePosixPath
from typing import Any

from mergekit_eval.readers._answers import filtered_signs, signs_of
from mergekit_eval.readers._base import Context, Problem, Readout, Refused, number, problem
from mergekit_eval.readers._code import Attempts, pass_rows, uneven
from mergekit_eval.readers._common import Items, canonical, dig, left_out, not_finite, text
from mergekit_eval.readers._files import json_rows
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._lm_eval_answers import first_leaf

NAME = "livecodebench"
KINDS = ("array",)
_OWN_NAME = re.compile(
    r"(?:Scenario\.)?(?P<scenario>[a-z]+)_(?P<samples>\d+)_(?P<temperature>\d+(?:\.\d+)?)_eval(?:_all)?"
)
_MAIN = "codegeneration"
_PASS = re.compile(r"pass@\d+")
_IDS = ("question_id", "test_id", "id")


def claims(head: Head) -> bool | str:
    """Claim questions with a list of grades, and lists that begin with pass@k and its details."""
    first = head.first
    if not isinstance(first, dict):
        return False
    if isinstance(first.get("graded_list"), list):
        return any(key in first for key in _IDS)
    return isinstance(first.get("detail"), dict) and any(_PASS.fullmatch(key) for key in first)


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return pass@k, in all and by difficulty, with one item per question where their grades are there."""
    problems: list[Problem] = []
    common, task = _run(head)
    if "graded_list" not in head.first:
        scores = [common | {"task_name": task} | row for row in _stated(head.first)]
        if not scores:
            raise Refused("no pass@k holds a number")
        return Readout(scores, None, not_finite(scores))
    questions, parts, lines, signs = _questions(path, head, problems)
    items = Items()
    scores = pass_rows(task, questions, lines, items, signs)
    if not scores:
        raise Refused("no question has a list of grades")
    for part, mine in sorted(parts.items() if len(parts) > 1 else ()):
        scores += [row | {"filter": part} for row in pass_rows(task, mine, lines, Items())]
    return Readout([common | row for row in scores], items.table(), problems + uneven(task, questions))


def _run(head: Head) -> tuple[dict[str, Any], str]:
    named = _OWN_NAME.fullmatch(PurePosixPath(head.name).name.removesuffix(".json"))
    if named is None:
        return {"tool": NAME}, NAME
    task = NAME if named["scenario"] == _MAIN else f"{NAME}_{named['scenario']}"
    return {"tool": NAME, "gen_kwargs": canonical({"temperature": float(named["temperature"])})}, task


def _questions(
    path: Path, head: Head, problems: list[Problem]
) -> tuple[Attempts, dict[str, Attempts], dict[str, int], dict[str, int]]:
    """Return grades by question, the same by difficulty, the place of every question, and the signs of its answer."""
    found: Attempts = {}
    parts: dict[str, Attempts] = defaultdict(dict)
    lines: dict[str, int] = {}
    signs: dict[str, int] = {}
    odd: list[int] = []
    twice = wrong = 0
    for line, row in json_rows(path, head, problems):
        name = "/".join(text(row[key]) for key in _IDS if row.get(key) not in (None, ""))
        grades = row.get("graded_list")
        if not name or not isinstance(grades, list) or not grades or not all(isinstance(one, bool) for one in grades):
            odd.append(line)
            continue
        twice += name in found
        stated = number(row.get("pass@1"))
        wrong += stated is not None and abs(stated - sum(grades) / len(grades)) > 1e-6
        found[name], lines[name], signs[name] = grades, line, _signs(row)
        if part := text(row.get("difficulty")):
            parts[part][name] = grades
    problems += left_out(odd, "questions without grades")
    if twice:
        problems.append(problem("repeated", f"{twice} questions stand twice; the last of each counts"))
    if wrong:
        problems.append(problem("disagreement", f"{wrong} questions state another pass@1 than their grades give"))
    return found, parts, lines, signs


def _signs(row: dict[str, Any]) -> int:
    """Return what the first answer of a question shows, and whether code was found in it."""
    answer, code = (first_leaf(row.get(key)) for key in ("output_list", "code_list"))
    return signs_of(answer) | filtered_signs(code)


def _stated(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for key, cell in metrics.items():
        value, detail = number(cell), dig(metrics, "detail", key)
        if value is None or not _PASS.fullmatch(key):
            continue
        n = len(detail) if isinstance(detail, dict) and detail else None
        rows.append({"metric": key, "filter": "none", "value": value, "n": n, "n_from": "file" if n else "unknown"})
    return rows
