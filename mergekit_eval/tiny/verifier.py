"""The verifier of the instruction task: each rule is a predicate on the answer, strict and loose as in IFEval.

Strict looks at the answer as it is. Loose accepts a rule if any plain variant of the answer keeps it: without its
first line, without its last line, without both, each also without asterisks (Zhou et al. 2023, arXiv:2311.07911).
An empty answer keeps no rule.
"""

import re
from collections.abc import Callable
from typing import Any

Rule = dict[str, str]


def _times(answer: str, word: str) -> int:
    return len(re.findall(rf"\b{re.escape(word)}\b", answer, flags=re.IGNORECASE))


def _count(answer: str, value: str, doc: dict[str, Any]) -> bool:
    return _times(answer, doc["word"]) == int(value)


def _commas(answer: str, value: str, doc: dict[str, Any]) -> bool:
    wanted = {rule["name"]: rule["value"] for rule in doc["rules"]}
    return answer.count(",") == int(wanted["count"]) - 1 + ("add" in wanted)


RULES: dict[str, Callable[[str, str, dict[str, Any]], bool]] = {
    "count": _count,
    "capitals": lambda answer, value, doc: answer.isupper(),
    "commas": _commas,
    "end": lambda answer, value, doc: answer.endswith(value),
    "start": lambda answer, value, doc: answer.lower().startswith(f"{value} "),
    "add": lambda answer, value, doc: _times(answer, value) == 1,
}


def check(answer: str, doc: dict[str, Any], *, loose: bool = False) -> list[bool]:
    """Return, rule by rule, whether ``answer`` keeps the rules of ``doc`` (keys ``word`` and ``rules``)."""
    variants = loose_variants(answer) if loose else [answer.strip()]
    return [any(_keeps(variant, rule, doc) for variant in variants) for rule in doc["rules"]]


def loose_variants(answer: str) -> list[str]:
    """Return the variants of an answer the loose check tries, the answer itself first."""
    lines = answer.strip().split("\n")
    cuts = [lines, lines[1:], lines[:-1], lines[1:-1]]
    texts = ["\n".join(cut).strip() for cut in cuts]
    return [*texts, *(text.replace("*", "") for text in texts)]


def _keeps(answer: str, rule: Rule, doc: dict[str, Any]) -> bool:
    return bool(answer) and RULES[rule["name"]](answer, rule["value"], doc)
