"""What one answer of lm-eval shows: a row of a samples file with its settings; see `_answers`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any, NamedTuple

import msgspec
import numpy as np

from mergekit_eval.readers import _answers
from mergekit_eval.signs import bit, facts

DEFAULT_LIMIT = 256  # tokens that lm-eval generates at most where neither task nor call says how many
BEYOND = 1.5  # times the default limit: a longer answer shows that another limit was in force
LONGEST_NAME = 64  # characters; a longer answer is a text, and no two need be equal
PROMPT_END = 400  # characters of a prompt whose script is looked at
START = 200  # bytes of the arguments in which the prompt begins
NO_FILTER = "none"
END = "finish_reason"  # written by our own runs; why the answer ended
SCRIPT, BOS = bit("script"), bit("bos")
_ARGUMENTS = re.compile(rb'(\{[^{}]*"(?:until|max_gen_toks|max_new_tokens|max_tokens|do_sample)"[^{}]*\})[\]}\s]*$')
_LIMITS = ("max_gen_toks", "max_new_tokens", "max_tokens")


class Answer(NamedTuple):
    """The signs of one answer; its name among the answers of a model, None where it has none; its log-likelihoods."""

    signs: int
    name: str | int | None
    likelihoods: tuple[float, ...] = ()
    assumed: bool = False
    beyond: bool = False


NOTHING = Answer(0, None)


def answer_of(resps: bytes, filtered: bytes, arguments: bytes, end: bytes, label: Any) -> Answer:
    """Return what one row shows; nothing where it holds neither texts nor log-likelihoods."""
    held = _decoded(resps or filtered)
    if not isinstance(held, list) or not held:
        return NOTHING
    asked = settings_of(arguments)[0]
    texts = _texts(held)
    numbers = () if asked else _numbers(texts)
    if numbers:
        several = len(numbers) > 1
        shown = _answers.option_signs(numbers) if several else 0
        return Answer(shown | starts_twice(arguments), int(np.argmax(numbers)) if several else None, numbers)
    if not isinstance(texts[0], str):
        return NOTHING
    return _of_text(texts[0], _decoded(filtered), arguments, _decoded(end), label, asked or {})


def _of_text(text: str, found: Any, arguments: bytes, end: Any, label: Any, asked: dict[str, Any]) -> Answer:
    limit = stated_limit(asked)
    stated = end if isinstance(end, str) else ""
    assumed = limit is None and bool(asked) and not stated
    shown = _answers.text_signs(text, DEFAULT_LIMIT if assumed else limit, stated) | starts_twice(arguments)
    if other_script(text, arguments):
        shown |= SCRIPT
    parsed = is_parsed(label, found, text)
    shown |= _answers.filtered_signs(found) if parsed else 0
    return Answer(shown, name_of(first_leaf(found) if parsed else text), (), assumed, assumed and is_beyond(text))


def is_beyond(text: str) -> bool:
    """Return whether a text is longer than the harness's own limit can have made it."""
    most = BEYOND * DEFAULT_LIMIT
    return len(text) > most < _answers.most_tokens(text) and _answers.estimated_tokens(text) > most


def is_parsed(label: Any, outcome: Any, text: str) -> bool:
    """Return whether a filter has looked for the answer in a text; where it is not named, whether it found another."""
    if outcome is None or not isinstance(label, str):
        return outcome is not None and first_leaf(outcome) != text
    return label != NO_FILTER


def name_of(answer: Any) -> str | None:
    """Return what an answer is called among the others; None for a long one, an empty one, and none at all."""
    short = isinstance(answer, str) and len(answer) <= LONGEST_NAME
    return answer if short and _answers.is_answer(answer) else None


def settings_of(arguments: bytes) -> tuple[dict[str, Any] | None, bytes]:
    """Return what the arguments of a row say of generating text, and their bytes from there on.

    None and nothing where the row scores given texts.
    """
    found = _ARGUMENTS.search(arguments[-4000:])
    return (_said(found[1]), found[0]) if found else (None, b"")


def stated_limit(asked: dict[str, Any]) -> int | None:
    """Return the largest number of tokens that the arguments of a generation allow, None where they do not say."""
    limits = (asked.get(name) for name in _LIMITS)
    return next((one for one in limits if isinstance(one, int) and not isinstance(one, bool) and one > 0), None)


def other_script(text: str, arguments: bytes) -> bool:
    """Return whether an answer and the end of its prompt are in different scripts, where both have letters enough."""
    if text.isascii() and arguments[-PROMPT_END:].isascii() and b"\\u" not in arguments[-PROMPT_END:]:
        return False
    asked = _decoded(arguments)
    prompt = first_leaf(list(asked.values())) if isinstance(asked, dict) else first_leaf(asked)
    while isinstance(prompt, dict):
        prompt = first_leaf(next(iter(prompt.values()), None))
    scripts = {_answers.script_of(one) for one in (text[:PROMPT_END], str(prompt or "")[-PROMPT_END:])}
    return len(scripts - {""}) > 1


def starts_twice(arguments: bytes) -> int:
    return BOS if _starts().search(arguments[:START]) else 0


@cache
def _starts() -> re.Pattern[bytes]:
    marks = "|".join(map(re.escape, facts()["bos"].phrases)).encode()
    return re.compile(rb'[\[:"\s](' + marks + rb")\s*\1")


def first_leaf(entry: Any) -> Any:
    while isinstance(entry, list) and entry:
        entry = entry[0]
    return entry


def _texts(held: Iterable[Any]) -> list[Any]:
    """Return the first leaf of each entry: the text of an answer, or the log-likelihood of an option."""
    return [first_leaf(entry) for entry in held]


def _numbers(texts: Iterable[Any]) -> tuple[float, ...]:
    """Return texts as numbers, () where one of them is none."""
    try:
        return tuple(map(float, texts))
    except (TypeError, ValueError):
        return ()


@lru_cache(maxsize=256)
def _said(raw: bytes) -> dict[str, Any]:
    said = _decoded(raw)
    return said if isinstance(said, dict) else {}


def _decoded(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw) if raw else None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
