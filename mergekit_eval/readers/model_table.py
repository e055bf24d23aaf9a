"""Tables of models and benchmarks that people publish: a column of models, a column per benchmark.

Such a table says little, so a column is a score only if something else says so: a name made like lm-eval's
(``<task>_<shots>_<metric>[,<filter>]``), a benchmark in the facts (tool ``table``), or a legend beside the table
(columns ``benchmark, name, metric``, with an arrow for the direction). Every other column is named and not read, but
for rows of one model: what they differ in becomes their settings, or the version of the task where it is the data (a
direction, a split). Models stand in the first column, or in the only one
that is called so, if a benchmark that is known without doubt stands beside it.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from mergekit_eval.readers._base import Context, Readout, Refused, problem, readers_of, shown
from mergekit_eval.readers._common import not_finite
from mergekit_eval.readers._files import csv_rows, decimal
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._model_rows import ModelRow, model_rows

NAME = "model-table"
KINDS = ("text", "parquet")
TOOL = "table"
_MODEL = re.compile(r"(model|models|model[ _]?name|model[ _]?id)", re.IGNORECASE)
_NOBODY = re.compile(r"(pre-?trained|fine-?tuned|merged|base|zero-?shot|individual|average|mtl|ours)", re.IGNORECASE)
_METRICS = "acc_norm|acc|exact_match|em|bleu|chrf|f1|mc1|mc2|pass@\\d+|mcc|rouge[12L]|perplexity|brier_score"
_LIKE_LM_EVAL = re.compile(rf"(?P<task>.+?)(?:_(?P<shots>\d{{1,3}}))?_(?P<metric>{_METRICS})(?:,(?P<filter>.+))?")
_AGGREGATE = re.compile(r"(.*[ _-])?(overall|average|avg)([ _-].*)?", re.IGNORECASE)
_INDEX = ("", "Unnamed: 0")
_ARROWS = {"↑": True, "↓": False, "→": None}
_RATES = ("accuracy", "exact match", "exact_match", "f1", "win rate", "acc", "acc_norm", "em", "mc1", "mc2", "rate")
_BLANK = ("", "na", "n/a", "nan", "none", "null", "-")
_LARGEST_LEGEND = 1 << 20


class Meaning(NamedTuple):
    """What one column holds."""

    task: str
    metric: str
    filter: str = "none"
    shots: int | None = None
    better: bool | None = None
    rate: bool = False
    note: str = ""


def claims(head: Head) -> bool | str:
    """Claim tables with a column of models that no other reader knows.

    A first column without a name (as pandas writes an index) counts only with a legend for the others beside it.
    """
    if _model_column(head) is None:
        return False
    others = (reader for reader in readers_of(head.kind) if reader.NAME != NAME)
    return not any(reader.claims(head) for reader in others)


def _model_column(head: Head) -> str | None:
    columns = head.columns
    named = [name for name in columns if _MODEL.fullmatch(name.strip())]
    if len(columns) < 2 or (named and len(named) > 1 and named[0] != columns[0]):
        return None
    if named:
        return named[0]
    return columns[0] if columns[0] in _INDEX and set(columns) & set(_legend(head.path)) else None


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per model, what tells its rows apart, and column that is known to be a score."""
    problems: list[dict] = []
    column = _model_column(head) or head.columns[0]
    meanings = _meanings(head, column, ctx, problems)
    rows = model_rows(head, column, meanings, problems)
    scores = _scores(rows, meanings, head, problems)
    if not scores:
        unclear = [row["message"] for row in problems if row["kind"] == "disagreement"]
        raise Refused(unclear[-1] if unclear and not rows else "no cell of a known benchmark holds a number")
    return Readout(scores, None, problems + not_finite(scores))


def _meanings(head: Head, models: str, ctx: Context, problems: list[dict]) -> dict[str, Meaning]:
    """Return {column: meaning} of the scores, and name all other columns."""
    legend = _legend(head.path)
    others = [name for name in head.columns if name != models]
    meant = {name: _meaning(name, legend, ctx, problems) for name in others}
    found = {name: meaning for name, meaning in meant.items() if meaning is not None}
    sure = models == head.columns[0] or any(name in legend or _known(one, ctx) for name, one in found.items())
    if not found or not sure:
        raise Refused(
            f"no column names a known benchmark: {shown(others, 200)}; add the ones that are scores under "
            "table.tasks in params/metrics.yaml, or put a legend (benchmark, metric with an arrow) beside the table"
        )
    if unknown := [name for name in others if name not in found]:
        problems.append(problem("note", f"columns not read, nothing says they are scores: {shown(unknown, 300)}"))
    return found


