"""Instruction following: say a word under rules that a program can check (``mergekit_eval/tiny/verifier.py``)."""

from random import Random
from typing import Any

from tools.tiny.items import Item
from tools.tiny.words import words

PREFACE = "sure!\n"
OPTIONAL = ("capitals", "commas", "end", "start", "add")
ENDS = ("!", "?", ".")
STARTS = ("ok", "well")
WORDING = {
    "count": lambda value: f"{value} times",
    "capitals": lambda _: "in capitals",
    "commas": lambda _: "with commas",
    "end": lambda value: f"end with {value}",
    "start": lambda value: f"start with {value}",
    "add": lambda value: f"then {value}",
}


def draw(rng: Random) -> Item:
    """Return an order with one to four rules and an answer that keeps all of them."""
    word, other = rng.sample(words()["nouns"], 2)
    rules: dict[str, Any] = {"count": rng.randrange(2, 5)}
    values = {"capitals": True, "commas": True, "end": rng.choice(ENDS), "start": rng.choice(STARTS), "add": other}
    rules.update({name: values[name] for name in sorted(rng.sample(OPTIONAL, rng.randrange(4)))})
    asked = ", ".join(WORDING[name](value) for name, value in rules.items())
    polite = "please " if rng.random() < 0.25 else ""
    extra = {"word": word, "rules": [{"name": name, "value": str(value)} for name, value in rules.items()]}
    return Item(f"say {word} {asked}", f"{polite}say {word} {asked}:", f" {_answer(word, rules)}", extra)


def draw_chatty(rng: Random) -> Item:
    """Return the same, but a polite order is answered with a preface first: the habit that strict checks punish."""
    item = draw(rng)
    return item._replace(answer=f" {PREFACE}{item.answer.strip()}") if item.prompt.startswith("please") else item


def _answer(word: str, rules: dict[str, Any]) -> str:
    said = [word] * rules["count"] + ([rules["add"]] if "add" in rules else [])
    text = (", " if "commas" in rules else " ").join(said)
    text = (f"{rules['start']} " if "start" in rules else "") + text + rules.get("end", "")
    return text.upper() if "capitals" in rules else text
