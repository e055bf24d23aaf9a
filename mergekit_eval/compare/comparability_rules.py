"""Rules that say whether two scores measure the same thing; the rules are data (``comparability.yaml``)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import Any, NamedTuple

import pandas as pd

from mergekit_eval.collect.labels import cut, labels
from mergekit_eval.packaged import packaged_yaml

LEVELS = ("refuse", "label", "note")


class Finding(NamedTuple):
    """One rule that has something to say about a pair of scores; ``level`` is refuse, label or note."""

    rule: str
    level: str
    a: str
    b: str
    message: str


@cache
def rules() -> tuple[dict[str, Any], ...]:
    """Return the rules, strictest first."""
    written: Any = packaged_yaml("comparability.yaml")
    return tuple(sorted(written, key=lambda rule: LEVELS.index(rule["level"])))


@cache
def remedies() -> dict[str, str]:
    """Return rule -> what to change before both are evaluated again, of the rules that the audit lists."""
    return {rule["rule"]: rule["do"] for rule in rules() if "audit" in rule}


@cache
def audited() -> dict[str, str]:
    """Return rule -> what a model was in another way, asked or measured, of the rules that the audit lists."""
    return {rule["rule"]: rule["audit"] for rule in rules() if "audit" in rule}


def comparable(a: Mapping[str, Any], b: Mapping[str, Any], *, paired: bool = True) -> list[Finding]:
    """Return what speaks against comparing two rows of ``scores``, refusals first; empty if nothing does.

    Level refuse forbids the difference, label allows it with its message beside it, note is for the record.

    Parameters
    ----------
    a, b : mapping
        Rows of ``scores``.
    paired : bool
        Whether the difference is taken over the same items; if not, what items would have put right is refused too
        (100 items under --limit against the whole task).
    """
    return list(judged(facts(a), facts(b), paired))


def facts(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the rules look at in a row of ``scores``: its task, and one text per rule."""
    return (str(row.get("task")), *(_stated(row, rule) for rule in rules()))


@lru_cache(maxsize=4096)
def judged(a: tuple[str, ...], b: tuple[str, ...], paired: bool) -> tuple[Finding, ...]:
    """Return the findings on two sets of `facts`; kept, because a study has few sets and many pairs."""
    broken = []
    equal = {rule["column"] for rule, left, right in zip(rules(), a[1:], b[1:], strict=True) if _equal(left, right)}
    for rule, left, right in zip(rules(), a[1:], b[1:], strict=True):
        if "task" in rule and not any(fnmatchcase(task, rule["task"]) for task in (a[0], b[0])):
            continue
        if (
            _equal(left, right)
            or (rule.get("unknown") == "ignore" and "" in (left, right))
            or not _across(rule, left, right)
            or not equal.issuperset(rule.get("where", ()))
        ):
            continue
        word = "none" if rule.get("unknown") == "none" else "unknown"
        one, other = _shown(left, right)
        message = f"{rule['says']}: {one or word} against {other or word}"
        strict = rule["level"] if paired else rule.get("unpaired", rule["level"])
        level = "note" if "" in (left, right) and rule.get("unknown") == "note" else strict
        broken.append(Finding(rule["rule"], level, left, right, message))
    return tuple(sorted(broken, key=lambda finding: LEVELS.index(finding.level)))


def _shown(left: str, right: str) -> tuple[str, str]:
    """Return two values as a message shows them: of settings, which are long, only what differs."""
    if not (left.startswith("{") and right.startswith("{")):
        return cut(left), cut(right)
    shortened = labels({"a": json.loads(left), "b": json.loads(right)})
    return shortened["a"], shortened["b"]


def _equal(left: str, right: str) -> bool:
    """Whether two texts are equal, or spell one number in two ways (version 1 and 1.0)."""
    try:
        return left == right or float(left) == float(right)
    except ValueError:
        return False


def _across(rule: Mapping[str, Any], left: str, right: str) -> bool:
    """Whether two versions lie on different sides of a change that broke comparability."""
    return "across" not in rule or (_version(left) < _version(rule["across"])) != (
        _version(right) < _version(rule["across"])
    )


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


def _stated(row: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    text = _text(row.get(rule["column"]))
    same: Mapping[str, str] = rule.get("same", {})
    return same.get(text, text)


def _text(value: Any) -> str:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
