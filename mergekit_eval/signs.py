"""Signs that an answer was not measured fairly, as facts (``signs.yaml``): items carry them as bits of a number."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from mergekit_eval.packaged import packaged_yaml
from mergekit_eval.thresholds import thresholds


class Sign(NamedTuple):
    """One sign: its bit, what must (and must not) be seen of an item before it can show, its words, what to do."""

    name: str
    bit: int
    seen: int
    unless: int
    short: str
    says: str
    do: str
    bends: bool
    breaks: bool
    least: float
    phrases: tuple[str, ...]
    flag: str
    read: bool


@cache
def facts() -> dict[str, Sign]:
    """Return all entries of ``signs.yaml`` by name: what a file lets us see first, signs after them."""
    raw = packaged_yaml("signs.yaml")
    bits = {name: 1 << place for place, name in enumerate(raw)}
    return {
        name: Sign(
            name,
            bits[name],
            sum(bits[one] for one in entry.get("seen", [])),
            sum(bits[one] for one in entry.get("unless", [])),
            entry["short"],
            entry["says"],
            entry.get("do", ""),
            entry.get("bends", False),
            entry.get("breaks", False),
            thresholds()[entry["least"]] if "least" in entry else 0.0,
            tuple(entry.get("phrases", ())),
            entry.get("flag", ""),
            entry.get("read", False),
        )
        for name, entry in raw.items()
    }


@cache
def signs() -> dict[str, Sign]:
    """Return the signs alone, by name, in the order of their bits."""
    return {name: sign for name, sign in facts().items() if sign.do}


@cache
def by_word() -> dict[str, Sign]:
    """Return the signs by the word that tables call them by."""
    return {sign.short: sign for sign in signs().values()}


def bending() -> list[Sign]:
    """Return the signs that bend the difference of two scores."""
    return [sign for sign in signs().values() if sign.bends]


def bit(*names: str) -> int:
    """Return the bits of some entries together."""
    return sum(facts()[name].bit for name in names)
