"""Results files of the first Open LLM Leaderboard: lm-eval metrics under keys like ``harness|arc:challenge|25``.

Their MMLU of version 0 was another implementation and is refused by name; ``all`` is a plain mean of everything.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import Context, Problem, Readout, Refused, ScoreRow, number, problem, shown
from mergekit_eval.readers._head import Head

NAME = "leaderboard v1"
KINDS = ("object",)
TOOL = "lm-eval"
PREFIX = "harness|"
_STATED = ("model_name", "model_dtype")


def claims(head: Head) -> bool | str:
    """Claim documents whose results (or whose own keys) start with ``harness|``."""
    return any(str(key).startswith(PREFIX) for key in _results(head.document))


def _results(document: Any) -> dict[str, Any]:
    if not isinstance(document, dict):
        return {}
    results = document.get("results", document)
    return results if isinstance(results, dict) else {}


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Return one row per task and metric, with the few-shot count of the key."""
    document = head.document
    versions = document.get("versions") if isinstance(document.get("versions"), dict) else {}
    common = _common(document, path)
    scores: list[ScoreRow] = []
    problems: list[Problem] = []
    for key, block in _results(document).items():
        if not isinstance(block, dict) or (key != "all" and not key.startswith(PREFIX)):
            continue
        version = versions.get(key, versions.get(key.rpartition("|")[0]))
        if "hendrycksTest" in key and version == 0:
            problems.append(problem("refused", f"{key}: version 0 of MMLU is not comparable with later ones; left out"))
            continue
        scores += [common | _task(key, version) | row for row in _rows(key, block, problems)]
    if not scores:
        raise Refused("no task of this leaderboard file holds a number")
    return Readout(scores, problems=problems, facts={"stamp": lm.stamp_of(path.name)[0]})


def _common(document: dict[str, Any], path: Path) -> dict[str, Any]:
    config = next((c for c in (document.get("config_general"), document.get("config")) if isinstance(c, dict)), {})
    name, precision = (stated if isinstance(stated := config.get(key), str) else "" for key in _STATED)
    limit = number(config.get("max_samples"))
    return {
        "tool": TOOL,
        "tool_version": "leaderboard-v1",
        "model": lm.tidy(name),
        "model_name": name,
        "model_from": "config.model_name" if name else "",
        "quantization": precision if precision in ("4bit", "8bit", "GPTQ") else "",
        "settings": lm.canonical({"dtype": precision.removeprefix("torch.")} if precision else {}),
        "limit": limit,
        "date": lm.stamp_of(path.name)[1],
    }


def _task(key: str, version: Any) -> dict[str, Any]:
    name, _, shots = key.removeprefix(PREFIX).partition("|")
    row: dict[str, Any] = {"task_name": key, "known_as": name.replace("arc:challenge", "arc_challenge")}
    row["kind"] = "group" if key == "all" else "task"
    row["n_shot"] = int(shots) if shots.isdecimal() and len(shots) < 6 else None
    row["task_version"] = "" if version is None else lm.text_of(version)
    return row


def _rows(key: str, block: dict[str, Any], problems: list[Problem]) -> list[ScoreRow]:
    rows = []
    for name, raw in block.items():
        metric, _, is_error = lm.split_key(name)
        if is_error:
            continue
        value = number(raw)
        if value is None:
            problems.append(problem("bad-value", f"{shown(key)}: {shown(name)} = {shown(raw)} is no number"))
            continue
        if value != value:
            problems.append(problem("not-finite", f"{shown(key)}: {shown(name)} is NaN"))
        stderr = number(block.get(f"{name}_stderr"))
        rows.append({"metric": metric, "value": value, "stderr": float("nan") if stderr is None else stderr})
    return rows
