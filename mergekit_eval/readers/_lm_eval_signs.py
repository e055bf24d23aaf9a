"""The signs of all answers in a samples file of lm-eval.

Rows of one kind are looked at together (`of_options`, `of_texts`), all others one by one; both find the same.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mergekit_eval.readers import _answers
from mergekit_eval.readers import _lm_eval_answers as single
from mergekit_eval.signs import bit

NAMELESS = -1
_TEXTS = msgspec.json.Decoder(list[list[list[str]]])
_ANSWERS = msgspec.json.Decoder(list[tuple[str]])

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

    def add(
        self,
        resps: Sequence[Raw],
        filtered: Sequence[Raw],
        arguments: Sequence[Raw],
        ends: Sequence[Raw],
        filters: Sequence[Any],
    ) -> None:
        """Take the columns of one chunk as raw JSON; empty where a row has no such key."""
        columns = (resps, filtered, arguments, ends, filters)
        with _without_collecting():
            self._parts.append(of_options(resps, arguments) or of_texts(*columns) or one_by_one(*columns))

    def signs(self, filters: NDArray[np.integer[Any]]) -> Shown:
        """Return the signs of every row, in the order of the rows; ``filters`` are the numbers of their filters."""
        shown, names = (np.concatenate([getattr(part, key) for part in self._parts]) for key in ("signs", "names"))
        if any(part.beyond for part in self._parts):
            shown[np.concatenate([part.assumed for part in self._parts])] &= ~bit("limit", "cut_inferred")
        for number in range(filters.max(initial=-1) + 1):
            rows = np.flatnonzero(filters == number)
            shown[rows[_commonest(names[rows])]] |= bit("same")
        if len(shown) > 1 and self._parts[0].alike and len({part.alike for part in self._parts}) == 1:
            shown |= bit("constant")
        return shown


def _commonest(names: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which answers are the most frequent one; those without a name are none."""
    counts = Counter(names.tolist())
    for nameless in (None, NAMELESS):
        counts.pop(nameless, None)
    if not counts:
        return np.zeros(len(names), dtype=bool)
    commonest: NDArray[np.bool_] = names == max(counts, key=counts.__getitem__)
    return commonest


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

    What few texts show is looked for in all of them at once, and then one by one in those that may show it. A file
    holds the same texts once for each filter; what they show by themselves is asked once.
    """
    own = _first_block(filters, resps, arguments, ends)
    asked, settings = single.settings_of(bytes(arguments[0]))
    prompts = list(map(bytes, arguments[:own]))
    starts = {single.starts_twice(prompts[place]) for place in (0, -1)}
    if not settings or len(starts) > 1 or not all(prompt.endswith(settings) for prompt in prompts):
        return None
    try:
        texts = [row[0][0] for row in _TEXTS.decode(_listed(resps[:own]))]
        said = _said(ends[:own])
        times = len(resps) // own
        parsed, names = _parsed(filtered, filters, texts * times)
    except (msgspec.MsgspecError, ValueError, RecursionError, IndexError):
        return None
    if not len(texts) * times == len(names) == len(resps):
        return None
    shown, assumed, beyond = _of_texts(texts, said, single.stated_limit(asked or {}))
    for at in _perhaps_other_script(texts, prompts, len(settings)):
        shown[at] |= single.SCRIPT if single.other_script(texts[at], prompts[at]) else 0
    shown = np.tile(shown | starts.pop(), times) | parsed
    return Answered(shown, np.array(names, dtype=object), (), np.tile(assumed, times), beyond)


def _said(ends: Sequence[Raw]) -> list[Any]:
    """Return why answers ended, "" where a row does not say."""
    if not b"".join(ends):
        return [""] * len(ends)
    return [msgspec.json.decode(end) if len(memoryview(end)) else "" for end in ends]


def _first_block(filters: Sequence[Any], *columns: Sequence[Raw]) -> int:
    """Return how many rows the first filter has, where the same rows follow for each other one; else of all rows."""
    count = len(filters)
    own = filters.count(filters[0])
    blocks = [slice(start, start + own) for start in range(0, count, own)]
    repeats = count % own == 0 and all(column[block] == column[:own] for block in blocks[1:] for column in columns)
    return own if repeats else count


def _listed(raws: Sequence[Raw]) -> bytes:
    return b"[" + b",".join(raws) + b"]"


def _parsed(filtered: Sequence[Raw], filters: Sequence[Any], texts: Sequence[str]) -> tuple[Shown, Sequence[Any]]:
    """Return what the outcomes of filters show, and the names of all answers."""
    if filters.count(single.NO_FILTER) == len(filters):
        return np.zeros(len(texts), dtype=np.int32), list(map(single.name_of, texts))
    if set(map(type, filters)) == {str} and single.NO_FILTER not in filters:
        with suppress(msgspec.ValidationError):
            answers = [answer for (answer,) in _ANSWERS.decode(_listed(filtered))]
            shown = np.where(
                list(map(_answers.is_answer, answers)), _answers.FILTERED, _answers.FILTERED | _answers.UNPARSED
            ).astype(np.int32)
            return shown, list(map(single.name_of, answers))
    outcomes = msgspec.json.decode(_listed(filtered))
    bits, names = [], []
    for outcome, label, text in zip(outcomes, filters, texts, strict=True):
        parsed = single.is_parsed(label, outcome, text)
        bits.append(_answers.filtered_signs(outcome) if parsed else 0)
        names.append(single.name_of(single.first_leaf(outcome) if parsed else text))
    return np.array(bits, dtype=np.int32), names


def _of_texts(texts: Sequence[str], said: Sequence[Any], stated: int | None) -> tuple[Shown, NDArray[np.bool_], bool]:
    """Return what texts show by themselves, which are measured by the harness's own limit, and if one is beyond it."""
    limit = single.DEFAULT_LIMIT if stated is None else stated
    ended = np.array([isinstance(end, str) and end != "" for end in said], dtype=bool)
    assumed = ~ended if stated is None else np.zeros(len(texts), dtype=bool)
    sizes = np.fromiter(map(len, texts), dtype=np.intp, count=len(texts))
    long = np.flatnonzero(~ended & (sizes >= _answers.LONG * limit)).tolist()
    most = {at: _answers.most_tokens(texts[at]) for at in long}
    marks = _answers.marks_in(texts)
    reaching = [at for at in long if most[at] >= _answers.LONG * limit]
    perhaps = {at for at in reaching if texts[at][-1] not in _answers.ENDS}
    perhaps |= set(np.flatnonzero(ended).tolist())
    perhaps |= {at for at, text in enumerate(texts) if _answers.may_be_special(text)}
    perhaps |= {at for sign in marks for at, text in enumerate(texts) if any(p in text for p in _answers.PHRASES[sign])}
    shown = np.full(len(texts), _answers.TEXT | _answers.LIMIT, dtype=np.int32)
    for at in perhaps:
        shown[at] = _answers.text_signs(texts[at], limit, said[at] if ended[at] else "", marks)
    return shown, assumed, any(single.is_beyond(texts[at]) for at in reaching if assumed[at])


