"""What an answer shows beside its score: cut off, not parsed, empty, a loop, tied options. No text is kept.

A length in tokens is estimated from the text: a word is a token for every eight letters begun, a digit, a mark, a run
of spaces and a line break one each. On 55 answers whose tokens are stated it gives 1.02 to 1.25 times the true number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np

from mergekit_eval.signs import bit, facts

NO_ANSWER = "[invalid]"
WORD_LETTERS = 8
LONG, NEAR = 0.8, 0.4  # of the limit: from here on an answer that breaks off counts as cut; below it cannot
TAIL, REACH, LEAST = (
    24,
    4000,
    60,
)  # bytes: looked for, how far back, the shortest loop
LOOP = 0.5
SCRIPT_LETTERS = 12
ENDS = frozenset(".!?…。！？؟।\"'”’»)]}>`*$|:;\n")
_PIECE = re.compile(r"[^\W\d_]+|\d|[^\w\s]|_|\n+|[^\S\n]{2,}")


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text has; see the head of the module."""
    return sum(-(-len(piece) // WORD_LETTERS) if piece[0].isalpha() else 1 for piece in _PIECE.findall(text))


def text_signs(text: str, limit: float | None = None, end: str = "") -> int:
    """Return the bits of `signs` that a text shows.

    Parameters
    ----------
    text : str
        The answer.
    limit : float or None
        Tokens that it may have at most; None where that is not known.
    end : str
        Why it ended, as the tool says: "length" (or "max_tokens") where the limit ended it; "" where it does not say.
    """
    shown = bit("text") | _phrases(text)
    empty = not text.strip()
    loop = not empty and is_loop(text)
    shown |= (bit("empty") if empty else 0) | (bit("loop") if loop else 0)
    if end:
        shown |= bit("ending") | (bit("cut") if end in ("length", "max_tokens") else 0)
    elif limit is not None:
        shown |= bit("ending") | (bit("cut_inferred") if _breaks_off(text, limit, loop) else 0)
    return shown


def _breaks_off(text: str, limit: float, loop: bool) -> bool:
    """Return whether a text is about as long as its limit allows and does not end as a text ends."""
    if len(text) < NEAR * limit or (text[-1] in ENDS and not loop):
        return False
    return estimated_tokens(text) >= LONG * limit


@cache
def _marks() -> dict[str, re.Pattern[str]]:
    return {name: re.compile("|".join(map(re.escape, facts()[name].phrases))) for name in ("role", "end", "refusal")}


def _phrases(text: str) -> int:
    marks = _marks()
    shown = 0
    if "<" in text or "#" in text or "[" in text or "\n" in text:
        shown = sum(bit(name) for name in ("role", "end") if marks[name].search(text))
    start = text[:200].lstrip().lower().replace("’", "'")
    return shown | (bit("refusal") if marks["refusal"].match(start) else 0)


def is_loop(text: str) -> bool:
    """Return whether most of a text repeats, three times or more, what stands one fixed distance before.

    The distance is that between the end of the text and the nearest earlier place that reads the same.
    """
    data = text.encode("utf-8", "surrogatepass")[-REACH:]
    if len(data) < LEAST:
        return False
    tail = min(TAIL, len(data) // 3)
    place = data.rfind(data[-tail:], 0, len(data) - 1)
    if place < 0:
        return False
    distance = len(data) - tail - place
    letters = np.frombuffer(data, np.uint8)
    same = int((letters[distance:] == letters[:-distance]).sum())
    return same >= 2 * distance and same > LOOP * len(data)


def script_of(text: str) -> str:
    """Return the script that most letters of a text are in, "" where it has fewer than twelve letters."""
    letters = [c for c in text if c.isalpha()]
    if len(letters) < SCRIPT_LETTERS:
        return ""
    kinds = [_script(c) for c in letters]
    return max(set(kinds), key=kinds.count)


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    """Return the first word of a letter's Unicode name, which is its script; one word for the scripts of Japanese."""
    name = unicodedata.name(letter, "").partition(" ")[0]
    return "CJK" if name in ("HIRAGANA", "KATAKANA", "CJK", "IDEOGRAPHIC") else name


def option_signs(likelihoods: Sequence[float]) -> int:
    """Return the bits that the log-likelihoods of all options of an item show; two or more options."""
    first, second = sorted(likelihoods, reverse=True)[:2]
    return bit("options") | (bit("tied") if first == second else 0)


def filtered_signs(filtered: Any) -> int:
    """Return the bits that the outcome of an answer filter shows: a text, or a list of texts of which one counts."""
    found = filtered[0] if isinstance(filtered, list) and filtered else filtered
    if not isinstance(found, str):
        return 0
    return bit("filtered") | (bit("unparsed") if found == NO_ANSWER or not found.strip() else 0)
