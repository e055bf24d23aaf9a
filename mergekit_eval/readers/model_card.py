"""Model cards with scores: the ``model-index`` of their front matter, else the tables in their text.

Entries that the Open LLM Leaderboard wrote (their source says so) are the leaderboard's: raw percentages of version 1,
normalised ones of version 2. All others are told by the card, on the scale that their values show. What a card says of
a merge is passed on.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mergekit_eval.readers._base import RATE, Context, Problem, Readout, Refused, ScoreRow, number, problem, shown
from mergekit_eval.readers._benchmarks import RATES, facts_of, meaning, shots_of, single, without_shots
from mergekit_eval.readers._cells import Cell, cell
from mergekit_eval.readers._common import dig, error_bar, not_finite, text
from mergekit_eval.readers._grids import markdown
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._parsing import load_yaml
from mergekit_eval.readers.leaderboard_csv import TOOL as LEADERBOARD
from mergekit_eval.readers.mergekit_recipe import told_lineage
from mergekit_eval.readers.model_table import holds_scores as holds_tables
from mergekit_eval.readers.model_table import read_grids
from mergekit_eval.readers.printed_table import holds_scores as holds_printed

NAME = "model card"
KINDS = ("text",)
TOOL = "model card"
_LARGEST = 1 << 20
_QUERY = re.compile(r"open_llm_leaderboard.*[?&]query=(?P<model>[\w.-]+/[\w.-]+)")
_SPELLED = {"accuracy": "acc", "normalized accuracy": "acc_norm", "exact match": "exact_match"}


def claims(head: Head) -> bool | str:
    """Claim texts with front matter that hold a model-index with numbers, or tables of scores."""
    return holds_scores(head)


def holds_scores(head: Head) -> bool:
    """Return whether a card holds scores that this reader takes."""
    front = _front_matter(head)
    if front is None:
        return False
    return bool(_entries(front)) or (holds_tables(head) and not holds_printed(head))


def _front_matter(head: Head) -> dict[str, Any] | None:
    if head.kind != "text" or not head.start.startswith(b"---") or head.size > _LARGEST:
        return None
    matter, end, _ = head.whole.replace(b"\r\n", b"\n").removeprefix(b"---").partition(b"\n---")
    found = load_yaml(matter) if end else None
    return found if isinstance(found, dict) else None


def _entries(front: dict[str, Any]) -> list[tuple[str, dict[str, Any], dict[str, Any], Cell]]:
    """Return (model, result, metric, number) of every metric with a number in the model-index."""
    return [
        (text(model.get("name")), result, metric, found)
        for model in _dicts(front.get("model-index"))
        for result in _dicts(model.get("results"))
        for metric in _dicts(result.get("metrics"))
        if (found := _number(metric.get("value"))).value is not None
    ]


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _number(raw: Any) -> Cell:
    return cell(raw) if isinstance(raw, str) else Cell(number(raw))


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per metric of the model-index, else those of the tables.

    Raises
    ------
    Refused
        If the tables give no score.
    """
    problems: list[Problem] = []
    entries = _entries(_front_matter(head) or {})
    if entries:
        scores = single(_rows(entries, ctx, problems), problems)
        if holds_tables(head):
            problems.append(problem("note", "tables in the card's text are not read: its model-index is"))
    else:
        scores, reasons = read_grids(markdown(head), head, ctx, problems)
        if not scores:
            raise Refused(reasons[0] if reasons else "no table of the card holds scores")
    return Readout(scores, None, problems + not_finite(scores), told_lineage(head))


def _rows(
    entries: list[tuple[str, dict[str, Any], dict[str, Any], Cell]], ctx: Context, problems: list[Problem]
) -> list[dict[str, Any]]:
    names = {id(result): _task(result) for _, result, _, _ in entries}
    of_board = [found.value for _, result, _, found in entries if _QUERY.search(text(dig(result, "source", "url")))]
    percent = any(value is not None and value > 1 for value in of_board)
    rows = []
    for model, result, metric, found in entries:
        task = names[id(result)]
        if not task:
            problems.append(problem("bad-value", f"an entry without a data set: {shown(result)}"))
            continue
        url = text(dig(result, "source", "url"))
        board = _QUERY.search(url)
        row = _of_leaderboard(task, ctx, percent) if board else _of_card(task, metric, ctx)
        shots = number(dig(result, "dataset", "args", "num_few_shot"))
        rows.append(
            row
            | {"model_name": board["model"] if board and board["model"].endswith(f"/{model}") else model}
            | {"model_from": "model card", "value": found.value, "stderr": error_bar(found.stderr)}
            | {"n_shot": int(shots) if shots is not None and 0 <= shots < 1000 else shots_of(_dataset(result))}
            | ({"scale": "percent"} if found.percent else {})
        )
    return rows


def _dataset(result: dict[str, Any]) -> str:
    return text(dig(result, "dataset", "name") or dig(result, "dataset", "type"))


def _task(result: dict[str, Any]) -> str:
    """Return the data set of an entry without its shots."""
    return without_shots(_dataset(result))


def _of_leaderboard(task: str, ctx: Context, percent: bool) -> dict[str, Any]:
    today = ctx.registry.today(LEADERBOARD, task)
    metric = "normalized" if today.startswith("leaderboard_") else "raw"
    scale = "percent" if percent else RATE
    return {"tool": LEADERBOARD, "task_name": task, "metric": metric, "filter": "none", "scale": scale}


def _of_card(task: str, metric: dict[str, Any], ctx: Context) -> dict[str, Any]:
    stated = text(metric.get("type") or metric.get("name")).strip().lower()
    name = _SPELLED.get(stated, stated) or "score"
    known = meaning(task, ctx.registry)
    facts = facts_of(known.task if known else task, name, ctx.registry)
    scale = RATE if name in RATES or facts.scale == "unit" else "natural"
    row: ScoreRow = {"tool": TOOL, "task_name": task, "metric": name, "filter": "none", "scale": scale}
    row |= {"task": facts.task, "capability": facts.capability} if known else {}
    return row | ({"higher_is_better": facts.higher_is_better} if facts.higher_is_better is not None else {})
