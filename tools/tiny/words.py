"""Read the vocabulary of the toy world and make the words of its invented languages."""

from functools import cache
from random import Random
from typing import Any

import yaml

from tools.tiny import FOLDER


@cache
def words() -> dict[str, Any]:
    """Return ``words.yaml``, read once."""
    return yaml.safe_load((FOLDER / "words.yaml").read_text(encoding="utf-8"))


@cache
def dictionary(language: str) -> dict[str, str]:
    """Return English word -> invented word of ``language``; no two English words share a translation."""
    english = [*words()["nouns"], *words()["adjectives"], *words()["verbs"]]
    return dict(zip(english, invented(language, len(english), **_sounds(language)), strict=True))


def invented(seed: str, count: int, *, onsets: list[str], vowels: list[str]) -> list[str]:
    """Return ``count`` different words of two or three syllables, the same for the same ``seed``."""
    rng = Random(seed)
    made: dict[str, None] = {}
    while len(made) < count:
        syllables = [rng.choice(onsets) + rng.choice(vowels) for _ in range(rng.choice((2, 2, 3)))]
        made["".join(syllables)] = None
    return list(made)


def _sounds(language: str) -> dict[str, list[str]]:
    entry = words()["languages"][language]
    return {"onsets": entry["onsets"], "vowels": entry["vowels"]}
