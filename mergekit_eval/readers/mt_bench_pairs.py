"""MT-Bench pair judgments of FastChat (``<judge>_pair.jsonl``): two games per question, with the answers swapped.

A win counts only if both games agree; disagreement is a tie, as the tool has it. Games with a judge's ``error`` are
left out. Every pair of models gives a row for each side, with the opponent in the filter; with several opponents (or
judges) no row stands for the model. The task is called like the benchmark, with ``_pairs`` behind it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable
from pathlib import Path
from typing import Any, NamedTuple

from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, problem
from mergekit_eval.readers._common import Items, mean, text
from mergekit_eval.readers._files import json_rows
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._judged import benchmark, judge_name, latest, stamp_of, uncovered

NAME = "mt-bench-pairs"
KINDS = ("lines", "array")
_SIDES = {"model_1", "model_2", "tie", "error"}


class Game(NamedTuple):
    """One question judged in both orders."""

    line: int
    one: str
    two: str
    judge: str
    question: str
    turn: str
    first: str
    second: str
    stamp: float


def claims(head: Head) -> bool | str:
    """Claim rows with two models and the winners of two games."""
    first = head.first
    return isinstance(first, dict) and {"question_id", "model_1", "model_2", "g1_winner", "g2_winner"} <= first.keys()


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return win rates of both sides of every pair, with one item per judged question and turn."""
    problems: list[Problem] = []
    played = latest(_games(path, head, problems), _identity, problems)
    games = _without_errors(played, problems)
    if not games:
        raise Refused("no game holds two models and two winners without error")
    task = f"{benchmark(path)}_pairs"
    problems += _unplayed(played, ctx.registry.lookup(NAME, task, "win_rate_adjusted").n)
    pairs = _by_pair(games)
    judges = {game.judge for game in games}
    opponents = Counter(model for a, b, _ in pairs for model in (a, b))
    items = Items()
    scores = []
    for (a, b, judge), own in pairs.items():
        for model, opponent in ((a, b), (b, a)):
            label = f"vs={opponent}" + (f",judge={judge}" if len(judges) > 1 else "")
            common = {"task_name": task, "model_name": model, "filter": label, "task_version": f"judge {judge}"}
            scores += _side(common, own, items, opponents[model] == 1)
    swapped = sum(1 for game in games if game.first != game.second)
    message = f"{swapped} of {len(games)} verdicts change when the answers are swapped; they count as ties"
    problems += [problem("note", message)] if swapped else []
    return Readout(scores, items.table(many_models=True), problems)


def _by_pair(games: list[Game]) -> dict[tuple[str, str, str], list[Game]]:
    pairs: dict[tuple[str, str, str], list[Game]] = defaultdict(list)
    for game in games:
        pairs[min(game.one, game.two), max(game.one, game.two), game.judge].append(game)
    return pairs


def _unplayed(games: list[Game], full: int | None) -> list[Problem]:
    """Return a problem for every pair with fewer games than the benchmark has, where that is known."""
    pairs = {f"{a} against {b} ({judge})": own for (a, b, judge), own in _by_pair(games).items()}
    found = {name: {(game.question, game.turn) for game in own} for name, own in pairs.items()}
    return uncovered(found, "turns", full) if full else []


def _identity(game: Game) -> tuple[Hashable, ...]:
    return frozenset((game.one, game.two)), game.judge, game.question, game.turn


def _games(path: Path, head: Head, problems: list[Problem]) -> list[Game]:
    found: list[Game] = []
    odd: list[int] = []
    for line, row in json_rows(path, head, problems):
        names = [row.get("model_1"), row.get("model_2")]
        winners = [row.get("g1_winner"), row.get("g2_winner")]
        known = all(isinstance(name, str) and name for name in names) and names[0] != names[1]
        if not known or any(not isinstance(w, str) or w not in _SIDES for w in winners):
            odd.append(line)
            continue
        place = (judge_name(row.get("judge")), text(row.get("question_id")), text(row.get("turn")))
        games = (text(winners[0]), text(winners[1]), stamp_of(row))
        found.append(Game(line, text(names[0]), text(names[1]), *place, *games))
    if odd:
        problems.append(problem("bad-value", f"{len(odd)} rows without two models and winners; first: row {odd[0]}"))
    return found


def _without_errors(games: list[Game], problems: list[Problem]) -> list[Game]:
    good = [game for game in games if "error" not in (game.first, game.second)]
    if len(good) < len(games):
        message = f"{len(games) - len(good)} of {len(games)} games hold an error of the judge and are left out"
        problems.append(problem("incomplete", message, "judge them again"))
    return good


def _points(game: Game, model: str) -> float:
    if game.first != game.second or game.first == "tie":
        return 0.5
    return float((game.one if game.first == "model_1" else game.two) == model)


def _side(common: dict[str, Any], games: list[Game], items: Items, alone: bool) -> list[ScoreRow]:
    task, model, label = (common[key] for key in ("task_name", "model_name", "filter"))
    points = [_points(game, model) for game in games]
    for game, point in zip(games, points, strict=True):
        doc = "/".join(part for part in (game.question, game.turn) if part)
        more = {"model_name": model, "filter": label, "cluster": game.question, "doc_id": doc}
        items.add(task, "win_rate_adjusted", f"id:{doc}", point, game.line, **more)
    counts = Counter(points)
    stamps = [game.stamp for game in games if game.stamp > 0]
    common = common | {"tool": NAME, "n": len(games), "n_from": "items"} | ({"date": max(stamps)} if stamps else {})
    adjusted = mean(points)
    return [
        common | {"metric": "win_rate_adjusted", "value": adjusted.value, "stderr": adjusted.stderr, "primary": alone},
        common | {"primary": False, "metric": "win_rate", "value": counts[1.0] / len(games)},
        common | {"primary": False, "metric": "loss_rate", "value": counts[0.0] / len(games)},
    ]