def _scores(rows: list[ModelRow], meanings: dict[str, Meaning], head: Head, problems: list[dict]) -> list[dict]:
    scales = {name: _scale([decimal(row.cells[name]) for row in rows], meanings[name]) for name in meanings}
    missing = 0
    scores = []
    for row in rows:
        who = _who(row.model, head) | ({"settings": row.settings} if row.settings else {})
        who |= {"task_version": row.data} if row.data else {}
        for name, meaning in meanings.items():
            value = decimal(row.cells[name])
            if value is not None and value == value:
                scores.append({"tool": TOOL, "value": value} | who | _facts(meaning, scales[name]))
                continue
            missing += 1
            if row.cells[name].lower() not in _BLANK:
                problems.append(problem("bad-value", f"{shown(row.model)}: {name} = {shown(row.cells[name])}"))
    if missing:
        message = f"{missing} of {missing + len(scores)} cells hold no number; they are missing, not zero"
        problems.append(problem("incomplete", message, "compare on the benchmarks both models have"))
    return scores


def _known(meaning: Meaning, ctx: Context) -> bool:
    """Whether the facts know a benchmark; a column that only ends like one of lm-eval's may come from a log."""
    table, harness = (ctx.registry.lookup(tool, meaning.task, meaning.metric) for tool in (TOOL, "lm-eval"))
    return harness.primary is not None or (meaning.metric == "score" and table.higher_is_better is not None)


def _meaning(name: str, legend: dict[str, set[str]], ctx: Context, problems: list[dict]) -> Meaning | None:
    if name in legend:
        return _from_legend(name, legend[name], problems)
    known = ctx.registry.lookup(TOOL, name, "score")
    if known.higher_is_better is not None:
        return Meaning(name, "score", rate=known.scale == "unit", note="the table names no metric")
    if found := _LIKE_LM_EVAL.fullmatch(name):
        label = found["filter"] or "none"
        normed = label.endswith("norm")
        better = ctx.registry.lookup("lm-eval", found["task"], found["metric"]).higher_is_better
        shots = int(found["shots"]) if found["shots"] else None
        rate = found["metric"] in _RATES and not normed
        note = "chance is already subtracted by the table" if normed else ""
        return Meaning(found["task"], found["metric"], label, shots, better, rate, note)
    return None


def _from_legend(name: str, words: set[str], problems: list[dict]) -> Meaning | None:
    """Return the meaning of a column by the words of its legends; an arrow that points nowhere gives no direction."""
    arrows = {better for said in words for sign, better in _ARROWS.items() if sign in said}
    if not arrows:
        return None
    if len(arrows) > 1:
        problems.append(
            problem("disagreement", f"legends differ on {shown(name)}: {sorted(words)}; no direction is used")
        )
    metric = re.sub(r"\s*\(?[↑↓→]\)?\s*", "", sorted(words)[0]).strip().lower()
    rate = any(metric == word or metric.endswith(f" {word}") for word in _RATES)
    return Meaning(name, metric, better=arrows.pop() if len(arrows) == 1 else None, rate=rate)


def _legend(path: Path) -> dict[str, set[str]]:
    """Return {column: its metrics with arrows} of the legends in the same folder."""
    found: dict[str, set[str]] = {}
    for beside in sorted(path.parent.glob("*.csv")):
        if beside == path or not beside.is_file() or beside.stat().st_size > _LARGEST_LEGEND:
            continue
        head = Head(beside)
        if head.columns and head.columns[0] in ("benchmark", *_INDEX) and head.columns[1:] == ["name", "metric"]:
            for _, row in csv_rows(head, []):
                found.setdefault(row[head.columns[0]], set()).add(row["metric"])
    return found


def _who(model: str, head: Head) -> dict[str, Any]:
    """Return the identity of a row; a word like 'pretrained' is a model only together with its file."""
    if not _NOBODY.fullmatch(model):
        return {"model_name": model}
    stem = PurePosixPath(head.name).with_suffix("").as_posix()
    return {"model_name": model, "model": f"{stem}/{model}", "model_from": "file and row"}


def _scale(values: list[float | None], meaning: Meaning) -> str:
    """Return unit or percent for a rate, by the largest value of its column; natural for all else."""
    known = [value for value in values if value is not None and value == value]
    if not meaning.rate or not known or min(known) < 0 or max(known) > 100:
        return "natural"
    return "unit" if max(known) <= 1 else "percent"


def _facts(meaning: Meaning, scale: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "task_name": meaning.task,
        "metric": meaning.metric,
        "filter": meaning.filter,
        "scale": scale,
    }
    row |= {"n_shot": meaning.shots, "note": meaning.note}
    row |= {"kind": "group"} if _AGGREGATE.fullmatch(meaning.task) else {}
    return row | ({"higher_is_better": meaning.better} if meaning.better is not None else {})
