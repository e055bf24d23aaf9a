"""Arena-Hard: judged games against a baseline (``model_judgment/<judge>/<model>.jsonl``) and its leaderboards.

Every question is judged twice, the baseline first and then the model first. ``win_rate`` is the mean over questions of
the two verdicts (won 1, tied 0.5), so its items pair; ``score`` is the tool's own figure in percent, in which a clear
verdict (>>) counts three times. The tool's newer bench judges two categories against two baselines.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from statistics import fmean
from typing import Any, NamedTuple

from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, number, problem
from mergekit_eval.readers._common import Items, dig, error_bar, left_out, mean, not_finite, text
from mergekit_eval.readers._files import csv_rows, decimal, json_rows
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._judged import judge_name, latest, rated, stamp_of, uncovered

NAME = "arena-hard"
KINDS = ("lines", "array", "text")
TASK = "arena-hard"
_FOLDER = "model_judgment"
# Verdicts as (share won by A, how often the tool counts it).
_VERDICTS = {
    "A>>B": (1.0, 3), "A>B": (1.0, 1), "A=B": (0.5, 1), "A<B": (0.0, 1), "A<<B": (0.0, 3),
    "B>>A": (0.0, 3), "B>A": (0.0, 1), "B=A": (0.5, 1), "B<A": (1.0, 1), "B<<A": (1.0, 3),
}  # fmt: skip
_BOUNDS = (("rating_q025", "rating_q975"), ("lower", "upper"))
_RADIUS = 1.959964


class Judgment(NamedTuple):
    """The games of one question: (share won by the model, weight) each; ``stamp`` as `latest` wants it."""

    line: int
    model: str
    judge: str
    question: str
    category: str
    baseline: str
    games: list[tuple[float, int]]
    stamp: float


def claims(head: Head) -> bool | str:
    """Claim rows with a judge and a list of games, and tables of scores with the bounds of their interval."""
    if head.kind == "text":
        return {"model", "score", *_BOUNDS[0]} <= set(head.columns)
    first = head.first
    if not isinstance(first, dict):
        return False
    if isinstance(first.get("games"), list):
        return {"model", "judge"} <= first.keys() and ("question_id" in first or "uid" in first)
    return head.kind == "array" and {"model", "score", "avg_tokens"} <= first.keys()


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return win rate and score per model, judge and category, or the rows of a leaderboard."""
    problems: list[Problem] = []
    if head.kind == "text" or not isinstance(head.first.get("games"), list):
        scores = list(_leaderboard(path, head, problems))
        if not scores:
            raise Refused("no row holds a model and a score")
        return Readout(scores, None, problems + not_finite(scores))
    rows = latest(_judgments(path, head, problems), lambda r: (r.model, r.judge, r.question), problems)
    if not rows:
        raise Refused("no row holds a verdict on a model")
    return _rated(rows, _benchmark(path), problems)


def _benchmark(path: Path) -> str:
    """Return the benchmark by the tool's folders ``data/<benchmark>/model_judgment/<judge>/``."""
    folders = path.absolute().parent.parts
    above = folders[folders.index(_FOLDER) - 1] if _FOLDER in folders[1:] else ""
    return above if "arena" in above.lower() else TASK


def _judgments(path: Path, head: Head, problems: list[Problem]) -> list[Judgment]:
    found: list[Judgment] = []
    odd: list[int] = []
    lost = 0
    for line, row in json_rows(path, head, problems):
        model, question = text(row.get("model")), text(row.get("question_id")) or text(row.get("uid"))
        games = row.get("games")
        if not model or not question or not isinstance(games, list) or not games:
            odd.append(line)
            continue
        known = [_VERDICTS.get(text(dig(game, "score"))) for game in games]
        if None in known:
            lost += 1
            continue
        # The baseline answers as A in the first game, the model in the second.
        verdicts = enumerate(filter(None, known))
        own = [(won if place % 2 else 1 - won, weight) for place, (won, weight) in verdicts]
        about = (judge_name(row.get("judge")), question, text(row.get("category")), text(row.get("baseline")))
        found.append(Judgment(line, model, *about, own, stamp_of(row)))
    problems += left_out(odd, "rows without a model or games")
    if lost:
        told = f"{lost} questions have a game without a readable verdict and are left out, as the tool does"
        problems.append(problem("incomplete", told, "judge them again"))
    return found


def _rated(rows: list[Judgment], task: str, problems: list[Problem]) -> Readout:
    groups: dict[tuple[str, str, str, str], list[Judgment]] = defaultdict(list)
    for row in rows:
        groups[row.model, row.judge, row.category, row.baseline].append(row)
    many = len({(judge, category) for _, judge, category, _ in groups}) > 1
    items, scores = Items(), []
    for (model, judge, category, baseline), own in groups.items():
        label = ",".join(part for part in (category, f"judge={judge}" if _several(groups) else "") if part)
        name = label if many and label else "none"
        told = [f"judge {judge}", *([f"baseline {baseline}"] if baseline else [])]
        common = {"tool": NAME, "model_name": model, "task_name": task, "filter": name, "task_version": ", ".join(told)}
        values = [fmean(won for won, _ in row.games) for row in own]
        value, stderr, n = mean(values)
        scores.append(common | {"metric": "win_rate", "value": value, "stderr": stderr, "n": n, "n_from": "items"})
        weight = sum(times for row in own for _, times in row.games)
        weighted = 100 * math.fsum(won * times for row in own for won, times in row.games) / weight
        scores.append(common | {"metric": "score", "value": weighted, "n": n, "n_from": "items"})
        for row, score in zip(own, values, strict=True):
            more = {"model_name": model, "filter": name, "doc_id": row.question}
            items.add(task, "win_rate", f"id:{row.question}", score, row.line, **more)
    covered = {f"{m} ({judge})": {r.question for r in own} for (m, judge, *_), own in groups.items()}
    problems += uncovered(covered, "questions") if len(groups) > 1 and not many else []
    return Readout(scores, items.table(many_models=True), problems + not_finite(scores))


def _several(groups: dict[tuple[str, str, str, str], list[Judgment]]) -> bool:
    return len({judge for _, judge, _, _ in groups}) > 1


def _leaderboard(path: Path, head: Head, problems: list[Problem]) -> Iterator[ScoreRow]:
    table = csv_rows(head, problems) if head.kind == "text" else json_rows(path, head, problems)
    rows = ((line, text(row.get("model")).strip(), row.get("score"), row) for line, row in table)
    for model, value, row in rated(rows, problems):
        found: ScoreRow = {"tool": NAME, "model_name": model, "task_name": TASK, "metric": "score", "filter": "none"}
        found |= {"task_version": f"table {PurePosixPath(head.name).stem}", "value": value, "primary": True}
        yield found | _error(row)


def _error(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the standard error of a row of a leaderboard, {} where its interval has no width."""
    for keys in _BOUNDS:
        low, high = (_number(row.get(key)) for key in keys)
        if low is not None and high is not None and low < high:
            note = "stderr from the bounds of the bootstrapped 95 % interval"
            return {"stderr": error_bar((high - low) / 2) / _RADIUS, "note": note}
    return {}


def _number(cell: Any) -> float | None:
    return decimal(cell.strip()) if isinstance(cell, str) else number(cell)
