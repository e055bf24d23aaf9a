"""Reading: a sentence of an invented language, and three questions about it that share it as their passage."""

from random import Random

from tools.tiny.items import Item
from tools.tiny.skills import multilingual
from tools.tiny.words import words

QUESTIONS = {"n": "who", "a": "how", "v": "does"}


def draw(rng: Random) -> Item:
    """Return one passage with one question."""
    return rng.choice(draw_passage(rng))


def draw_passage(rng: Random) -> list[Item]:
    """Return the three questions of one passage; they share the key that decides the split."""
    sentence = multilingual.draw(rng)
    passage = sentence.prompt.removesuffix(" =")
    meaning = dict(zip("anv", sentence.answer.split(), strict=True))
    return [_question(rng, sentence.key, passage, kind, meaning[kind]) for kind in QUESTIONS]


def _question(rng: Random, key: str, passage: str, kind: str, right: str) -> Item:
    others = [word for word in words()[multilingual.KINDS[kind]] if word != right]
    choices = [right, *rng.sample(others, 3)]
    rng.shuffle(choices)
    prompt = f"{passage}. {QUESTIONS[kind]}?"
    return Item(key, prompt, f" {right}", {"passage": passage, "choices": choices, "gold": choices.index(right)})
