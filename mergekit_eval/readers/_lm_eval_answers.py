"""The signs of the answers in a samples file of lm-eval; see `_answers`.

Rows of one kind are looked at together (`of_options`, `of_texts`), all others one by one; both find the same.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
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
UNKNOWN, DIGITS, START = -1, 16, 200
NAMELESS = -1
SCRIPT, BOS = bit("script"), bit("bos")
_TEXTS = msgspec.json.Decoder(list[list[list[str]]])
# Numbers in text become numbers where the decoder is not strict; a bool costs a quarter of the text "False".
_OPTIONS = msgspec.json.Decoder(list[list[tuple[tuple[float, bool]]]], strict=False)
_ARGUMENTS = re.compile(rb'(\{[^{}]*"(?:until|max_gen_toks|max_new_tokens|max_tokens|do_sample)"[^{}]*\})[\]}\s]*$')
_LIMITS = ("max_gen_toks", "max_new_tokens", "max_tokens")


Raw = bytes | msgspec.Raw
Shown = NDArray[np.int32]


class Answer(NamedTuple):
    """The signs of one answer; its name among the answers of a model, None where it has none; its log-likelihoods."""

    signs: int
    name: str | int | None
    likelihoods: tuple[float, ...] = ()
    assumed: bool = False
    beyond: bool = False


class Answered(NamedTuple):
    """The same of many rows: names as codes that one file shares, -1 for none; the numbers all rows have, if so."""

    signs: NDArray[np.int32]
    names: NDArray[Any]
    alike: tuple[float, ...]
    assumed: NDArray[np.bool_]
    beyond: bool


NOTHING = Answer(0, None)


class Answers:
    """Collects the signs of one file chunk by chunk."""

    def __init__(self) -> None:
        self._parts: list[Answered] = []
        self._filters: list[Any] = []
        self._prompts: list[NDArray[np.int64]] = []

    def add(
        self,
        resps: Sequence[Raw],
        filtered: Sequence[Raw],
        arguments: Sequence[Raw],
        ends: Sequence[Raw],
        filters: Sequence[Any],
        hashes: Sequence[Any],
    ) -> None:
        """Take the columns of one chunk as raw JSON; empty where a row has no such key."""
        columns = (resps, filtered, arguments, ends, filters)
        with _without_collecting():
            self._parts.append(of_options(resps, arguments) or of_texts(*columns) or one_by_one(*columns))
        self._filters += filters
        self._prompts.append(prompts(hashes))

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return ``signs`` and ``prompt`` of every row, in the order of the rows."""
        shown, names = (np.concatenate([getattr(part, key) for part in self._parts]) for key in ("signs", "names"))
        if any(part.beyond for part in self._parts):
            shown[np.concatenate([part.assumed for part in self._parts])] &= ~bit("ending", "cut_inferred")
        labels = pd.factorize(np.array(list(map(str, self._filters)), dtype=object))[0]
        for label in range(labels.max(initial=-1) + 1):
            at = np.flatnonzero(labels == label)
            shown[at[_commonest(names[at])]] |= bit("same")
        if len(shown) > 1 and self._parts[0].alike and len({part.alike for part in self._parts}) == 1:
            shown |= bit("constant")
        return {"signs": shown, "prompt": np.concatenate(self._prompts)}


