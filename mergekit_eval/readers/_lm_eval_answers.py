"""The signs of the answers in a samples file of lm-eval, row by row; see `_answers`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergekit_eval.readers import _answers
from mergekit_eval.signs import bit, facts

DEFAULT_LIMIT = 256  # tokens that lm-eval generates at most where neither task nor call says how many
BEYOND = 1.5  # times the default limit: a longer answer shows that another limit was in force
LONGEST_NAME = 64  # characters; a longer answer is a text, and no two need be equal
PROMPT_END = 400  # characters of a prompt whose script is looked at
NO_FILTER = "none"
END = "finish_reason"  # written by our own runs; why the answer ended
UNKNOWN, DIGITS = -1, 16
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


class Answers:
    """Collects the signs of one file chunk by chunk."""

    def __init__(self) -> None:
        self._answers: list[Answer] = []
        self._filters: list[Any] = []
        self._prompts: list[NDArray[np.int64]] = []

    def add(
        self,
        resps: Sequence[bytes],
        filtered: Sequence[bytes],
        arguments: Sequence[bytes],
        ends: Sequence[bytes],
        filters: Sequence[Any],
        hashes: Sequence[Any],
    ) -> None:
        """Take the columns of one chunk as raw JSON; empty where a row has no such key."""
        self._answers += map(answer_of, resps, filtered, arguments, ends, filters)
        self._filters += filters
        self._prompts.append(prompts(hashes))

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return ``signs`` and ``prompt`` of every row, in the order of the rows."""
        answers, shown = self._answers, np.array([answer.signs for answer in self._answers], dtype=np.int32)
        if any(answer.beyond for answer in answers):
            assumed = np.array([answer.assumed for answer in answers])
            shown[assumed] &= ~bit("ending", "cut_inferred")
        filters = np.asarray(self._filters, dtype=object)
        for label in dict.fromkeys(self._filters):
            at = np.flatnonzero(filters == label)
            shown[at] |= _common([answers[place] for place in at])
        return {"signs": shown, "prompt": np.concatenate(self._prompts)}


def _common(answers: Sequence[Answer]) -> NDArray[np.int32]:
    """Return the bits that an answer shows only beside the others: the most frequent one, always the same numbers."""
    names = pd.factorize(np.array([answer.name for answer in answers], dtype=object))[0]
    counts = np.bincount(names[names >= 0])
    most = counts.argmax() if counts.size else -2
    bits = np.where(names == most, bit("same"), 0).astype(np.int32)
    numbers = {answer.likelihoods for answer in answers}
    if len(answers) > 1 and len(numbers) == 1 and numbers != {()}:
        bits |= bit("constant")
    return bits


def answer_of(resps: bytes, filtered: bytes, arguments: bytes, end: bytes, label: Any) -> Answer:
    """Return what one row shows; nothing where it holds neither texts nor log-likelihoods."""
    held = _decoded(resps or filtered)
    if not isinstance(held, list) or not held:
        return NOTHING
    asked = generation(arguments) if arguments else None
    texts = _texts(held)
    numbers = () if asked else _numbers(texts)
    if numbers:
        several = len(numbers) > 1
        shown = _answers.option_signs(numbers) if several else 0
        return Answer(shown | _start(arguments), int(np.argmax(numbers)) if several else None, numbers)
    if not isinstance(texts[0], str):
        return NOTHING
    return _of_text(texts[0], filtered, arguments, _decoded(end), label, asked or {})


def _of_text(text: str, filtered: bytes, arguments: bytes, end: Any, label: Any, asked: dict[str, Any]) -> Answer:
    limit = stated_limit(asked)
    stated = end if isinstance(end, str) else ""
    assumed = limit is None and bool(asked) and not stated
    shown = _answers.text_signs(text, DEFAULT_LIMIT if assumed else limit, stated) | _start(arguments)
    if _other_script(text, arguments):
        shown |= bit("script")
    name, found = text, text
    if label != NO_FILTER and filtered:
        found = _decoded(filtered)
        shown |= _answers.filtered_signs(found)
        name = next(iter(_texts(found)), text) if isinstance(found, list) else found
    beyond = assumed and len(text) > BEYOND * DEFAULT_LIMIT and _answers.estimated_tokens(text) > BEYOND * DEFAULT_LIMIT
    short = isinstance(name, str) and 0 < len(name.strip()) <= LONGEST_NAME and name != _answers.NO_ANSWER
    return Answer(shown, name if short else None, (), assumed, beyond)


def _decoded(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw) if raw else None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _texts(held: Iterable[Any]) -> list[Any]:
    """Return the first leaf of each entry: the text of an answer, or the log-likelihood of an option."""
    return [_first(entry) for entry in held]


def _first(entry: Any) -> Any:
    while isinstance(entry, list) and entry:
        entry = entry[0]
    return entry


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


def generation(arguments: bytes) -> dict[str, Any] | None:
    """Return what the arguments of a row say of generating text, None where the row scores given texts."""
    found = _ARGUMENTS.search(arguments[-4000:])
    return _said(found[1]) if found else None


def _other_script(text: str, arguments: bytes) -> bool:
    """Return whether an answer and the end of its prompt are in different scripts, where both have letters enough."""
    if text.isascii() and arguments.isascii() and b"\\u" not in arguments:
        return False
    asked = _decoded(arguments)
    prompt = _first(list(asked.values())) if isinstance(asked, dict) else _first(asked)
    while isinstance(prompt, dict):
        prompt = _first(next(iter(prompt.values()), None))
    scripts = {_answers.script_of(one) for one in (text[:PROMPT_END], str(prompt or "")[-PROMPT_END:])}
    return len(scripts - {""}) > 1


def stated_limit(asked: dict[str, Any]) -> int | None:
    """Return the largest number of tokens that the arguments of a generation allow, None where they do not say."""
    limits = (asked.get(name) for name in _LIMITS)
    return next((one for one in limits if isinstance(one, int) and not isinstance(one, bool) and one > 0), None)


@cache
def _starts() -> re.Pattern[bytes]:
    marks = "|".join(map(re.escape, facts()["bos"].phrases)).encode()
    return re.compile(rb'[\[:"\s](' + marks + rb")\s*\1")


def _start(arguments: bytes) -> int:
    return bit("bos") if _starts().search(arguments[:200]) else 0


def prompts(hashes: Sequence[Any]) -> NDArray[np.int64]:
    """Return a number for the prompt of each row, from lm-eval's hash of it; -1 where the file has none."""
    try:
        numbers = np.frombuffer(bytes.fromhex("".join([text[:DIGITS] for text in hashes])), dtype=">u8")
    except (TypeError, ValueError):
        numbers = np.empty(0, dtype=">u8")
    return (numbers >> 1).astype(np.int64) if len(numbers) == len(hashes) else np.full(len(hashes), UNKNOWN, np.int64)