def _perhaps_other_script(texts: Sequence[str], prompts: Sequence[bytes], settings: int) -> Iterator[int]:
    ends = [prompt[-settings - single.PROMPT_END : -settings] for prompt in prompts]
    together = b"".join(ends)
    escaped = b"\\" in together and b"\\u" in together  # one letter is found much sooner than two
    if not escaped and together.isascii() and all(map(str.isascii, texts)):
        return
    for at, (text, end) in enumerate(zip(texts, ends, strict=True)):
        if not text.isascii() or not end.isascii() or b"\\u" in end:
            yield at


def of_options(resps: Sequence[Raw], arguments: Sequence[Raw]) -> Answered | None:
    """Return the same of rows that all hold log-likelihoods of two options or more, at once; None for other rows."""
    doubled = {single.starts_twice(bytes(arguments[place])) for place in (0, -1)}
    if single.settings_of(bytes(arguments[0]))[0] is not None or len(doubled) > 1:
        return None
    numbers, sizes = _likelihoods(b"\n".join(resps))
    if len(sizes) != len(resps) or sizes.min() < 2 or not len(numbers) or np.isnan(numbers).any():
        return None
    starts = np.cumsum(sizes) - sizes
    likeliest = numbers == np.repeat(np.maximum.reduceat(numbers, starts), sizes)
    tied = np.add.reduceat(likeliest, starts, dtype=np.intp) > 1
    first = np.flatnonzero(likeliest)
    names = first[np.searchsorted(first, starts)] - starts
    shown = np.where(tied, bit("options", "tied"), bit("options")).astype(np.int32)
    same = sizes.min() == sizes.max() and bool((numbers.reshape(len(sizes), -1) == numbers[: sizes[0]]).all())
    shown |= doubled.pop()
    alike = tuple(numbers[: sizes[0]].tolist()) if same else ()
    return Answered(shown, names, alike, np.zeros(len(sizes), dtype=bool), False)


def _likelihoods(lines: bytes) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the numbers of lines like ``[[["-1.5", "False"]], [["-2.0", "True"]]]``, and how many each line has.

    Both are empty where a line has another form, which the eight bytes from every second quotation mark on tell.
    """
    spaced = lines if b" " in lines else lines.replace(b",", b", ")
    data = spaced + b"\n[[[" + bytes(8)  # there are eight bytes from every quotation mark on, and all lines end alike
    quotes = np.flatnonzero(np.frombuffer(data, np.uint8) == ord('"'))
    if len(quotes) % 4 == 0 and data.startswith(b'[[["'):
        begin, end, _, last = quotes.reshape(-1, 4).T
        eight = np.ndarray(len(data) - 7, "<u8", data, strides=(1,))
        closing = np.flatnonzero(eight[last] == _code(b'"]]]\n[[['))
        others = np.count_nonzero(eight[last] == _code(b'"]], [["'))
        parted = eight[end] & _code(b"\xff" * 4) == _code(b'", "')
        apart = begin[closing[:-1] + 1] - last[closing[:-1]] == 8
        if len(closing) + others == len(last) and parted.all() and apart.all():
            return _floats(data, begin + 1, end), np.diff(closing, prepend=-1)
    return np.empty(0), np.empty(0, np.intp)


def _code(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, "little"))


def _floats(data: bytes, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the numbers that stand between some places of a text; none at all where one of them is no number."""
    places = np.column_stack([starts, ends]).ravel().astype(np.int32)
    buffers = [pa.py_buffer(b"\x55" * (len(places) // 8 + 1)), pa.py_buffer(places), pa.py_buffer(data)]
    # Every second text, what stands between two numbers, is none: a bit of the first buffer says so.
    texts = pa.Array.from_buffers(pa.string(), len(places) - 1, buffers)
    try:
        return np.frombuffer(texts.cast(pa.float64()).buffers()[1], np.float64)[: len(places) - 1 : 2]
    except pa.ArrowInvalid:
        return np.empty(0)
