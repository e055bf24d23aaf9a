"""Text that is safe where it is printed: unique short names, and escaping for figures, LaTeX, HTML and Markdown."""

import html as _html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import takewhile

import matplotlib
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font

from mergekit_eval.wording import escaped, one_line

ELLIPSIS = "…"
_SPLIT = re.compile(r"([/_\-\s:.]+)")
# What LaTeX writes for a character.
# A row that begins with [ or * would be read as an argument of the line break before it; braces prevent that.
TEX = {
    "[": "{[}", "]": "{]}", "*": "{*}",
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': "''", "–": "--", "—": "---", "…": r"\ldots{}", "−": r"\ensuremath{-}",
    "±": r"\ensuremath{\pm}", "×": r"\ensuremath{\times}", "≤": r"\ensuremath{\leq}", "≥": r"\ensuremath{\geq}",
    "→": r"\ensuremath{\rightarrow}", "←": r"\ensuremath{\leftarrow}", "↑": r"\ensuremath{\uparrow}",
    "↓": r"\ensuremath{\downarrow}", "▲": r"\ensuremath{\bigtriangleup}", "▼": r"\ensuremath{\bigtriangledown}",
    "◆": r"\ensuremath{\diamond}", "○": r"\ensuremath{\circ}", "●": r"\ensuremath{\bullet}",
    "✖": r"\ensuremath{\times}",
    "·": r"\ensuremath{\cdot}", "•": r"\textbullet{}", "°": r"\ensuremath{^{\circ}}", "†": r"\dag{}", "‡": r"\ddag{}",
    "§": r"\S{}", "¶": r"\P{}", "“": "``", "”": "''", "‘": "`", "’": "'", "\u00a0": "~", "α": r"\ensuremath{\alpha}",
    "λ": r"\ensuremath{\lambda}", "τ": r"\ensuremath{\tau}", "ρ": r"\ensuremath{\rho}", "Δ": r"\ensuremath{\Delta}",
}  # fmt: skip
# The default font encoding has these Latin-1 letters and no others of their kind.
_OT1 = {chr(at) for at in range(0xC0, 0x100)} - set("ÐÞðþ÷")
_MARKDOWN = {char: f"\\{char}" for char in "\\`*_{}[]()#+!|~$"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


@cache
def _glyphs(family: str) -> frozenset[int]:
    return frozenset(FT2Font(findfont(FontProperties(family=[family]))).get_charmap())


def plain(text: object) -> str:
    """Return ``text`` for a matplotlib label: no maths, no missing glyphs (they become escapes), one line."""
    line = one_line(text)
    if matplotlib.rcParams["text.usetex"] or not matplotlib.rcParams["pgf.rcfonts"]:  # style.rc(tex=...)
        return latex(line)
    have = frozenset().union(*(_glyphs(family) for family in matplotlib.rcParams["font.family"]))
    shown = "".join(char if ord(char) in have else escaped(char) for char in line)
    return shown.replace("$", r"\$") if matplotlib.rcParams["text.parse_math"] else shown


def latex(text: object) -> str:
    """Return ``text`` for LaTeX: every special character escaped; what pdfLaTeX cannot set becomes ``[U+....]``."""
    line = unicodedata.normalize("NFC", one_line(text))
    return "".join(
        TEX.get(char, char if char.isascii() or char in _OT1 else f"{{[}}U+{ord(char):04X}{{]}}") for char in line
    )


def html(text: object) -> str:
    """Return ``text`` for HTML, inside an element or a quoted attribute."""
    return _html.escape(one_line(text), quote=True)


def markdown(text: object) -> str:
    """Return ``text`` for a Markdown table cell: no markup, no HTML, no column break."""
    return "".join(_MARKDOWN.get(char, char) for char in one_line(text))


SAME_SHAPE = 3  # so many long names count as a series, which is shortened alike


def short_names(names: Iterable[object], limit: int = 24) -> dict[str, str]:
    """Shorten names to about ``limit`` characters so that different names stay different.

    The part before the last ``/`` goes where it distinguishes nothing. A name that is still too long loses the run
    of words that says least (the words it shares with most others), then letters from its middle.

    Returns
    -------
    dict[str, str]
        Full name -> short name, on one line, injective. A short name is longer than ``limit`` only where nothing
        shorter tells the names apart.
    """
    full = list(dict.fromkeys(str(name) for name in names))
    short = _unique(full, [one_line(name) for name in full])
    if max(map(len, short), default=0) > limit:
        for step in (_without_owner, _without_common_start, _without_common_words):
            tried = step(short, limit)
            short = tried if len(set(tried)) == len(full) else short
    return dict(zip(full, _elide(short, limit), strict=True))


def _unique(full: list[str], shown: list[str]) -> list[str]:
    """Number the names that look the same on one line, e.g. 'a b' and 'a  b'."""
    taken: dict[str, int] = {}
    out = []
    for text in shown:
        taken[text] = taken.get(text, 0) + 1
        out.append(text if taken[text] == 1 else f"{text} ({taken[text]})")
    return out if len(set(out)) == len(full) else [f"{index + 1}. {text}" for index, text in enumerate(shown)]


def _without_owner(names: list[str], _: int) -> list[str]:
    return [name.rsplit("/", 1)[-1] or name for name in names]


def _without_common_start(names: list[str], limit: int) -> list[str]:
    """Drop from all long names the same first words, as few as make them fit, so that they keep one shape."""
    long = [name for name in names if len(name) > limit]
    if len(long) < SAME_SHAPE:
        return names
    words = [_SPLIT.split(name) for name in long]
    shared = sum(1 for _ in takewhile(lambda parts: len(set(parts)) == 1, zip(*words, strict=False)))
    cuts = range(2, min([shared, *(len(parts) - 1 for parts in words)]) + 1, 2)
    ways = [{"".join(parts): "".join(parts[cut:]) for parts in words} for cut in cuts]
    telling = [way for way in ways if all(sum(n.endswith(tail) for n in names) == 1 for tail in way.values())]
    for way in sorted(telling, key=lambda tails: max(0, max(map(len, tails.values())) + 1 - limit))[:1]:
        return [ELLIPSIS + way[name] if name in way else name for name in names]
    return names


def _without_common_words(names: list[str], limit: int) -> list[str]:
    words = [_SPLIT.split(name) for name in names]
    share = Counter(word for name in words for word in set(name[::2]))
    return [_first_telling(parts, share, limit, names) if len(name) > limit else name
            for name, parts in zip(names, words, strict=True)]  # fmt: skip


def _first_telling(parts: list[str], share: Counter[str], limit: int, names: list[str]) -> str:
    """Return the best shortened name that still fits one of the names only, or the whole name."""
    for *_, head, tail in sorted(_ways(parts, share, limit)):
        if sum(name.startswith(head) and name.endswith(tail) for name in names) == 1:
            return head + ELLIPSIS + (tail if head else _SPLIT.sub("", tail, count=1) if _SPLIT.match(tail) else tail)
    return "".join(parts)


def _ways(parts: list[str], share: Counter[str], limit: int) -> Iterator[tuple[int, float, int, str, str]]:
    """Yield every way to drop one run of words: letters too many, cost, -length, what stays before and after.

    A word costs the more the rarer it is. The end of a name (its method, its weight) usually tells more than its
    middle.
    """
    for start in range(0, len(parts), 2):
        for stop in range(start + 1, len(parts) + 1, 2):
            head, tail = "".join(parts[:start]), "".join(parts[stop:])
            cost = sum(1 / share[word] for word in parts[start:stop:2]) + 0.5 * (stop == len(parts))
            length = len(head) + len(tail) + 1
            yield max(0, length - limit), cost, -length, head, tail


def _elide(names: list[str], limit: int) -> list[str]:
    longest = max(map(len, names), default=0)
    for size in range(max(limit, 5), longest):
        short = [_middle(name, size) for name in names]
        if len(set(short)) == len(names):
            return short
    return names


def _middle(name: str, size: int) -> str:
    if len(name) <= size:
        return name
    tail = size - 1 if name[0] == ELLIPSIS else (size - 1) * 3 // 5
    return name[: size - 1 - tail] + ELLIPSIS + name[len(name) - tail :]
