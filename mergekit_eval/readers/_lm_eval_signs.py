"""The signs of all answers in a samples file of lm-eval.

Rows of one kind are looked at together (`of_options`, `of_texts`), all others one by one; both find the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergekit_eval.garbage import garbage_left_alone
from mergekit_eval.readers import _answers
from mergekit_eval.readers import _lm_eval_answers as single
from mergekit_eval.signs import bit

UNKNOWN, DIGITS = -1, 16
NAMELESS = -1
_TEXTS = msgspec.json.Decoder(list[list[list[str]]])
# Numbers in text become numbers where the decoder is not strict; a bool costs a quarter of the text "False".
_OPTIONS = msgspec.json.Decoder(list[list[tuple[tuple[float, bool]]]], strict=False)

Raw = bytes | msgspec.Raw
Shown = NDArray[np.int32]


class Answered(NamedTuple):
    """The same of many rows: names as codes that one file shares, -1 for none; the numbers all rows have, if so."""

    signs: NDArray[np.int32]
    names: NDArray[Any]
    alike: tuple[float, ...]
    assumed: NDArray[np.bool_]
    beyond: bool


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
        with garbage_left_alone():
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
    """Return what rows of any kind show, see `_lm_eval_answers.answer_of`."""
    *raws, labels = columns
    texts = [map(bytes, column) for column in raws]
    return _together([single.answer_of(*row) for row in zip(*texts, labels, strict=True)])


def _together(answers: Sequence[single.Answer]) -> Answered:
    numbers = {answer.likelihoods for answer in answers}
    return Answered(
        np.array([answer.signs for answer in answers], dtype=np.int32),
        np.array([answer.name for answer in answers], dtype=object),
        numbers.pop() if len(numbers) == 1 else (),
        np.array([answer.assumed for answer in answers], dtype=bool),
        any(answer.beyond for answer in answers),
    )


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
    asked, settings = single.settings_of(bytes(arguments[0]))
    starts = {single.starts_twice(bytes(arguments[place])) for place in (0, -1)}
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
    shown, assumed, beyond = _of_texts(texts, said, single.stated_limit(asked or {}))
    for at in _perhaps_other_script(texts, arguments, len(settings)):
        shown[at] |= single.SCRIPT if single.other_script(texts[at], bytes(arguments[at])) else 0
    names = []
    for at, (text, outcome, label) in enumerate(zip(texts, found, filters, strict=True)):
        parsed = single.is_parsed(label, outcome, text)
        if parsed:
            shown[at] |= _answers.filtered_signs(outcome)
        names.append(single.name_of(single.first_leaf(outcome) if parsed else text))
    shown |= starts.pop()
    return Answered(shown, np.array(names, dtype=object), (), assumed, beyond)


def _of_texts(texts: Sequence[str], said: Sequence[Any], stated: int | None) -> tuple[Shown, NDArray[np.bool_], bool]:
    """Return what texts show by themselves, which are measured by the harness's own limit, and if one is beyond it."""
    limit = single.DEFAULT_LIMIT if stated is None else stated
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
    longest = [texts[at] for at in np.flatnonzero(assumed & (sizes > single.BEYOND * single.DEFAULT_LIMIT)).tolist()]
    return shown, assumed, any(map(single.is_beyond, longest))


def _perhaps_other_script(texts: Sequence[str], arguments: Sequence[Raw], settings: int) -> Iterator[int]:
    for at, (text, asked) in enumerate(zip(texts, arguments, strict=True)):
        end = bytes(memoryview(asked)[-settings - single.PROMPT_END : -settings])
        if not text.isascii() or not end.isascii() or b"\\u" in end:
            yield at


def of_options(resps: Sequence[Raw], arguments: Sequence[Raw]) -> Answered | None:
    """Return the same of rows that all hold log-likelihoods of two options or more, at once; None for other rows."""
    doubled = {single.starts_twice(bytes(arguments[place])) for place in (0, -1)}
    if single.settings_of(bytes(arguments[0]))[0] is not None or len(doubled) > 1:
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


def prompts(hashes: Sequence[Any]) -> NDArray[np.int64]:
    """Return a number for the prompt of each row, from lm-eval's hash of it; -1 where the file has none."""
    try:
        numbers = np.frombuffer(bytes.fromhex("".join([text[:DIGITS] for text in hashes])), dtype=">u8")
    except (TypeError, ValueError):
        numbers = np.empty(0, dtype=">u8")
    return (numbers >> 1).astype(np.int64) if len(numbers) == len(hashes) else np.full(len(hashes), UNKNOWN, np.int64)
