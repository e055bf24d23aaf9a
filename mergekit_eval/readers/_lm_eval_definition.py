"""How a task was defined, by the ``configs`` of a results file of lm-eval: what is asked, on which data, how scored.

What differs between machines or versions and defines nothing is taken out: addresses of objects, the order of keys,
the folders above a data set, and what a few-shot block repeats of its task.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mergekit_eval.readers._lm_eval import canonical, short_hash

KEYS = """output_type use_prompt doc_to_text doc_to_target doc_to_choice doc_to_image doc_to_audio description
target_delimiter fewshot_delimiter gen_prefix process_docs process_results dataset_name fewshot_split repeats""".split()
SPLITS = ("test_split", "validation_split", "training_split")
# Options of loading a data set that change nothing of it.
OF_LOADING = frozenset(
    """trust_remote_code cache_dir token use_auth_token download_mode download_config verification_mode streaming
    num_proc keep_in_memory storage_options""".split()
)
# Of a metric's entry, what lm-eval tells of every metric anew.
OF_EVERY_METRIC = ("metric", "higher_is_better")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_CODE = re.compile(r"(?:functools\.partial\()?<(?:bound method|function|class|built-in function|\S+ object)\b")
LONGEST = 400
DEEPEST = 20
# Most files of a folder state the same tasks; of so many what was found is kept.
MOST_KEPT = 2048
_kept: dict[bytes, list[tuple[str, str]]] = {}


def definitions(config: Any, given: Mapping[str, Any], scores: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return what stands for the definition of each score of one task, and its parts as a JSON text.

    Parameters
    ----------
    config : Any
        Entry of ``configs``.
    given : mapping
        Generation arguments of the call, see `task_parts`.
    scores : sequence of (str, str)
        Metrics and filters.
    """
    try:
        name = hashlib.sha256(msgspec.msgpack.encode((config, given, scores))).digest()
    except (ValueError, OverflowError, RecursionError):  # numbers and depths that no task has
        return _definitions(config, given, scores)
    if name not in _kept:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[name] = _definitions(config, given, scores)
    return _kept[name]


def _definitions(config: Any, given: Mapping[str, Any], scores: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    shared = task_parts(config, given)
    parts = [{} if shared is None else shared | score_parts(config, *score) for score in scores]
    return [(digest(one), json.dumps(shortened(one)) if one else "") for one in parts]


def task_parts(config: Any, given: Mapping[str, Any]) -> dict[str, str] | None:
    """Return what all scores of a task share of its definition, as texts; None where there is no configuration of it.

    Parameters
    ----------
    config : Any
        Entry of ``configs``.
    given : mapping
        Generation arguments of the call, which stand in a column of their own.
    """
    if not isinstance(config, dict) or not {"doc_to_text", "dataset_path", "output_type"} & set(config):
        return None
    found: dict[str, Any] = {key: config.get(key) for key in KEYS}
    found["split"] = next((config[key] for key in SPLITS if config.get(key)), None)
    found["dataset_path"] = _without_folders(config.get("dataset_path"))
    options = _mapping(config.get("dataset_kwargs"))
    found["dataset_kwargs"] = _without_folders(_plain({key: options[key] for key in options if key not in OF_LOADING}))
    generation = _mapping(config.get("generation_kwargs"))
    found["generation_kwargs"] = {key: value for key, value in generation.items() if key not in given}
    found["fewshot_config"] = _fewshot(config)
    return _texts(found)


def score_parts(config: dict[str, Any], metric: str, filter: str) -> dict[str, str]:
    """Return what a task's configuration says of one metric and filter: only their own entries count."""
    entry = _entry(config.get("metric_list"), "metric", metric)
    own = {key: value for key, value in entry.items() if key not in OF_EVERY_METRIC}
    return _texts({"filter": _entry(config.get("filter_list"), "name", filter).get("filter"), "metric": own})


def _texts(parts: Mapping[str, Any]) -> dict[str, str]:
    return {key: text for key, value in parts.items() if value is not None and (text := _text(value))}


def digest(parts: Mapping[str, str]) -> str:
    """Return what stands for a definition in a table, "" for none."""
    return short_hash(canonical(dict(parts))) if parts else ""


def shortened(parts: Mapping[str, str]) -> dict[str, str]:
    """Return the parts with what is long cut; its hash keeps it apart from others that begin alike."""
    return {
        key: text if len(text) <= LONGEST else f"{text[:LONGEST]}… #{short_hash(text)}" for key, text in parts.items()
    }


def sampled(config: Any, given: Mapping[str, Any]) -> bool:
    """Return whether answers are drawn, so that a second run gives other values."""
    told = _mapping(_mapping(config).get("generation_kwargs")) | dict(given)
    drawn = str(told.get("do_sample", "")).lower()
    return drawn == "true" or (drawn != "false" and _text(told.get("temperature")) not in ("", "0"))


def _fewshot(config: dict[str, Any]) -> dict[str, Any]:
    """Return what the examples have of their own; newer versions write all of the task's keys into this block, too."""
    block = _mapping(config.get("fewshot_config"))
    repeated = {**config, "split": config.get("fewshot_split"), "sampler": "default"}
    own = {key: value for key, value in block.items() if value is not None and value != repeated.get(key)}
    return {key: value for key, value in own.items() if not (isinstance(value, str) and _CODE.match(value))}


def _entry(listed: Any, key: str, name: str) -> dict[str, Any]:
    entries = listed if isinstance(listed, list) else []
    return next((one for one in entries if isinstance(one, dict) and _named(one.get(key)) == name), {})


def _named(value: Any) -> str:
    """Return the name of a metric, which may be a function: ``<function agg at 0x7f>`` or its source text."""
    text = str(value)
    found = re.match(r"<function (\w+)|(?:@\w+\s+)*def (\w+)", text)
    return (found[1] or found[2]) if found else text


def _without_folders(value: Any) -> Any:
    """Return paths as the names of their last part: where data lay is no matter, and data sets change their owners."""
    if isinstance(value, dict):
        return {key: _without_folders(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_folders(one) for one in value]
    if isinstance(value, str) and "\n" not in value:
        return value.rstrip("/\\").replace("\\", "/").rpartition("/")[2].lower()
    return value


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    plain = _plain(value)
    return plain if isinstance(plain, str) else canonical(plain)


def _plain(value: Any, depth: int = 0) -> Any:
    """Return a value without addresses, empty entries and what is nested beyond any task; 2.0 is written like 2."""
    if depth > DEEPEST:
        return None
    if isinstance(value, dict):
        kept = {str(key): _plain(one, depth + 1) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one not in (None, "", {}, [])}
    if isinstance(value, list):
        return [_plain(one, depth + 1) for one in value]
    if isinstance(value, str):
        return _ADDRESS.sub("", value)
    return int(value) if isinstance(value, float) and value.is_integer() else value
