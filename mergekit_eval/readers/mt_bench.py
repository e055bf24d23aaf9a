"""MT-Bench single judgments of FastChat (``<judge>_single.jsonl``): a judge's score per model, question and turn.

The score of a model is the mean over its judged rows, as the tool prints it; turns are given beside it under the
filters ``turn-1`` and ``turn-2``. The two turns of a question share one cluster. Files of other benchmarks in this
format are told apart by the tool's folders and become tasks of their own.
"""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, number, problem
from mergekit_eval.readers._common import Items, mean, text
from mergekit_eval.readers._files import json_rows
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._judged import benchmark, judge_name, latest, stamp_of, uncovered

NAME = "mt-bench"
KINDS = ("lines", "array")
_UNPARSED = -1


class Score(NamedTuple):
    """One judged turn."""

    line: int
    model: str
    judge: str
    question: str
    turn: int
    score: float
    stamp: float


def claims(head: Head) -> bool | str:
    """Claim rows with a judge, a model, a question and a score."""
    first = head.first
    return isinstance(first, dict) and {"question_id", "model", "judge", "score"} <= first.keys()


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return mean scores per model (and turn) with one item per judged turn."""
    problems: list[Problem] = []
    rows = latest(_rows(path, head, problems), lambda r: (r.model, r.judge, r.question, r.turn), problems)
    rows = _parsed(rows, problems)
    if not rows:
        raise Refused("no row holds a score of a judge")
    judges = sorted({row.judge for row in rows})
    if len(judges) > 1:
        problems.append(problem("note", f"several judges: {judges}; each is a filter of its own"))
    by_model: dict[tuple[str, str], list[Score]] = defaultdict(list)
    for row in rows:
        by_model[row.model, row.judge].append(row)
    items = Items()
    scores = []
    task = benchmark(path)
    for (model, judge), own in by_model.items():
        common = {"task_name": task, "model_name": model, "task_version": f"judge {judge}"}
        scores += _score_rows(common, f"judge={judge}" if len(judges) > 1 else "none", own, items)
    covered = {f"{model} ({judge})": {(r.question, r.turn) for r in own} for (model, judge), own in by_model.items()}
    problems += uncovered(covered, "turns", ctx.registry.lookup(NAME, task, "score").n)
    return Readout(scores, items.table(many_models=True), problems)


def _rows(path: Path, head: Head, problems: list[Problem]) -> list[Score]:
    found: list[Score] = []
    odd: list[int] = []
    for line, row in json_rows(path, head, problems):
        score, turn = number(row.get("score")), number(row.get("turn", 1))
        model, judge = row.get("model"), judge_name(row.get("judge"))
        if score is None or score != score or turn is None or not isinstance(model, str) or not model or not judge:
            odd.append(line)
            continue
        place = (line, model, judge, text(row.get("question_id")), int(turn) if abs(turn) < 1e6 else 0)
        found.append(Score(*place, score, stamp_of(row)))
    if odd:
        problems.append(problem("bad-value", f"{len(odd)} rows without model, judge or score; first: row {odd[0]}"))
    return found


def _parsed(rows: list[Score], problems: list[Problem]) -> list[Score]:
    """Drop what the judge did not score (-1) or scored off its scale of 1 to 10, and say how many."""
    failed = [row for row in rows if row.score == _UNPARSED]
    off = [row for row in rows if row.score != _UNPARSED and not 0 <= row.score <= 10]
    if failed:
        where = sorted({row.model for row in failed})
        problems.append(problem("incomplete", f"{len(failed)} judgments without a readable score (-1) in {where}"))
    if off:
        message = f"{len(off)} scores off the scale 0-10 left out; first: row {off[0].line}"
        problems.append(problem("bad-value", message))
    gone = {row.line for row in [*failed, *off]}
    return [row for row in rows if row.line not in gone]


def _score_rows(common: dict[str, Any], name: str, rows: list[Score], items: Items) -> list[ScoreRow]:
    stamps = [row.stamp for row in rows if row.stamp > 0]
    common = common | {"tool": NAME, "metric": "score", "n_from": "items"} | ({"date": max(stamps)} if stamps else {})
    groups = {name: rows}
    turns = sorted({row.turn for row in rows})
    for turn in turns if len(turns) > 1 else ():
        part = f"turn-{turn}" if name == "none" else f"{name},turn-{turn}"
        groups[part] = [row for row in rows if row.turn == turn]
    found = []
    for part, own in groups.items():
        size = {"value": mean(row.score for row in own).value, "stderr": _stderr(own), "n": len(own)}
        found.append(common | size | {"filter": part})
        for row in own:
            more = {"model_name": common["model_name"], "filter": part, "cluster": row.question}
            doc = f"{row.question}/{row.turn}"
            items.add(common["task_name"], "score", f"id:{doc}", row.score, row.line, doc_id=doc, **more)
    return found


def _stderr(rows: list[Score]) -> float:
    """Return the standard error over questions (their turns are not independent), NaN where turns are missing."""
    questions: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        questions[row.question].append(row.score)
    if len({len(own) for own in questions.values()}) > 1:
        return math.nan
    return mean(mean(own).value for own in questions.values()).stderr
