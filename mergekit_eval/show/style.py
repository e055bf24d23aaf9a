"""How figures look, as plain dictionaries: nothing here changes matplotlib by being imported.

Use ``matplotlib.rcParams.update(rc("neurips"))`` once in a notebook, or ``with matplotlib.rc_context(rc("acl")):``.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any, Literal, NamedTuple, get_args

from mergekit_eval.errors import ParameterError, explain
from mergekit_eval.packaged import packaged_yaml
from mergekit_eval.show.text import TEX

Tex = Literal["off", "usetex", "pgf"]
INK, FAINT, GRID, PAPER, MUTED = "#222222", "#6b6b6b", "#e4e4e4", "#ffffff", "#ececec"
GOLDEN = 0.618
# Both families ship inside matplotlib, so a figure has the same bytes on every machine.
FONTS = {"sans": ["DejaVu Sans"], "serif": ["STIXGeneral", "DejaVu Serif"]}
LOOK: dict[str, Any] = {
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.02, "figure.constrained_layout.w_pad": 0.02,
    "figure.dpi": 110, "savefig.dpi": 300, "savefig.bbox": None, "savefig.facecolor": PAPER,
    "figure.facecolor": PAPER, "axes.facecolor": PAPER,
    "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
    "axes.edgecolor": FAINT, "axes.labelcolor": INK, "text.color": INK,
    "xtick.color": FAINT, "ytick.color": FAINT, "xtick.labelcolor": INK, "ytick.labelcolor": INK,
    "grid.color": GRID, "grid.linewidth": 0.6, "legend.frameon": False, "legend.handlelength": 1.4,
    "axes.titlelocation": "left", "axes.formatter.useoffset": False, "axes.formatter.limits": (-4, 6),
}  # fmt: skip


class Venue(NamedTuple):
    """Printed widths in inches (``half`` is None where a page has one column), text size in points, source."""

    full: float
    size: float
    source: str
    half: float | None = None


@cache
def venues() -> dict[str, Venue]:
    """Return every known venue by its lower-case name."""
    return {name: Venue(**facts) for name, facts in packaged_yaml("show/venues.yaml").items()}


def width(venue: str, column: str = "full", *, fraction: float = 1.0) -> float:
    """Return the figure width in inches.

    Raises
    ------
    ParameterError
        If the venue is unknown or has no such column.
    """
    _known("venue", venue, sorted(venues()))
    _known("column", column, [name for name in ("full", "half") if getattr(venues()[venue], name)])
    if not 0 < fraction <= 1:
        raise ParameterError(explain("style", "fraction", fraction, "above 0 and at most 1"))
    return float(getattr(venues()[venue], column)) * fraction


def _known(key: str, value: str, allowed: Iterable[str]) -> None:
    if value not in allowed:
        raise ParameterError(explain("style", key, value, ", ".join(allowed)))


def rc(
    venue: str = "notebook", *, column: str = "full", fraction: float = 1.0, font: str = "sans", tex: Tex = "off"
) -> dict[str, Any]:
    """Return the rc dictionary for figures of one venue.

    Parameters
    ----------
    venue : str
        A name of `venues`.
    column : {"full", "half"}
        Text width, or one column of a two-column page.
    fraction : float
        Part of that width, e.g. 0.5 for two figures side by side.
    font : {"sans", "serif"}
        DejaVu Sans, or STIX (a Times).
    tex : {"off", "usetex", "pgf"}
        ``usetex`` lets an installed LaTeX (with cm-super) set the text; ``pgf`` is for ``save_figure(...,
        formats=("pgf",))``, whose file the paper's own LaTeX sets. Nothing else here needs a LaTeX.
    """
    _known("font", font, FONTS)
    _known("tex", tex, get_args(Tex))
    wide = width(venue, column, fraction=fraction)
    return _sizes(venues()[venue].size) | LOOK | _fonts(font, tex) | {"figure.figsize": (wide, wide * GOLDEN)}


def _sizes(size: float) -> dict[str, Any]:
    small = size * 0.875
    return {
        "font.size": size, "axes.labelsize": size, "axes.titlesize": size, "figure.titlesize": size,
        "legend.fontsize": small, "xtick.labelsize": small, "ytick.labelsize": small,
        "lines.linewidth": size / 7, "lines.markersize": size * 0.55, "axes.linewidth": size / 13,
        "xtick.major.size": size * 0.3, "ytick.major.size": size * 0.3,
        "xtick.major.width": size / 13, "ytick.major.width": size / 13, "hatch.linewidth": size / 16,
    }  # fmt: skip


def _fonts(font: str, tex: Tex) -> dict[str, Any]:
    common = {
        "font.family": FONTS[font], "mathtext.fontset": "stix" if font == "serif" else "dejavusans",
        "pdf.fonttype": 42, "ps.fonttype": 42, "svg.fonttype": "none", "text.parse_math": tex != "off",
    }  # fmt: skip
    if tex == "usetex":
        family = {"font.family": "serif" if font == "serif" else "sans-serif"}
        return common | family | {"text.usetex": True, "text.latex.preamble": _preamble()}
    if tex == "pgf":
        return common | {"pgf.texsystem": "pdflatex", "pgf.rcfonts": False, "pgf.preamble": _preamble()}
    return common | {"text.usetex": False}


def _preamble() -> str:
    """Return LaTeX definitions of the signs that our labels use."""
    signs = {sign: tex for sign, tex in TEX.items() if not sign.isascii()}
    return "".join(rf"\DeclareUnicodeCharacter{{{ord(sign):04X}}}{{{tex}}}" for sign, tex in signs.items())
