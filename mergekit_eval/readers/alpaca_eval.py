"""AlpacaEval annotations: a judge's preference between a baseline's answer (1) and the model's answer (2).

0 and 1.5 are draws, weighted judges give anything from 1 to 2, a missing preference is dropped; the win rate is
the mean of preference - 1, in percent as the tool reports it. It does not stand for a model whose length-controlled
rate is in the leaderboard beside it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

from mergekit_eval.readers._alpaca import Against, controlled, of_leaderboard
from mergekit_eval.readers._answers import signs_of
from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, number, problem
from mergekit_eval.readers._common import Items, content_key, mean, text
from mergekit_eval.readers._files import json_rows
from mergekit_eval.readers._head import Head

NAME = "alpaca-eval"
KINDS = ("lines", "array")


class Verdict(NamedTuple):
    """One judged instruction; ``win`` is 0 for the baseline, 1 for the model, between them for less than sure."""

    line: int
    model: str
    baseline: str
    judge: str
    key: str
    part: str
    win: float
    signs: int = 0


def claims(head: Head) -> bool | str:
    """Claim rows with two generators and a preference."""
    first = head.first
    return isinstance(first, dict) and {"generator_1", "generator_2", "preference", "instruction"} <= first.keys()


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one win rate per model, baseline and judge, with one item per instruction."""
    problems: list[Problem] = []
    groups: dict[tuple[str, str, str], list[Verdict]] = defaultdict(list)
    for verdict in _verdicts(path, head, problems):
        groups[verdict.model, verdict.baseline, verdict.judge].append(verdict)
    if not groups:
        raise Refused("no row holds two generators and a preference")
    items = Items()
    scores: list[ScoreRow] = []
    per_model = Counter(model for model, _, _ in groups)
    run = of_leaderboard(path, {Against(judge, baseline) for _, baseline, judge in groups})
    better = controlled(path) if run else set()
    for (model, baseline, judge), own in groups.items():
        label = f"vs={baseline},judge={judge}" if per_model[model] > 1 else "none"
        rows = _rows(model, f"judge {judge}, baseline {baseline}", label, own, items)
        yields = model in better and run == (judge, baseline)
        scores += [row | {"primary": row["filter"] == "none" and not yields} if better else row for row in rows]
    return Readout(scores, items.table(many_models=True), problems)


def _verdicts(path: Path, head: Head, problems: list[Problem]) -> list[Verdict]:
    found: dict[tuple[str, ...], Verdict] = {}
    lost: Counter[str] = Counter()
    for line, row in json_rows(path, head, problems):
        model, baseline = row.get("generator_2"), row.get("generator_1")
        if not isinstance(model, str) or not isinstance(baseline, str) or not model:
            lost["odd"] += 1
            continue
        if (win := _win(row.get("preference"))) is None:
            lost[
                "missing" if row.get("preference") in (None, "") or row["preference"] != row["preference"] else "odd"
            ] += 1
            continue
        place = (model, baseline, text(row.get("annotator")), content_key(text(row.get("instruction"))))
        identity = (*place, content_key(text(row.get("output_1")), text(row.get("output_2"))))
        lost["repeated"] += identity in found
        found[identity] = Verdict(line, *place, text(row.get("dataset")), win, signs_of(row.get("output_2")))
    for kind, name, why in (
        ("incomplete", "missing", "rows without a preference are left out, as the tool does"),
        ("bad-value", "odd", "rows without a model or with a preference outside 0, 1 to 2 are left out"),
        ("repeated", "repeated", "rows are judged twice; the last verdict is used"),
    ):
        problems += [problem(kind, f"{lost[name]} {why}")] if lost[name] else []
    return list(found.values())


def _win(preference: object) -> float | None:
    value = number(preference)
    if value == 0:
        return 0.5
    return value - 1 if value is not None and 1 <= value <= 2 else None


def _rows(model: str, version: str, label: str, verdicts: list[Verdict], items: Items) -> list[ScoreRow]:
    common = {"tool": NAME, "model_name": model, "task_name": "alpaca_eval", "metric": "win_rate", "n_from": "items"}
    common |= {"task_version": version}
    for verdict in verdicts:
        more = {"model_name": model, "filter": label, "signs": verdict.signs}
        items.add("alpaca_eval", "win_rate", verdict.key, 100 * verdict.win, verdict.line, **more)
    parts = sorted({verdict.part for verdict in verdicts} - {""})
    groups = {label: verdicts}
    for part in parts if len(parts) > 1 else ():
        name = f"dataset={part}" if label == "none" else f"{label},dataset={part}"
        groups[name] = [verdict for verdict in verdicts if verdict.part == part]
    rows = []
    for name, own in groups.items():
        value, stderr, n = mean(100 * verdict.win for verdict in own)
        rows.append(common | {"filter": name, "value": value, "stderr": stderr, "n": n})
    return rows
