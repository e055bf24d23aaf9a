"""Holmes leaderboards and packaged results: one row per probing dataset and train portion, one column per model.

A score is F1 or Pearson's r of a probe, by dataset; the table does not say which. Only one train portion is the
benchmark (Flash-Holmes 1/32, Holmes 1); -1 in a packaged column and a blank both mean missing. The same table is the
map from dataset to competency, see `competencies`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, Skipped, problem, shown
from mergekit_eval.readers._common import not_finite
from mergekit_eval.readers._files import csv_rows, decimal
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._holmes import MISSING, TOOL, condition, model_and_encoding, quantization

NAME = "holmes-leaderboard"
KINDS = ("text", "parquet")
FLASH_PORTION = 0.03125
_SUBFIELD = ("linguistic subfield", "linguistic competencies", "linguistic competency")
_PHENOMENON = ("linguistic phenomena", "linguistic phenomenon")
_FIXED = {"", "index", "level_0", "probing dataset", "probe type", "train portion", "probe", *_SUBFIELD, *_PHENOMENON}


class Competency(NamedTuple):
    """What one probing dataset measures; texts as in the table, without the stray blanks."""

    subfield: str
    phenomenon: str
    probe_type: str


def claims(head: Head) -> bool | str:
    """Claim tables of probing datasets with their linguistic subfield."""
    columns = set(head.columns)
    return "probing dataset" in columns and bool(columns & set(_SUBFIELD))


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one score per dataset and model at the benchmark's train portion."""
    models = [name for name in head.columns if name not in _FIXED and not name.startswith("Unnamed:")]
    if not models:
        raise Skipped("a map from probing datasets to competencies, without a score")
    problems: list[Problem] = []
    rows = list(_one_portion(list(csv_rows(head, problems)), problems))
    _unrepeated(rows, problems)
    missing: Counter[str] = Counter()
    scores = []
    for dataset, competency, row in rows:
        for column in models:
            value = decimal(row[column].strip())
            if value is None or value == MISSING or value != value:
                missing[column] += 1
                continue
            scores.append(_score(dataset, competency, column, value))
    if missing:
        most = ", ".join(f"{shown(name, 60)} {count}" for name, count in missing.most_common(5))
        message = f"{missing.total()} scores are missing (blank or -1), most: {most}"
        problems.append(problem("incomplete", message, "compare on the datasets both models have"))
    if not scores:
        raise Refused("no dataset has a score of a model")
    return Readout(scores, None, problems + not_finite(scores))


def competencies(path: Path) -> dict[str, Competency]:
    """Return what every probing dataset of a leaderboard (or of a bare map) measures."""
    return {row["probing dataset"].strip(): _competency(row) for _, row in csv_rows(Head(path), [])}


def _competency(row: dict[str, str]) -> Competency:
    def first(names: Iterable[str]) -> str:
        return next((row[name].strip() for name in names if row.get(name)), "")

    return Competency(first(_SUBFIELD), first(_PHENOMENON), first(["probe type"]))


def _one_portion(
    rows: list[tuple[int, dict[str, str]]], problems: list[Problem]
) -> Iterable[tuple[str, Competency, dict[str, str]]]:
    portions = {decimal(row["train portion"]) for _, row in rows if "train portion" in row}
    wanted = FLASH_PORTION if len(portions) > 1 else next(iter(portions), None)
    if len(portions) > 1 and wanted not in portions:
        raise Refused(f"train portions {sorted(map(str, portions))}, none is the benchmark's {FLASH_PORTION}")
    kept = [row for _, row in rows if "train portion" not in row or decimal(row["train portion"]) == wanted]
    if len(kept) < len(rows):
        message = (
            f"train portion {wanted} is the benchmark; {len(rows) - len(kept)} rows of other portions are not read"
        )
        problems.append(problem("note", message))
    return [(row["probing dataset"].strip(), _competency(row), row) for row in kept]


def _unrepeated(rows: list[tuple[str, Competency, dict[str, str]]], problems: list[Problem]) -> None:
    counts = Counter(dataset for dataset, _, _ in rows)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        message = f"{len(twice)} datasets stand in several rows and are not read: {', '.join(twice)[:300]}"
        problems.append(problem("repeated", message, "keep one row per dataset"))
        rows[:] = [row for row in rows if counts[row[0]] == 1]


def _score(dataset: str, competency: Competency, column: str, value: float) -> ScoreRow:
    model, encoding = model_and_encoding(column)
    return {
        "tool": TOOL,
        "model_name": model,
        "task_name": dataset,
        "metric": "score",
        "scale": "unit",  # F1 or Pearson's r, which may be negative
        "filter": condition("", "", encoding) or "none",
        "value": value,
        "capability": competency.subfield,
        "quantization": quantization(encoding),
    }
