"""What EuroEval (once ScandEval) says, whatever the file: names of models, metrics of tasks, intervals, flags.

It scores ten samples of a data set and prints the mean ± the radius of a 95 % interval; what it calls ``_se`` is that
radius.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import Problem, number, problem, shown
from mergekit_eval.readers._common import Mean, error_bar, mean, text
from mergekit_eval.readers._files import decimal

TOOL = "euroeval"
RADIUS = 1.96
# The metrics of every task in the order it prints them; the first stands for the task.
METRICS = {
    "sentiment-classification": ("mcc", "macro_f1"),
    "linguistic-acceptability": ("mcc", "macro_f1"),
    "natural-language-inference": ("mcc", "macro_f1"),
    "word-in-context": ("mcc", "macro_f1"),
    "classification": ("mcc", "macro_f1"),
    "named-entity-recognition": ("micro_f1_no_misc", "micro_f1"),
    "grammatical-error-detection": ("micro_f1",),
    "token-classification": ("micro_f1",),
    "reading-comprehension": ("f1", "em"),
    "multiple-choice-reading-comprehension": ("mcc", "accuracy"),
    "knowledge": ("mcc", "accuracy"),
    "common-sense-reasoning": ("mcc", "accuracy"),
    "multiple-choice": ("mcc", "accuracy"),
    "simplification": ("meteor", "sari"),
    "summarization": ("chrf3pp", "chrf4pp"),
    "translation": ("chrf3pp", "chrf4pp"),
    "instruction-following": ("instruction_accuracy",),
    "tool-calling": ("tool_calling_accuracy",),
    "hallucination-detection": ("hallucination_rate",),
}
# Before this version summaries were scored otherwise.
OLDER = {"summarization": ((16, 15), ("bertscore", "rouge_l"))}
CAPABILITIES = {
    "sentiment-classification": "sentiment",
    "linguistic-acceptability": "language",
    "named-entity-recognition": "extraction",
    "reading-comprehension": "reading",
    "multiple-choice-reading-comprehension": "reading",
    "knowledge": "knowledge",
    "common-sense-reasoning": "commonsense",
    "natural-language-inference": "reasoning",
    "summarization": "summarization",
    "translation": "translation",
    "instruction-following": "instruction",
}
_LABEL = re.compile(r"(?P<name>.+?)\s*\((?P<flags>(?:zero-shot|val)(?:,\s*(?:zero-shot|val))*)\)")
_CLOSE = 2e-3


class Run(NamedTuple):
    """What all scores of a model on a data set share."""

    model: str
    dataset: str
    task: str = ""
    version: str = ""
    validation: bool = False
    few_shot: bool = True
    merge: bool = False
    date: float = math.nan
    settings: Mapping[str, Any] = {}
    note: str = ""


def metrics_of(task: str, version: str) -> tuple[str, ...]:
    """Return the metrics of a task as a version of the program prints them, empty where the task is not known."""
    since, before = OLDER.get(task, ((), ()))
    numbers = tuple(int(part) for part in re.findall(r"\d{1,6}", version)[:2])
    return before if before and numbers and numbers < since else METRICS.get(task, ())


def labelled(name: str) -> tuple[str, set[str]]:
    """Return a model's name without what a leaderboard adds to it, ``zero-shot`` and ``val``, and these flags."""
    found = _LABEL.fullmatch(name.strip())
    return (found["name"], {flag.strip() for flag in found["flags"].split(",")}) if found else (name.strip(), set())


def flag(value: Any, default: bool) -> bool:
    """Return a flag written as a boolean or as its text; ``default`` for none."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().lower(), default) if isinstance(value, str) else default


def row_of(run: Run, metric: str, value: float, radius: float | None) -> dict[str, Any]:
    """Return the score row of one metric; ``radius`` is half of its 95 % interval."""
    stderr = error_bar(radius)
    known = metrics_of(run.task, run.version)
    row = {
        "tool": TOOL,
        "tool_version": run.version,
        "model": lm.tidy(run.model),
        "model_name": run.model,
        "model_from": "model",
        "task_name": run.dataset,
        "task": run.dataset.replace("_", "-"),
        "capability": CAPABILITIES.get(run.task, ""),
        "metric": metric,
        # Scores of the validation and of the test split are of different items.
        "filter": "val" if run.validation else "none",
        "value": value,
        "stderr": stderr / RADIUS,
        "n_from": "unknown",
        "date": run.date,
        "settings": lm.canonical(dict(run.settings)),
        "merge_method": "unknown" if run.merge else "",
        "merge_from": "EuroEval's flag" if run.merge else "",
        "note": run.note,
    }
    row |= {"primary": metric == known[0]} if metric in known else {}
    return row | ({} if run.few_shot else {"n_shot": 0})


def from_iterations(raw: Any, metric: str) -> Mean | None:
    """Return mean, standard error and number of the iterations of a metric as percent, None where there are none."""
    rows = raw.get("test") if isinstance(raw, dict) else raw
    listed = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    found = [number(row.get(f"test_{metric}", row.get(metric))) for row in listed]
    known = [value for value in found if value is not None and math.isfinite(value)]
    if not known or len(known) < len(found):
        return None
    made = mean(known)
    times = 100 if all(-1 <= value <= 1 for value in known) else 1
    return Mean(made.value * times, made.stderr * times, made.n)


def checked(row: dict[str, Any], raw: Any) -> list[Problem]:
    """Fill in a missing standard error from the iterations; a score that they contradict is a problem."""
    made = from_iterations(raw, row["metric"])
    if made is None:
        return []
    if math.isnan(row["stderr"]):
        row["stderr"] = made.stderr
    if abs(made.value - row["value"]) <= _CLOSE * max(1, abs(row["value"])):
        return []
    where = f"{shown(row['task_name'])} {row['metric']}"
    told = f"{where}: the file says {row['value']:.6g}, its {made.n} iterations give {made.value:.6g}"
    return [problem("disagreement", told, "the file's figure is used; look at the run")]


def failed(run: Run, count: Any) -> list[Problem]:
    """Return a problem where answers could not be scored."""
    found = decimal(count) if isinstance(count, str) else number(count)
    if not found or found < 0:
        return []
    told = f"{shown(run.model)} {shown(run.dataset)}: {found:g} answers could not be scored"
    return [problem("incomplete", told, "they count as wrong; look at the run")]


def settings_of(told: Mapping[str, Any]) -> dict[str, str]:
    """Return what else a run says that can change its answers."""
    return {key: text(told[key]) for key in ("generative_type", "use_bits_per_character") if told.get(key)}
