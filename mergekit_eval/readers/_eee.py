"""One result of a document of every_eval_ever as a score row: what its fields mean, and what is amiss with them."""

from __future__ import annotations

import math
import re
from statistics import NormalDist
from typing import Any

from mergekit_eval.readers import _lm_eval as lm
from mergekit_eval.readers._base import Problem, number, problem, shown
from mergekit_eval.readers._common import dig, error_bar, size, text, when, whole

TOOL = "every_eval_ever"
_UNITS = {"proportion": "unit", "fraction": "unit", "percent": "percent", "percentage": "percent"}
_RANGES = {(0.0, 1.0): "unit", (0.0, 100.0): "percent"}
_AGGREGATE = re.compile(r".*\b(overall|average|avg|mean score)\b.*", re.IGNORECASE)
_MODEL_SETTINGS = ("precision", "dtype", "torch_dtype", "weight_type")
_ARGS = ("temperature", "top_p", "top_k", "max_tokens", "reasoning", "max_attempts")
# An interval is turned into a standard error only where the score lies in its middle, this part of its width aside.
_CENTRED = 0.05


def shared(document: dict[str, Any]) -> dict[str, Any]:
    """Return what all rows of a document share: model, settings, date, program."""
    model = document["model_info"]
    about = dig(model, "additional_details")
    about = about if isinstance(about, dict) else {}
    stated = text(model.get("id")) or text(model.get("name"))
    revision = about.get("revision", about.get("model_revision"))
    identity, name, _ = lm.identity({"pretrained": stated, "revision": text(revision)}, stated, "")
    engine = " ".join(text(dig(model, "inference_engine", key)) for key in ("name", "version")).strip()
    kept = {key: text(about[key]) for key in _MODEL_SETTINGS if about.get(key)} | ({"engine": engine} if engine else {})
    library = [text(dig(document, "eval_library", key)) for key in ("name", "version")]
    return {
        "tool": TOOL,
        "tool_version": " ".join(part for part in library if part and part != "unknown"),
        "model": identity,
        "model_name": name,
        "model_from": "model_info.id" if model.get("id") else "model_info.name",
        "quantization": text(about.get("quantization")),
        "settings": lm.canonical(kept),
        "date": moment(document.get("evaluation_timestamp")),
    }


def moment(stamp: Any) -> float:
    """Return unix seconds of a stamp, written as ISO date or as seconds; NaN where it is neither."""
    try:
        seconds = float(stamp) if isinstance(stamp, str | int | float) and not isinstance(stamp, bool) else math.nan
    except (ValueError, OverflowError):
        return when(stamp)
    return seconds if 0 < seconds < 1e11 else math.nan


def result_row(result: dict[str, Any], problems: list[Problem]) -> dict[str, Any] | None:
    """Return the row of a result, with ``radius``, half of its interval; None and a problem where it holds no score."""
    config = result.get("metric_config")
    config = config if isinstance(config, dict) else {}
    task, value = text(result.get("evaluation_name")), number(dig(result, "score_details", "score"))
    if not task or value is None:
        problems.append(problem("bad-value", f"a result without a name or a number: {shown(result)}"))
        return None
    if config.get("has_unknown_level") is True and value == -1:
        problems.append(problem("incomplete", f"{shown(task)}: the score is unknown (-1)"))
        return None
    lower = config.get("lower_is_better")
    named = (text(config.get(key)) for key in ("metric_kind", "metric_id", "metric_name"))
    parameters = config.get("metric_parameters")
    arguments = dig(result, "generation_config", "generation_args")
    row = {
        "task_name": task,
        "task": task,
        "metric": next((name for name in named if name), "score"),
        "filter": _listed(parameters) if isinstance(parameters, dict) and parameters else "none",
        "value": value,
        "higher_is_better": not lower if isinstance(lower, bool) else None,
        "scale": _scale(task, value, config, problems),
        "gen_kwargs": lm.canonical({key: dig(arguments, key) for key in _ARGS if dig(arguments, key) is not None}),
        "kind": "group" if _AGGREGATE.fullmatch(task) else "task",
        "task_version": _judges(config.get("llm_scoring")),
    }
    row |= _uncertainty(value, dig(result, "score_details", "uncertainty"))
    stamp = moment(result.get("evaluation_timestamp"))
    return row | ({} if math.isnan(stamp) else {"date": stamp})


def _listed(parameters: dict[str, Any]) -> str:
    return ",".join(f"{key}={text(value)}" for key, value in sorted(parameters.items()))[:100]


def _judges(scoring: Any) -> str:
    judges = dig(scoring, "judges")
    models = (dig(judge, "model_info", "id") for judge in judges) if isinstance(judges, list) else ()
    names = sorted({text(name) for name in models if name})
    return f"judge {'+'.join(names)}"[:100] if names else ""


def _scale(task: str, value: float, config: dict[str, Any], problems: list[Problem]) -> str:
    """Return the scale that the range or the unit states; a value outside of its range has none."""
    low, high = _bound(config.get("min_score"), -math.inf), _bound(config.get("max_score"), math.inf)
    if math.isfinite(value) and not low <= value <= high:
        told = f"{shown(task)}: the score {value:.6g} is not in the range that the file states, {low:g} to {high:g}"
        problems.append(problem("disagreement", told, "the score is kept as natural; look where it was converted"))
        return "natural"
    unit = _UNITS.get(text(config.get("metric_unit")).lower(), "")
    return _RANGES.get((low, high), "") or (unit if value <= (1 if unit == "unit" else 100) else "") or "natural"


def _bound(value: Any, without: float) -> float:
    if value in ("Infinity", "-Infinity"):
        return float(value)
    found = number(value)
    return without if found is None or math.isnan(found) else found


def _uncertainty(value: float, told: Any) -> dict[str, Any]:
    """Return standard error, n and the radius of the interval; an interval gives an error only where it is centred."""
    n = whole(dig(told, "num_samples"))
    stderr = error_bar(number(dig(told, "standard_error", "value")))
    low, high, level = (number(dig(told, "confidence_interval", key)) for key in ("lower", "upper", "confidence_level"))
    radius = (high - low) / 2 if low is not None and high is not None and high >= low else math.nan
    note = ""
    if math.isnan(stderr) and (spread := number(dig(told, "standard_deviation"))) is not None and n:
        stderr = error_bar(spread / math.sqrt(n))
    if math.isnan(stderr) and math.isfinite(radius) and low is not None:
        centred = abs(low + radius - value) <= 2 * _CENTRED * radius
        if level is not None and 0 < level < 1 and centred:
            stderr, note = (
                radius / NormalDist().inv_cdf((1 + level) / 2),
                f"stderr from the stated {level:.0%} interval",
            )
        else:
            note = f"stated interval {low:.6g} to {low + 2 * radius:.6g}"
    return (size(n) or {"n_from": "unknown"}) | {"stderr": stderr, "radius": radius, "note": note}
