"""What an answer shows beside its score: cut off, not parsed, empty, a loop, tied options. No text is kept.

A length in tokens is estimated from the text: a word, a digit, a mark, a line break and a Chinese, Japanese or Korean
character are one each. `benchmarks.cut_inference` holds it against stated numbers of tokens.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from mergekit_eval.signs import bit, facts
from mergekit_eval.thresholds import thresholds

NO_ANSWER = "[invalid]"
LONG = 0.8  # of the limit: from this estimated length on an answer that breaks off counts as cut
TAIL, REACH, LEAST = 24, 4000, 60  # bytes: looked for, how far back, the shortest loop
REPEATED = thresholds()["loop_share"]
SCRIPT_LETTERS = 12
ENDS = frozenset(".!?…。！？؟।\"'”’»)]}>`*$|:;\n")
MARKS = ("role", "end")
BITS = {name: sign.bit for name, sign in facts().items()}
PHRASES = {name: sign.phrases for name, sign in facts().items()}
REFUSAL_START = max(map(len, PHRASES["refusal"]))
LIMITED = ("length", "max_tokens", "model_length")  # what tools call an end at the limit
REFUSAL_LETTERS = frozenset(letter for phrase in PHRASES["refusal"] for letter in (phrase[0], phrase[0].upper()))
TEXT, ENDING, CUT = (BITS[name] for name in ("text", "ending", "cut"))
LIMIT, CUT_INFERRED, COUNTED = (BITS[name] for name in ("limit", "cut_inferred", "counted"))
EMPTY, LOOP, REFUSAL = (BITS[name] for name in ("empty", "loop", "refusal"))
FILTERED, UNPARSED = BITS["filtered"], BITS["unparsed"]
_LETTERS = string.ascii_letters.encode() + bytes(range(128, 256))
_BLANKS = b" \t\r\v\f"
_WORDS = bytes(byte if byte in _LETTERS else ord(" ") for byte in range(256))
_WIDE = re.compile("[\u2e80-\uffdc\U00020000-\U0003ffff]")


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text has; see the head of the module."""
    data = text.encode("utf-8", "surrogatepass")
    words, marks = len(data.translate(_WORDS).split()), len(data.translate(None, _LETTERS + _BLANKS))
    return words + marks + (0 if text.isascii() else len(_WIDE.findall(text)))


def may_reach(text: str, tokens: float) -> bool:
    """Return whether `estimated_tokens` may be so many: cheaper than to estimate, and never wrongly no."""
    if not text.isascii():
        return 2 * len(text) >= tokens  # a character that is a token may be a word as well
    # A word ends at something that is no letter, and of these each is a token of its own at most.
    return 1 + 2 * len(text.encode().translate(None, _LETTERS)) >= tokens


def text_signs(text: str, limit: float | None = None, end: str = "", marks: Iterable[str] = MARKS) -> int:
    """Return the bits of `signs` that a text shows.

    Parameters
    ----------
    text : str
        The answer.
    limit : float or None
        Tokens that it may have at most; None where that is not known.
    end : str
        Why it ended, as the tool says; one of `LIMITED` where the limit ended it, "" where it does not say.
    marks : iterable of str
        Signs whose phrases are looked for; fewer where it is known that none of a sign is there, see `marks_in`.
    """
    empty = not text or text.isspace()
    loop = len(text) >= LEAST and not empty and is_loop(text)
    shown = TEXT | (EMPTY if empty else 0) | (LOOP if loop else 0)
    for name in marks:
        if any(phrase in text for phrase in PHRASES[name]):
            shown |= BITS[name]
    if text.lstrip()[:REFUSAL_START].lower().replace("’", "'").startswith(PHRASES["refusal"]):
        shown |= REFUSAL
    if end:
        shown |= ENDING | (CUT if end in LIMITED else 0)
    elif limit is not None:
        shown |= LIMIT | (CUT_INFERRED if _breaks_off(text, limit, loop) else 0)
    return shown


def counted_signs(tokens: int, limit: float) -> int:
    """Return the bits of an answer of so many tokens, which may have as many as ``limit``."""
    return ENDING | COUNTED | (CUT if tokens >= limit else 0)


def signs_of(answer: Any) -> int:
    """Return the signs of an answer of which nothing but its text is known; 0 where it is no text."""
    return text_signs(answer) if isinstance(answer, str) else 0


def may_be_special(text: str) -> bool:
    """Return whether a text has to be looked at for being empty, a refusal or a loop; cheap, and never wrongly no."""
    start = text.lstrip()[:REFUSAL_START]
    if not start or start[0] in REFUSAL_LETTERS or not text.isascii():
        return True
    return len(text) >= LEAST and text.rfind(text[-LEAST // 3 :], 0, -1) >= 0


def marks_in(texts: Iterable[str]) -> list[str]:
    """Return the signs of `MARKS` of which some phrase stands in one of many texts."""
    together = "\0".join(texts)
    return [name for name in MARKS if any(phrase in together for phrase in PHRASES[name])]


def _breaks_off(text: str, limit: float, loop: bool) -> bool:
    """Return whether a text is about as long as its limit allows and does not end as a text ends."""
    if len(text) < LONG * limit or (text[-1] in ENDS and not loop):
        return False
    return estimated_tokens(text) >= LONG * limit


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
    return same >= 2 * distance and same > REPEATED * len(data)


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
    return FILTERED | (UNPARSED if found == NO_ANSWER or not found.strip() else 0)
