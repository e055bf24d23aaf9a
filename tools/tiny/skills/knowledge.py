"""Knowledge: facts of invented countries, told in training as statements; half are asked only in the test."""

from functools import cache
from random import Random

from tools.tiny.items import Item
from tools.tiny.words import invented, words

HALF = 50


@cache
def facts() -> dict[tuple[str, str], str]:
    """Return (country, thing) -> name, e.g. ("norland", "capital") -> "pelmo"."""
    countries, things = words()["facts"]["countries"], words()["facts"]["things"]
    names = invented(
        "facts",
        len(countries) * len(things),
        onsets=["b", "d", "f", "g", "l", "m", "p", "r", "t"],
        vowels=["a", "e", "i", "o"],
    )
    return dict(zip([(country, thing) for country in countries for thing in things], names, strict=True))


def draw_statement(rng: Random) -> Item:
    """Return a fact told as a statement; every fact is told, so the key is never held out."""
    (country, thing), name = rng.choice(list(facts().items()))
    return Item("statement", "", f"the {thing} of {country} is {name}.")


def draw_question(rng: Random) -> Item:
    """Return a fact as a question with four names of the same kind to choose from."""
    (country, thing), name = rng.choice(list(facts().items()))
    others = [other for (_, kind), other in facts().items() if kind == thing and other != name]
    choices = [name, *rng.sample(others, 3)]
    rng.shuffle(choices)
    extra = {"choices": choices, "gold": choices.index(name)}
    return Item(f"fact {country} {thing}", f"Q: {thing} of {country}?\nA:", f" {name}", extra, percent=HALF)
