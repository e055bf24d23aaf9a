"""Summaries of OpenCompass: a row per data set, a column per model, as CSV, Markdown, or the text that holds the CSV.

Scores are percentages by the tool's rule, which the facts hold. A row without version is an average of others, one
without numbers a heading. How a data set was asked (``gen``, ``ppl``) is a setting.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

from mergekit_eval.readers._base import Context, Problem, Readout, Refused, problem, shown
from mergekit_eval.readers._benchmarks import single
from mergekit_eval.readers._cells import blank, cell, plain
from mergekit_eval.readers._common import canonical, error_bar, not_finite
from mergekit_eval.readers._grids import Grid, grids, markdown, twice
from mergekit_eval.readers._head import Head

NAME = "opencompass summary"
KINDS = ("text",)
TOOL = "opencompass"
ABOUT = ["dataset", "version", "metric", "mode"]
# Columns of its relatives that count samples.
_COUNTS = ("total_count", "count", "num_samples")
_IN_TEXT = re.compile(
    rb"^csv format\r?\n\^+\r?\n(?P<table>dataset,version,metric,mode,.*?)\r?\n\$+", re.MULTILINE | re.DOTALL
)
_LARGEST = 1 << 24


def claims(head: Head) -> bool | str:
    """Claim tables with the columns dataset, version, metric, mode, and texts with such a table under "csv format"."""
    return head.columns[:4] == ABOUT or _of_text(head) is not None or any(map(_fits, markdown(head)))


def _fits(grid: Grid) -> bool:
    return grid.columns[:4] == ABOUT and len(grid.columns) > 4


def _of_text(head: Head) -> Grid | None:
    if b"tabulate format" not in head.start[:200] or head.size > _LARGEST:
        return None
    found = _IN_TEXT.search(head.whole.replace(b"\r\n", b"\n"))
    if found is None:
        return None
    columns, *lines = csv.reader(found["table"].decode("utf-8", "replace").splitlines())
    whole = ((at, line) for at, line in enumerate(lines) if len(line) == len(columns))
    return Grid(columns, [(at, dict(zip(columns, line, strict=True))) for at, line in whole])


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per data set, metric and model.

    Raises
    ------
    Refused
        If a column stands twice, or no cell holds a number.
    """
    problems: list[Problem] = []
    text = _of_text(head)
    found = [text] if text is not None else [grid for grid in grids(head, problems) if _fits(grid)]
    scores = [row for grid in found if not twice(grid.columns, problems) for row in _rows(grid, problems)]
    scores = single(scores, problems)
    if not scores:
        raise Refused(problems[-1]["message"] if problems else "no cell of the summary holds a number")
    return Readout(scores, None, problems + not_finite(scores))


def _rows(grid: Grid, problems: list[Problem]) -> list[dict[str, Any]]:
    models = [name for name in grid.columns[4:] if plain(name).lower() not in _COUNTS]
    scores, missing = [], 0
    for _, row in grid.rows:
        told = {name: plain(row[name]) for name in ABOUT}
        numbers = {name: cell(row[name]) for name in models}
        if blank(told["metric"]) and all(found.value is None for found in numbers.values()):
            continue  # a heading between the rows
        for name, found in numbers.items():
            if found.value is not None:
                scores.append(_score(told, plain(name), found.value, found.stderr))
                continue
            missing += 1
            if not blank(row[name]):
                text = f"{shown(told['dataset'])}, {shown(name)}: {shown(row[name])} is no number"
                problems.append(problem("bad-value", text))
    if missing:
        problems.append(problem("incomplete", f"{missing} cells hold no number; they are missing, not zero"))
    return scores


def _score(told: dict[str, str], model: str, value: float, stderr: float) -> dict[str, Any]:
    version, mode = ("" if blank(told[name]) else told[name] for name in ("version", "mode"))
    return {
        "tool": TOOL,
        "model_name": model,
        "task_name": told["dataset"],
        "metric": "score" if blank(told["metric"]) else told["metric"],
        "filter": "none",
        "value": value,
        "stderr": error_bar(stderr),
        "kind": "task" if version else "group",
        "task_version": version,
        "settings": canonical({"mode": mode} if mode and version else {}),
    }
