"""Exported tables of the Open LLM Leaderboard, v1 and v2: raw and normalised scores per model, merge flag, base model.

Which column means what is data (``leaderboard_csv.yaml``); a flag whose name says the opposite of its content is known.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import Context, Problem, Readout, ScoreRow, problem, shown
from mergekit_eval.readers._common import when
from mergekit_eval.readers._files import decimal, parquet_rows
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._limits import lines, opened_text
from mergekit_eval.sheets import as_written

NAME = "leaderboard table"
KINDS = ("text", "parquet")
TOOL = "open-llm-leaderboard"
QUANTIZED = ("4bit", "8bit", "GPTQ")
_UNCLEAR = "the table names no parents; the base model it names may be one of them"
NOT_A_BASE = ("", "Removed", "removed", "None")
# What the leaderboard writes behind the name of a base: "org/M (Merge)".
_REMARK = re.compile(r"(?:\s*\((?:merge|merged|moerge|moe)\))+$", re.IGNORECASE)


@cache
def dialects() -> tuple[dict[str, Any], ...]:
    """Return the known tables."""
    text = files("mergekit_eval.readers").joinpath("leaderboard_csv.yaml").read_text(encoding="utf-8")
    return tuple(yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def _fitting(head: Head) -> list[dict[str, Any]]:
    """Return the known tables whose columns a header has."""
    header = set(head.columns)
    return [dialect for dialect in dialects() if header >= _needed(dialect)]


def _needed(dialect: dict[str, Any]) -> set[str]:
    return {dialect["model"], *(column for task in dialect["tasks"].values() for column in task.values())}


def claims(head: Head) -> bool | str:
    """Claim tables with the columns of a known export."""
    return bool(_fitting(head))


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return a raw and a normalised row per (model, task), and the leaderboard's own average as a group."""
    dialect = _fitting(head)[0]
    scores: list[ScoreRow] = []
    problems: list[Problem] = []
    for line, row in _rows(path, head):
        if None in row or None in row.values():
            problems.append(problem("broken", f"line {line} has not the columns of the header; left out"))
            continue
        scores += _model(row, dialect, line, problems)
    return Readout(scores, problems=problems)


def _rows(path: Path, head: Head) -> Iterator[tuple[int, dict[str, Any]]]:
    if head.kind == "parquet":
        yield from parquet_rows(path)
        return
    with opened_text(path, errors="replace") as file:
        for line, row in enumerate(csv.DictReader(lines(file)), 2):
            yield line, {name: as_written(cell) if isinstance(cell, str) else cell for name, cell in row.items()}


def _model(row: dict[str, str], dialect: dict[str, Any], line: int, problems: list[Problem]) -> list[ScoreRow]:
    common = _common(row, dialect)
    found = []
    for task, columns in dialect["tasks"].items():
        for kind, column in columns.items():
            metric = "normalized" if kind == "normalized" else "raw"
            if (value := _number(row[column], column, line, problems)) is not None:
                scale = "percent" if metric == "normalized" else dialect.get("raw_scale", "unit")
                found.append(common | {"task_name": task, "metric": metric, "value": value, "scale": scale})
    average = dialect.get("average", "")
    if average in row and (value := _number(row[average], average, line, problems)) is not None:
        shared = {"task_name": "leaderboard", "kind": "group", "scale": "percent"}
        found.append(common | shared | {"metric": "average", "value": value})
    return found


def _common(row: dict[str, str], dialect: dict[str, Any]) -> dict[str, Any]:
    def cell(key: str) -> str:
        return (row.get(dialect.get(key, "")) or "").strip()

    name, precision, base = cell("model"), cell("precision"), _REMARK.sub("", cell("base"))
    merged = cell("merged").lower() == "true"
    notes = ["not on the hub"] if cell("on_hub").lower() == "false" else []
    return {
        "tool": TOOL,
        "tool_version": dialect["name"].split(" ")[0],
        "model": lm.tidy(name),
        "model_name": name,
        "model_from": dialect["model"],
        "chat_template": "yes" if cell("chat_template").lower() == "true" else "",
        "quantization": precision if precision in QUANTIZED else "",
        "settings": lm.canonical({k: v for k, v in (("precision", precision), ("sha", cell("sha")[:12])) if v}),
        "date": when(cell("date")),
        "merge_method": "unknown" if merged else "",
        "merge_base": base if merged and base not in (*NOT_A_BASE, name) else "",
        "merge_from": "leaderboard table" if merged else "",
        "merge_unclear": _UNCLEAR if merged else "",
        "note": "; ".join(notes),
    }


def _number(text: str, column: str, line: int, problems: list[Problem]) -> float | None:
    found = decimal(text)
    if found is None and text.strip():
        problems.append(problem("bad-value", f"line {line}: {shown(column)} = {shown(text)} is no number"))
    return found
