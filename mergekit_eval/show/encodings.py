"""Colour, marker and hatch for every role, model and status word: never colour alone, and the same all over a study."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from matplotlib.colors import LinearSegmentedColormap

from mergekit_eval.show.style import MUTED
from mergekit_eval.tables import statuses


class Code(NamedTuple):
    """How one thing is drawn; ``symbol`` is its text form in cells and tables."""

    colour: str
    marker: str
    hatch: str = ""
    line: str | tuple[int, tuple[int, ...]] = "-"
    symbol: str = ""


# The colour of every role that ``tables.yaml`` gives to status words.
COLOURS = {
    "better": "#1b62a5", "worse": "#c2500e", "open": "#8f8f8f", "refused": "#bdbdbd", "between": "#5b7f95",
    "collapsed": "#7a1f0a", "neutral": "#7f97ab", "paired": "#4d82a8", "aggregate": "#c3d6e4",
}  # fmt: skip
# The marker and the hatch of every mark of a status word that is drawn.
SHAPES = {
    "▲": ("^", ""), "▼": ("v", "////"), "◆": ("D", "\\\\\\\\"), "✖": ("X", "xxxx"), "×": ("x", ""), "·": ("o", ""),
    "○": ("o", ""), "●": ("o", ""), "■": ("s", ""), "+": ("P", "...."), "?": ("p", ""),
    "★": ("*", ""), "◁": ("<", ""), "⬢": ("h", "////"), "=": ("s", ""),
    "✚": ("P", ""), "⬟": ("p", ""), "⬧": ("d", "////"), "⬣": ("H", "////"),
}  # fmt: skip
# The lightnesses differ, so the roles stay apart in grey and for every common colour blindness (the tests simulate it).
MODELS = {"base": "#333333", "parent": "#00916b", "merge": "#7b3294", "reference": "#e0a000", "": "#8a8a8a"}


@cache
def codes(vocabulary: str) -> dict[str, Code]:
    """Return how each word of a vocabulary of ``tables.yaml`` is drawn: colour of its role, shape of its mark."""
    return {
        word: Code(COLOURS[status.colour], *SHAPES.get(status.mark, ("o", "")), symbol=status.mark)
        for word, status in statuses()[vocabulary].items()
    }


OUTCOMES, VERDICTS = codes("outcome"), codes("verdict")
ROLES = {word: code._replace(colour=MODELS[word]) for word, code in codes("role").items()}
COUNTS = {"wins": OUTCOMES["better"], "ties": OUTCOMES["undecided"], "losses": OUTCOMES["worse"]}
ROLE_UNKNOWN, REFUSED_NAME = "role unknown", "not comparable"
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
    return {
        name: Code(PALETTE[at % len(PALETTE)], MARKERS[at % 10], HATCHES[at % 10], LINES[at % 10])
        for at, name in enumerate(dict.fromkeys(models))
    }


def fill(code: Code) -> str:
    """Return the colour of an area: what is open fills it in a light grey."""
    return MUTED if code.colour == COLOURS["open"] else code.colour


def code_of(known: Mapping[str, Code], word: object) -> Code:
    """Return the code of a word; any other word is drawn as the empty one, else as what was refused."""
    return known.get(str(word), known.get("", OUTCOMES[""]))


def present(known: Mapping[str, Code], used: Iterable[object], unknown: str) -> dict[str, Code]:
    """Return the entries of ``known`` that occur in ``used``, in the order of ``known`` (for a legend).

    Whatever else occurs stands under the name ``unknown``.
    """
    seen = {str(value) for value in used}
    named = {name: code for name, code in known.items() if name in seen and name}
    return named | ({} if seen <= set(named) else {unknown: code_of(known, "")})
