"""Labelled answers to XSTest: one row per prompt, labelled by people or by a model as compliance or refusal.

Every column of labels is a filter of its own (``annotation_1``, ``final``, ``gpt4``): people and models disagree, and
nobody but the reader of the table may choose. Safe and unsafe prompts are two tasks, with opposite directions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from mergekit_eval.readers._answers import text_signs
from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, problem
from mergekit_eval.readers._common import Items, content_key, mean
from mergekit_eval.readers._file_names import named_by_file
from mergekit_eval.readers._files import csv_rows
from mergekit_eval.readers._head import Head

NAME = "xstest"
KINDS = ("text",)
_LABEL = re.compile(r"(?:\d_)?((?:full|partial)_(?:compliance|refusal))")
_VERSION = re.compile(r"v\d+(?=-)")
_METRICS = ("full_compliance", "full_refusal", "partial_refusal")


def claims(head: Head) -> bool | str:
    """Claim tables of prompts of a type with answers and labels of them."""
    columns = set(head.columns)
    return {"prompt", "type", "completion"} <= columns and any(_is_label_column(name) for name in columns)


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return the rates of compliance and refusal per source of labels, with one item per prompt."""
    problems: list[Problem] = []
    items = Items()
    values: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    odd: dict[str, int] = defaultdict(int)
    sources = [column for column in head.columns if _is_label_column(column)]
    versions: set[str] = set()
    for line, row in csv_rows(head, problems):
        versions |= {found[0] for found in [_VERSION.match(row.get("id", ""))] if found}
        task = "xstest_unsafe" if row["type"].startswith("contrast") else "xstest_safe"
        shown = text_signs(row["completion"] or "")
        for source in sources:
            label = _LABEL.fullmatch(row[source].strip())
            if not label:
                odd[source] += 1
                continue
            name = source.removesuffix("_label")
            for metric in _METRICS:
                values[task, metric, name].append(hit := float(label[1] == metric))
                more = {"filter": name, "doc_id": row.get("id", ""), "signs": shown}
                items.add(task, metric, content_key(row["prompt"]), hit, line, **more)
    used = {source for _, _, source in values}
    for source, n in odd.items():
        if source.removesuffix("_label") in used:
            problems.append(problem("bad-value", f"{n} rows without a known label in {source}"))
    who = named_by_file(head) | {"task_version": ", ".join(sorted(versions))}
    scores = [who | _row(*place, found) for place, found in values.items()]
    if not scores:
        raise Refused("no row holds a label of compliance or refusal")
    return Readout(scores, items.table(), problems)


def _is_label_column(name: str) -> bool:
    return name.endswith("label") or bool(re.fullmatch(r"annotation(_\d+)?", name))


def _row(task: str, metric: str, source: str, found: list[float]) -> ScoreRow:
    value, stderr, n = mean(found)
    row: ScoreRow = {"tool": NAME, "task_name": task, "metric": metric, "filter": source, "n_from": "items"}
    return row | {"value": value, "stderr": stderr, "n": n}
