"""Multilingual understanding: three-word sentences of invented languages, to be told in English.

Every word of a test sentence occurs in training, the sentence itself does not; languages differ in word order.
"""

from functools import partial
from random import Random

from tools.tiny.items import Draw, Item
from tools.tiny.words import dictionary, words

KINDS = {"a": "adjectives", "n": "nouns", "v": "verbs"}


def draw(rng: Random, language: str | None = None) -> Item:
    """Return a sentence with its meaning, and three wrong meanings that differ in one word each."""
    language = language or rng.choice(sorted(words()["languages"]))
    meaning = {kind: rng.choice(words()[name]) for kind, name in KINDS.items()}
    foreign = " ".join(dictionary(language)[meaning[kind]] for kind in words()["languages"][language]["order"])
    right = _english(meaning)
    choices = [right, *(_english(_changed(meaning, kind, rng)) for kind in KINDS)]
    rng.shuffle(choices)
    extra = {"language": language, "choices": choices, "gold": choices.index(right)}
    return Item(f"{language}: {right}", f"{language}: {foreign} =", f" {right}", extra)


def draw_in(language: str) -> Draw:
    """Return a `draw` for one language only."""
    return partial(draw, language=language)


def _english(meaning: dict[str, str]) -> str:
    return f"{meaning['a']} {meaning['n']} {meaning['v']}"


def _changed(meaning: dict[str, str], kind: str, rng: Random) -> dict[str, str]:
    others = [word for word in words()[KINDS[kind]] if word != meaning[kind]]
    return {**meaning, kind: rng.choice(others)}
