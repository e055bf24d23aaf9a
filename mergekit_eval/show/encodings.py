"""Colour, marker and hatch for every role, model and outcome: never colour alone, and the same all over a study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from matplotlib.colors import LinearSegmentedColormap


class Code(NamedTuple):
    """How one thing is drawn; ``symbol`` is its text form in cells and tables."""

    colour: str
    marker: str
    hatch: str
    line: str | tuple[int, tuple[int, ...]]
    symbol: str


# No role has a triangle: those mean better and worse. The lightnesses differ, so the roles stay apart in grey and for
# every common colour blindness (tests/show/test_codes.py simulates them).
ROLES: Mapping[str, Code] = {
    "base": Code("#333333", "s", "", "-", "■"),
    "parent": Code("#00916b", "D", "////", "--", "◆"),
    "merge": Code("#7b3294", "o", "", "-", "●"),
    "reference": Code("#e0a000", "P", "....", ":", "+"),
    "": Code("#8a8a8a", "p", "", "-", "?"),
}
ROLE_UNKNOWN, REFUSED_NAME = "role unknown", "not comparable"
BETTER, WORSE, OPEN, REFUSED = "#1b62a5", "#c2500e", "#8f8f8f", "#bdbdbd"
OUTCOMES: Mapping[str, Code] = {
    "better": Code(BETTER, "^", "", "-", "▲"),
    "worse": Code(WORSE, "v", "////", "-", "▼"),
    "undecided": Code(OPEN, "o", "", "-", "·"),
    "": Code(REFUSED, "x", "", ":", "×"),
}
VERDICTS: Mapping[str, Code] = {
    "better than every parent": Code(BETTER, "^", "", "-", "▲"),
    "between": Code("#5b7f95", "D", "", "-", "◆"),
    "worse": Code(WORSE, "v", "////", "-", "▼"),
    "collapsed": Code("#7a1f0a", "X", "xxxx", "-", "✖"),
    "not decided": Code(OPEN, "o", "", "-", "○"),
}
WITHIN = VERDICTS["between"]
PLACES: Mapping[str, Code] = {
    "above": OUTCOMES["better"],
    "within": WITHIN,
    "below": OUTCOMES["worse"],
    "undecided": OUTCOMES["undecided"],
}
CATEGORIES: Mapping[str, Code] = {
    "better than all": Code(BETTER, "^", "", "-", "▲"),
    "between": Code("#9db8c9", "D", "....", "-", "◆"),
    "undecided": Code("#dedede", "o", "", "-", "·"),
    "worse than all": Code(WORSE, "v", "////", "-", "▼"),
}
NOISE: Mapping[str, Code] = {
    "more than noise": Code("#0f4a85", "^", "", "-", "▲"),
    "fewer than noise": Code("#9c3d08", "v", "", "-", "▼"),
    "undecided": OUTCOMES["undecided"],
}
RETAINED: Mapping[str, Code] = {
    "kept": Code(BETTER, "^", "", "-", "▲"),
    "lost": Code(WORSE, "v", "////", "-", "▼"),
    "undecided": OUTCOMES["undecided"],
    "": OUTCOMES[""],
}
ITEMS: Mapping[str, Code] = {
    "kept": Code("#7f97ab", "o", "", "-", ""),
    "gained": Code("#4d8fc4", "o", "....", "-", ""),
    "synergy": Code("#0f4a85", "o", "", "-", ""),
    "lost": Code("#e3a27c", "o", "////", "-", ""),
    "lost_consensus": Code("#9c3d08", "o", "", "-", ""),
}
COUNTS: Mapping[str, Code] = {
    "wins": Code(BETTER, "^", "", "-", ""),
    "ties": Code("#d4d4d4", "o", "", "-", ""),
    "losses": Code(WORSE, "v", "////", "-", ""),
}
# Okabe and Ito (jfly.uni-koeln.de/color, 2008) without yellow, which vanishes on white; black softened.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#444444")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p")
HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----", "++++", "||||", "oooo", "**")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)), (0, (4, 1, 1, 1, 1, 1)), "-")

GAIN = LinearSegmentedColormap.from_list("gain", ["#8c3304", "#d9824a", "#f7f2ee", "#6aa0d0", "#0f4a85"])
LEVEL = LinearSegmentedColormap.from_list("level", ["#f4f6f8", "#a9c3d6", "#4d82a8", "#123f63"])


def model_codes(models: Sequence[str]) -> dict[str, Code]:
    """Give every model of a study its own code; the seven colours and ten markers give 70 different pairs.

    Parameters
    ----------
    models : sequence of str
        The FULL model list of the study, in its order: a figure of a few of them then keeps every colour, and a
        model added at the end changes no other. Neighbours differ in colour and in marker.
    """
    unique = list(dict.fromkeys(models))
    return {name: _code(index) for index, name in enumerate(unique)}


def _code(index: int) -> Code:
    nth = index % len(MARKERS)
    return Code(PALETTE[index % len(PALETTE)], MARKERS[nth], HATCHES[nth], LINES[nth], "")


def role_code(role: object) -> Code:
    """Return the code of a role; anything unknown is drawn as a model without a role."""
    return ROLES.get(str(role), ROLES[""])


def outcome_code(decided: object) -> Code:
    """Return the code of better, worse or undecided; anything else counts as not comparable."""
    return OUTCOMES.get(str(decided), OUTCOMES[""])


def present(known: Mapping[str, Code], used: Iterable[object], unknown: str = "") -> dict[str, Code]:
    """Return the entries of ``known`` that occur in ``used``, in the order of ``known`` (for a legend).

    Whatever else occurs is drawn as ``known[""]`` and stands under the name ``unknown``, if one is given.
    """
    seen = {str(value) for value in used}
    named = {name: code for name, code in known.items() if name in seen and name}
    return named | ({unknown: known[""]} if unknown and not seen <= set(named) else {})
