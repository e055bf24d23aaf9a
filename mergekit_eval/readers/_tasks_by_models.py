"""Tables with a row per benchmark and a column per model, or one column of values of a model that is not named."""

from __future__ import annotations

import re
from typing import Any

from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import Context, Problem, Refused, ScoreRow, problem, shown
from mergekit_eval.readers._benchmarks import (
    METRICS,
    SPELLED,
    Meaning,
    error_column,
    meaning,
    score_in,
    score_row,
    single,
)
from mergekit_eval.readers._cells import cell, plain
from mergekit_eval.readers._common import error_bar, size, whole
from mergekit_eval.readers._grids import Grid
from mergekit_eval.readers.long_table import KIND_OF

# Headings that name neither a model nor a metric: what describes a row, follows from others, or is their error.
_ABOUT = re.compile(
    r"#|no\.?|index|unnamed: 0|category|group|capability|area|domain|type|split|language|mode|unit|direction|notes?|"
    r"source|url|description|date|(.*[ _-])?(avg\.?|average|mean|overall|rank|Δ|delta|diff|difference|gain|change|"
    r"improvement|p|p[- _]?value|ci|std|sd|stderr|std_err|se)([ _%()-].*)?",
    re.IGNORECASE,
)
_VALUE = re.compile(r"(value|score|scores|results?|performance|%)( ?\(%\)| ?%)?", re.IGNORECASE)
_ONE_METRIC = re.compile(rf"({METRICS}|accuracy)( ?\(%\)| ?%)?", re.IGNORECASE)


def tasks_by_models(grid: Grid, column: str, ctx: Context, problems: list[Problem]) -> list[ScoreRow]:
    """Return one row per benchmark and model.

    Raises
    ------
    Refused
        If no row names a known benchmark, no column can be a model, or no cell holds a number.
    """
    about = {kind: name for name in grid.columns if (kind := KIND_OF.get(plain(name).lower())) and name != column}
    columns = _columns(grid, column, set(about.values()), problems)
    found: list[ScoreRow] = []
    unknown: list[str] = []
    errors: dict[tuple[Any, ...], float] = {}
    missing = 0
    for _, row in grid.rows:
        label = plain(row[column])
        told = {kind: plain(row[name]) for kind, name in about.items()}
        told["metric"], key_label, is_error = lm.split_key(told.get("metric", ""))
        told["filter"] = told.get("filter") or key_label
        rows = _of_row(label, told, row, columns, ctx, problems)
        if rows is None:
            unknown += [label] if any(cell(row[name]).value is not None for name in columns) else []
            continue
        if is_error:
            errors |= {_key(one): one["value"] for one in rows}
            continue
        missing += len(columns) - len(rows)
        found += rows
    if unknown:
        problems.append(problem("note", f"rows not read, nothing says they are benchmarks: {shown(unknown, 300)}"))
    if missing:
        problems.append(problem("incomplete", f"{missing} cells hold no number; they are missing, not zero"))
    if len(unknown) > len({row["task_name"] for row in found}) and not any(model for model, _ in columns.values()):
        raise Refused(f"most rows are no known benchmarks, and no column names a model: {shown(unknown, 200)}")
    for one in found:
        one["stderr"] = error_bar(errors.get(_key(one), one["stderr"]))
    scores = single(found, problems)
    if not scores:
        raise Refused(f"no row of a known benchmark holds a number of a model; rows {shown(unknown, 200)}")
    return scores


def _key(row: ScoreRow) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("model_name", "task_name", "metric", "filter", "n_shot"))


def _columns(grid: Grid, column: str, about: set[str], problems: list[Problem]) -> dict[str, tuple[str, str]]:
    """Return {column: (model, metric)}: one of both, "" for the other, or neither where the heading says value."""
    found: dict[str, tuple[str, str]] = {}
    columns = dict.fromkeys(grid.columns)
    errors = {error_column(name, columns) for name in columns}
    unread = []
    for name in grid.columns:
        heading = plain(name)
        if name == column or not any(cell(row[name]).value is not None for _, row in grid.rows):
            continue
        if _VALUE.fullmatch(heading) or (name in about and KIND_OF[heading.lower()] == "value"):
            found[name] = ("", "")
        elif metric := _ONE_METRIC.fullmatch(heading):
            word = metric[1].lower()
            found[name] = ("", SPELLED.get(word, word))
        elif name in about or _ABOUT.fullmatch(heading) or not heading:
            unread += [] if name in about or not heading or name in errors else [name]
        else:
            found[name] = (heading, "")
    if unread:
        problems.append(problem("note", f"columns not read, they name no model: {shown(unread, 300)}"))
    if not found:
        raise Refused(f"no column holds numbers of a model: {shown(grid.columns, 200)}")
    return found


def _of_row(
    label: str,
    told: dict[str, str],
    row: dict[str, str],
    columns: dict[str, tuple[str, str]],
    ctx: Context,
    problems: list[Problem],
) -> list[ScoreRow] | None:
    """Return the scores of one row, None where it names no benchmark."""
    scores = []
    for name, (model, metric) in columns.items():
        one = meaning(label, ctx.registry, told.get("metric") or metric, told.get("filter") or "none")
        if one is None:
            return None
        beside = error_column(name, row)
        found = score_in(row[name], f"{shown(label)}: {shown(name)}", problems, row[beside] if beside else "")
        if found is None:
            continue
        if "%" in name:
            one = one._replace(percent=True)
        scores.append(score_row(_with(one, told), found, ctx.registry) | {"model_name": model} | _about(told))
    return scores


def _with(one: Meaning, told: dict[str, str]) -> Meaning:
    shots = cell(told.get("n_shot", "")).value
    return one if shots is None or not 0 <= shots < 1000 else one._replace(shots=int(shots))


def _about(told: dict[str, str]) -> dict[str, Any]:
    return {"task_version": told.get("version", "")} | size(whole(cell(told.get("n", "")).value))
