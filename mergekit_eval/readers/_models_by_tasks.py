"""Tables with a row per model and a column per benchmark."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from mergekit_eval.readers._base import Context, Problem, Refused, ScoreRow, problem, shown
from mergekit_eval.readers._benchmarks import (
    METRICS,
    RATES,
    TABLE,
    Meaning,
    error_column,
    knows,
    meaning,
    of_metric,
    score_in,
    score_row,
)
from mergekit_eval.readers._cells import cell
from mergekit_eval.readers._common import size, whole
from mergekit_eval.readers._grids import Grid
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._model_rows import ModelRow, model_rows

_NOBODY = re.compile(r"(pre-?trained|fine-?tuned|merged|base|zero-?shot|individual|average|mtl|ours)", re.IGNORECASE)
_ARROWS = {"↑": True, "↓": False, "→": None}
# Metrics of a leaderboard that has one benchmark and does not name it (aider's).
_OWN = re.compile(r"pass_rate_\d+|percent_cases_well_formed")
_COUNTS = ("test_cases", "total_tests", "num_samples", "n_samples")


def models_by_tasks(
    grid: Grid, column: str, legend: dict[str, set[str]], head: Head, ctx: Context, problems: list[Problem]
) -> list[ScoreRow]:
    """Return one row per model, what tells its rows apart, and column that is known to be a score.

    Raises
    ------
    Refused
        If no column is known to be a score, or no cell of one holds a number.
    """
    meanings = _meanings(grid, column, legend, head, ctx, problems)
    errors = _errors(grid, meanings)
    rows = model_rows(grid, column, {*meanings, *errors.values()}, problems)
    scores = _scores(rows, meanings, errors, head, ctx, problems)
    _mark_own(scores)
    if not scores:
        unclear = [row["message"] for row in problems if row["kind"] == "disagreement"]
        raise Refused(unclear[-1] if unclear and not rows else "no cell of a known benchmark holds a number")
    return scores


def _meanings(
    grid: Grid, models: str, legend: dict[str, set[str]], head: Head, ctx: Context, problems: list[Problem]
) -> dict[str, Meaning]:
    """Return {column: meaning} of the scores, and name all other columns."""
    others = [name for name in grid.columns if name != models]
    meant = {name: _meaning(name, legend, head, ctx, problems) for name in others}
    found = {name: one for name, one in meant.items() if one is not None}
    sure = models == grid.columns[0] or any(
        name in legend or _OWN.fullmatch(name) or knows(name, ctx.registry) for name in found
    )
    lacking = [name for name in others if name not in found and ctx.registry.stated(TABLE, name, "score")]
    words = f"metrics.yaml names {shown(lacking, 200)} but not which way is better: add `better: higher` or `lower`"
    if not found or not sure:
        raise Refused(
            words
            if lacking
            else f"no column names a known benchmark: {shown(others, 200)}; add the ones that are scores under "
            "table.tasks in params/metrics.yaml, or put a legend (benchmark, metric with an arrow) beside the table"
        )
    if lacking:
        problems.append(problem("incomplete", words, "such a column is not read"))
    unknown = [name for name in others if name not in (*found, *lacking, *_errors(grid, found).values())]
    if unknown:
        problems.append(problem("note", f"columns not read, nothing says they are scores: {shown(unknown, 300)}"))
    return found


def _errors(grid: Grid, meanings: dict[str, Meaning]) -> dict[str, str]:
    """Return {column of scores: column of its errors}."""
    columns = set(grid.columns)
    beside = {name: error_column(name, columns) for name in meanings}
    return {name: column for name, column in beside.items() if column and column not in meanings}


def _meaning(
    name: str, legend: dict[str, set[str]], head: Head, ctx: Context, problems: list[Problem]
) -> Meaning | None:
    if name in legend:
        return _from_legend(name, legend[name], problems)
    if found := meaning(name, ctx.registry):
        return found
    stem = PurePosixPath(head.name).stem
    if _OWN.fullmatch(name):
        note = "the table names no benchmark; its file's name stands for it"
        return of_metric(re.sub(r"(?i)[_-]?leaderboard$", "", stem) or stem, name, ctx.registry, note)
    if re.fullmatch(METRICS, name) and knows(stem, ctx.registry):
        return of_metric(stem, name, ctx.registry, "the benchmark is the name of the file")
    return None


def _from_legend(name: str, words: set[str], problems: list[Problem]) -> Meaning | None:
    """Return the meaning of a column by the words of its legends; an arrow that points nowhere gives no direction."""
    arrows = {better for said in words for sign, better in _ARROWS.items() if sign in said}
    if not arrows:
        return None
    if len(arrows) > 1:
        problems.append(
            problem("disagreement", f"legends differ on {shown(name)}: {sorted(words)}; no direction is used")
        )
    metric = re.sub(r"\s*\(?[↑↓→]\)?\s*", "", sorted(words)[0]).strip().lower()
    rate = any(metric == word or metric.endswith(f" {word}") for word in RATES)
    return Meaning(name, metric, better=arrows.pop() if len(arrows) == 1 else None, rate=rate)


def _scores(
    rows: list[ModelRow],
    meanings: dict[str, Meaning],
    errors: dict[str, str],
    head: Head,
    ctx: Context,
    problems: list[Problem],
) -> list[ScoreRow]:
    missing = 0
    scores = []
    for row in rows:
        who = _who(row.model, head) | ({"settings": row.settings} if row.settings else {})
        who |= {"task_version": row.data} if row.data else {}
        for name, one in meanings.items():
            error = row.cells[errors[name]] if name in errors else ""
            found = score_in(row.cells[name], f"{shown(row.model)}: {name}", problems, error)
            if found is None:
                missing += 1
                continue
            scores.append(score_row(one, found, ctx.registry) | who | _count(one, row))
    if missing:
        message = f"{missing} of {missing + len(scores)} cells hold no number; they are missing, not zero"
        problems.append(problem("incomplete", message, "compare on the benchmarks both models have"))
    return scores


def _mark_own(scores: list[ScoreRow]) -> None:
    """Let the last try of a leaderboard of one benchmark stand for it, as such boards rank by it."""
    own = [row for row in scores if _OWN.fullmatch(row["metric"])]
    best = max((row["metric"] for row in own if row["metric"].startswith("pass_rate_")), default="")
    for row in own:
        row["primary"] = row["metric"] == best


def _count(one: Meaning, row: ModelRow) -> dict[str, Any]:
    """Return the number of items that a leaderboard of one benchmark states for a model."""
    if not _OWN.fullmatch(one.metric):
        return {}
    stated = (whole(cell(row.cells[name]).value) for name in _COUNTS if name in row.cells)
    return size(next(filter(None, stated), None))


def _who(model: str, head: Head) -> dict[str, Any]:
    """Return the identity of a row; a word like 'pretrained' is a model only together with its file."""
    if not _NOBODY.fullmatch(model):
        return {"model_name": model}
    stem = PurePosixPath(head.name).with_suffix("").as_posix()
    return {"model_name": model, "model": f"{stem}/{model}", "model_from": "file and row"}