def _commonest(names: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which answers are the most frequent one; those without a name are none."""
    codes, words = pd.factorize(names)
    counts = np.bincount(codes[codes >= 0], minlength=len(words))
    counts[[word is None or word == NAMELESS for word in words]] = 0
    return codes == counts.argmax() if counts.any() else np.zeros(len(names), dtype=bool)


def one_by_one(*columns: Sequence[Any]) -> Answered:
    """Return what rows of any kind show, see `answer_of`."""
    *raws, labels = columns
    texts = [map(bytes, column) for column in raws]
    return _together([answer_of(*row) for row in zip(*texts, labels, strict=True)])


def _together(answers: Sequence[Answer]) -> Answered:
    numbers = {answer.likelihoods for answer in answers}
    return Answered(
        np.array([answer.signs for answer in answers], dtype=np.int32),
        np.array([answer.name for answer in answers], dtype=object),
        numbers.pop() if len(numbers) == 1 else (),
        np.array([answer.assumed for answer in answers], dtype=bool),
        any(answer.beyond for answer in answers),
    )


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Leave garbage alone for a while: many small objects that hold no circles cost four times as much with it."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def of_texts(
    resps: Sequence[Raw],
    filtered: Sequence[Raw],
    arguments: Sequence[Raw],
    ends: Sequence[Raw],
    filters: Sequence[Any],
) -> Answered | None:
    """Return the same of rows that all hold one text, generated under the settings of the first; None for others.

    What few texts show is looked for in all of them at once, and then one by one in those that may show it.
    """
    settings = _settings(bytes(arguments[0]))
    starts = {_start(bytes(arguments[place])) for place in (0, -1)}
    if not settings or len(starts) > 1 or not all(memoryview(one)[-len(settings) :] == settings for one in arguments):
        return None
    try:
        texts = [row[0][0] for row in _TEXTS.decode(b"[" + b",".join(resps) + b"]")]
        found = msgspec.json.decode(b"[" + b",".join(filtered) + b"]")
        said = [msgspec.json.decode(end) if len(memoryview(end)) else "" for end in ends]
    except (msgspec.MsgspecError, ValueError, RecursionError, IndexError):
        return None
    if not len(texts) == len(found) == len(resps):
        return None
    shown, assumed, beyond = _of_texts(texts, said, stated_limit(generation(settings) or {}))
    for at in _perhaps_other_script(texts, arguments, len(settings)):
        shown[at] |= SCRIPT if _other_script(texts[at], bytes(arguments[at])) else 0
    names = []
    for at, (text, outcome, label) in enumerate(zip(texts, found, filters, strict=True)):
        parsed = _parsed(label, outcome, text)
        if parsed:
            shown[at] |= _answers.filtered_signs(outcome)
        names.append(_name(_first(outcome) if parsed else text))
    shown |= starts.pop()
    return Answered(shown, np.array(names, dtype=object), (), assumed, beyond)


def _of_texts(texts: Sequence[str], said: Sequence[Any], stated: int | None) -> tuple[Shown, NDArray[np.bool_], bool]:
    """Return what texts show by themselves, which are measured by the harness's own limit, and if one is beyond it."""
    limit = DEFAULT_LIMIT if stated is None else stated
    ended = np.array([isinstance(end, str) and end != "" for end in said], dtype=bool)
    assumed = ~ended if stated is None else np.zeros(len(texts), dtype=bool)
    sizes = np.fromiter(map(len, texts), dtype=np.intp, count=len(texts))
    long = np.flatnonzero(~ended & (sizes >= _answers.LONG * limit)).tolist()
    perhaps = ended.copy()
    perhaps[[at for at in long if _answers.may_reach(texts[at], _answers.LONG * limit)]] = True
    marks = _answers.marks_in(texts)
    for sign in marks:
        perhaps |= np.fromiter((any(p in text for p in _answers.PHRASES[sign]) for text in texts), bool, len(texts))
    perhaps |= np.fromiter(map(_answers.may_be_special, texts), bool, len(texts))
    shown = np.full(len(texts), _answers.TEXT | _answers.ENDING, dtype=np.int32)
    for at in np.flatnonzero(perhaps).tolist():
        shown[at] = _answers.text_signs(texts[at], limit, said[at] if ended[at] else "", marks)
    longest = [texts[at] for at in np.flatnonzero(assumed & (sizes > BEYOND * DEFAULT_LIMIT)).tolist()]
    return shown, assumed, any(map(_is_beyond, longest))


def _is_beyond(text: str) -> bool:
    """Return whether a text is longer than the harness's own limit can have made it."""
    most = BEYOND * DEFAULT_LIMIT
    return len(text) > most and _answers.may_reach(text, most) and _answers.estimated_tokens(text) > most


def _perhaps_other_script(texts: Sequence[str], arguments: Sequence[Raw], settings: int) -> Iterator[int]:
    for at, (text, asked) in enumerate(zip(texts, arguments, strict=True)):
        end = bytes(memoryview(asked)[-settings - PROMPT_END : -settings])
        if not text.isascii() or not end.isascii() or b"\\u" in end:
            yield at


def _parsed(label: Any, outcome: Any, text: str) -> bool:
    """Return whether a filter has looked for the answer in a text; where it is not named, whether it found another."""
    if outcome is None or not isinstance(label, str):
        return outcome is not None and _first(outcome) != text
    return label != NO_FILTER


def _name(answer: Any) -> str | None:
    """Return what an answer is called among the others; None for a long one, an empty one, and none at all."""
    short = isinstance(answer, str) and 0 < len(answer) <= LONGEST_NAME and answer != _answers.NO_ANSWER
    return answer if short and not answer.isspace() else None


def of_options(resps: Sequence[Raw], arguments: Sequence[Raw]) -> Answered | None:
    """Return the same of rows that all hold log-likelihoods of two options or more, at once; None for other rows."""
    doubled = {_start(bytes(arguments[place])) for place in (0, -1)}
    if generation(bytes(arguments[0])) is not None or len(doubled) > 1:
        return None
    try:
        held = _OPTIONS.decode(b"[" + b",".join(resps) + b"]")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    sizes = np.fromiter(map(len, held), dtype=np.intp, count=len(held))
    numbers = np.array([option[0][0] for row in held for option in row], dtype=float)
    if len(held) != len(resps) or sizes.min() < 2 or np.isnan(numbers).any():
        return None
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    likeliest = numbers == np.repeat(np.maximum.reduceat(numbers, starts), sizes)
    tied = np.add.reduceat(likeliest, starts, dtype=np.intp) > 1
    first = np.flatnonzero(likeliest)
    names = first[np.searchsorted(first, starts)] - starts
    shown = np.where(tied, bit("options", "tied"), bit("options")).astype(np.int32)
    same = sizes.min() == sizes.max() and bool((numbers.reshape(len(held), -1) == numbers[: sizes[0]]).all())
    shown |= doubled.pop()
    alike = tuple(numbers[: sizes[0]].tolist()) if same else ()
    return Answered(shown, names, alike, np.zeros(len(held), dtype=bool), False)


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
    return _of_text(texts[0], _decoded(filtered), arguments, _decoded(end), label, asked or {}, _answers.MARKS)


def _of_text(
    text: str, found: Any, arguments: bytes, end: Any, label: Any, asked: dict[str, Any], marks: Iterable[str]
) -> Answer:
    limit = stated_limit(asked)
    stated = end if isinstance(end, str) else ""
    assumed = limit is None and bool(asked) and not stated
    shown = _answers.text_signs(text, DEFAULT_LIMIT if assumed else limit, stated, marks) | _start(arguments)
    if _other_script(text, arguments):
        shown |= SCRIPT
    parsed = _parsed(label, found, text)
    shown |= _answers.filtered_signs(found) if parsed else 0
    return Answer(shown, _name(_first(found) if parsed else text), (), assumed, assumed and _is_beyond(text))


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


def _settings(arguments: bytes) -> bytes:
    """Return the end of a row's arguments from the settings of its generation on."""
    found = _ARGUMENTS.search(arguments[-4000:])
    return found[0] if found else b""


def generation(arguments: bytes) -> dict[str, Any] | None:
    """Return what the arguments of a row say of generating text, None where the row scores given texts."""
    found = _ARGUMENTS.search(arguments[-4000:])
    return _said(found[1]) if found else None


def _other_script(text: str, arguments: bytes) -> bool:
    """Return whether an answer and the end of its prompt are in different scripts, where both have letters enough."""
    if text.isascii() and arguments[-PROMPT_END:].isascii() and b"\\u" not in arguments[-PROMPT_END:]:
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
    return BOS if _starts().search(arguments[:START]) else 0


def prompts(hashes: Sequence[Any]) -> NDArray[np.int64]:
    """Return a number for the prompt of each row, from lm-eval's hash of it; -1 where the file has none."""
    try:
        numbers = np.frombuffer(bytes.fromhex("".join([text[:DIGITS] for text in hashes])), dtype=">u8")
    except (TypeError, ValueError):
        numbers = np.empty(0, dtype=">u8")
    return (numbers >> 1).astype(np.int64) if len(numbers) == len(hashes) else np.full(len(hashes), UNKNOWN, np.int64)
