"""One file of facts: read, checked key by key, and merged with others; the format is in ``facts/README.md``."""

from collections.abc import Mapping
from typing import Any

import yaml

from mergekit_eval.errors import DataError, explain
from mergekit_eval.packaged import SAFE_LOADER

WORDS = {
    "better": ("higher", "lower"),
    "scale": ("unit", "percent", "natural"),
    "items": ("mean", "each", "nll", "nll_ratio", "bits_ratio", "none"),
}
METRIC_KEYS = {*WORDS, "chance", "n", "cluster"}
TASK_KEYS = METRIC_KEYS | {"primary", "capability", "metrics"}
TOOL_KEYS = {"metrics", "tasks", "renamed", "groups", "fold"}


def read_facts(path: Any) -> dict[str, Any]:
    """Return the checked content of one registry file."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), SAFE_LOADER) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"{path}: not a readable YAML file: {error}") from error
    _need_mapping(path, "the file", content)
    for tool, facts in content.items():
        _check(path, str(tool), facts, TOOL_KEYS)
        if not isinstance(facts.get("fold", False), bool):
            raise DataError(explain(path, f"{tool}.fold", facts["fold"], "true, false"))
        for old, new in facts.get("renamed", {}).items():
            if not isinstance(new, str) or "?" in new or new.count("*") > str(old).count("*"):
                raise DataError(
                    explain(path, f"{tool}.renamed.{old}", new, "a name, at most with the * of the old one")
                )
        for metric, entry in facts.get("metrics", {}).items():
            _check(path, f"{tool}.metrics.{metric}", entry, METRIC_KEYS)
        for task, entry in facts.get("tasks", {}).items():
            _check(path, f"{tool}.tasks.{task}", entry, TASK_KEYS)
            for metric, inner in entry.get("metrics", {}).items():
                _check(path, f"{tool}.tasks.{task}.metrics.{metric}", inner, METRIC_KEYS)
    return content


def direction(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a score that say which scores are better, as the facts of its metric state it."""
    return {"higher_is_better": facts["better"] == "higher"} if "better" in facts else {}


def _check(path: Any, key: str, entry: Any, allowed: set[str]) -> None:
    _need_mapping(path, key, entry)
    for name, value in entry.items():
        if name not in allowed:
            raise DataError(explain(path, f"{key}.{name}", value, f"the keys {sorted(allowed)}"))
    for name, words in WORDS.items():
        if name in entry and entry[name] not in words:
            raise DataError(explain(path, f"{key}.{name}", entry[name], ", ".join(words)))


def _need_mapping(path: Any, key: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise DataError(explain(path, key, value, "a mapping"))


def merge(into: dict[str, Any], new: Mapping[str, Any]) -> None:
    """Put facts on top of others, fact by fact."""
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value
