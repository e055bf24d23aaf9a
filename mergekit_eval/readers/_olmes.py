"""What OLMES (oe-eval) says of a run around its metrics: model, settings of model and task, date.

The summary of a run (``metrics.json``) leaves out every setting that is the program's default, and the date; the file
of a task states them all. Both describe one measurement, so defaults are left out here, too, and the summary takes its
dates from the files of the tasks beside it.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import Problem, number, problem, shown
from mergekit_eval.readers._common import dig, text, when, whole
from mergekit_eval.readers._olmes_groups import Fold
from mergekit_eval.readers._parsing import json_beside

TOOL = "olmes"
# What the program does where nobody says otherwise; null, false and empty never count as said.
MODEL_DEFAULTS = {
    "model_type": "hf",
    "max_length": 2048,
    "dtype": "auto",
    "use_fast_tokenizer": True,
    "device_map_option": "auto",
    "data_parallel_size": 1,
}
TASK_SETTINGS = {
    "split": None,
    "fewshot_seed": 1234,
    "random_subsample_seed": 1234,
    "revision": None,
    "chat_overrides": None,
    "model_max_length": None,
    "context_kwargs": None,
    "metric_kwargs": None,
    "custom_kwargs": None,
}
# Settings that have a column of their own.
_ELSEWHERE = ("load_in_4bit", "load_in_8bit", "autogptq", "chat_template")
# An aggregate of several tasks names the way of its mean, or of its choice, as its metric.
_FOLDS = ("macro", "micro", "mc_or_rc")
LARGEST = 1 << 22


def _said(value: Any, usual: Any) -> bool:
    return value is not None and value is not False and value not in ("", [], {}) and value != usual


def config(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of the task of an entry."""
    found = dig(entry, "task_config")
    return found if isinstance(found, dict) else {}


def task_row(entry: dict[str, Any]) -> dict[str, Any]:
    """Return name, kind and settings of the task of an entry.

    The alias names the variant (``arc_easy:rc::olmes``); ``task_name`` is the same for several of them.
    """
    settings = config(entry)
    stated = text(settings.get("task_name")) or text(entry.get("task_name"))
    alias = text(dig(settings, "metadata", "alias")) or text(entry.get("alias")) or stated or text(entry.get("task"))
    folded = settings.get("primary_metric") in _FOLDS or dig(settings, "metadata", "num_tasks") is not None
    row = {
        "tool": TOOL,
        "task_name": alias,
        "task": alias,
        "known_as": text(settings.get("task_core")) or stated or alias,
        "kind": "group" if folded else "task",
        "task_version": text(settings.get("version")),
        "gen_kwargs": lm.canonical(settings.get("generation_kwargs")),
        "date": when(text(entry.get("current_date")).removesuffix(" UTC")),
    }
    # The program leaves the default, no examples, out of its summary.
    shots = whole(settings.get("num_shots", 0 if "task_name" in settings else None), 0)
    row |= {"n_shot": shots} if shots is not None else {}
    limit = number(settings.get("limit"))
    return row | ({"limit": limit} if limit is not None and 0 <= limit < 2**53 else {})


def fold_of(entry: dict[str, Any]) -> Fold:
    """Return how an aggregate was made."""
    tasks = number(dig(config(entry), "metadata", "num_tasks"))
    return Fold(
        text(config(entry).get("primary_metric")), int(tasks) if tasks is not None and 0 < tasks < 1e6 else None
    )


def model_row(model: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Return identity and settings of the model, with those of the task that have no column."""
    stated = {key: value for key, value in model.items() if _said(value, None) and key not in _ELSEWHERE}
    identity, name, rule = lm.identity(stated, "", "")
    kept = lm.settings({key: value for key, value in stated.items() if value != MODEL_DEFAULTS.get(key)})
    own = {key: settings[key] for key, usual in TASK_SETTINGS.items() if _said(settings.get(key), usual)}
    # Templates and lists of options are long: a hash tells them apart.
    kept |= {k: lm.short_hash(lm.canonical(v)) if isinstance(v, dict | list) else lm.text_of(v) for k, v in own.items()}
    template = (lm.short_hash(model.get("chat_template")) or "tokenizer") if settings.get("use_chat_format") else ""
    return {
        "model": identity,
        "model_name": name,
        "model_from": rule and rule.replace("model_args", "model_config"),
        "chat_template": template,
        "quantization": lm.quantization(model),
        "settings": lm.canonical(kept),
    }


def dates_beside(path: Path) -> dict[str, tuple[Any, float]]:
    """Return {task: (its metrics, unix seconds)} as the files of the tasks in the folder of a summary state them."""
    found: dict[str, tuple[Any, float]] = {}
    for beside in sorted(path.parent.glob("task-*-metrics.json")):
        entry = json_beside(beside, path, LARGEST)
        if entry and not math.isnan((row := task_row(entry))["date"]):
            found[row["task_name"]] = entry.get("metrics"), row["date"]
    return found


def primary_of(entry: dict[str, Any], metrics: dict[str, Any], task: str, problems: list[Problem]) -> str:
    """Return the key that stands for the task: the metric that is the primary one, else ``primary_score`` itself."""
    stated = text(config(entry).get("primary_metric"))
    named = next((key for key in (stated, f"primary_score_{stated}") if number(metrics.get(key)) is not None), "")
    score = number(metrics.get("primary_score"))
    if not named or score is None:
        return named or ("primary_score" if score is not None else "")
    value = number(metrics[named])
    if value is not None and not math.isclose(score, value, rel_tol=1e-9, abs_tol=1e-12):
        message = f"{shown(task)}: primary_score = {score:.6g}, but {named}, the primary metric, = {value:.6g}"
        problems.append(problem("disagreement", message, f"{named} is used; look at the run"))
    return named
