"""Axes as high as their rows, in a figure as wide as the venue prints and as high as the labels around them need."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mergekit_eval.errors import DataError
from mergekit_eval.schema import require
from mergekit_eval.show.encodings import Code
from mergekit_eval.show.figure_data import figure_of, remember
from mergekit_eval.show.style import FAINT, GRID
from mergekit_eval.show.text import plain, short_names

Names = Mapping[str, str] | None
Look = dict[str, Any]
OURS = "mergekit_eval"  # label of the figures that `fit` may resize
PAD = 0.04  # inches around each part of a figure, as its layout sets them
HIGHEST = 40.0  # inches; a figure has this height until it is fitted, so that no label lacks room
KEPT_TOGETHER = ("→ better)", "← better)", "← worse   better →", "not decided", "points of 100", "best parent")


def font() -> float:
    """Return the font size of the current style in points."""
    return float(matplotlib.rcParams["font.size"])


def wide(share: float = 1.0) -> float:
    """Return ``share`` of the figure width of the current style in points."""
    return float(matplotlib.rcParams["figure.figsize"][0]) * 72 * share


def characters(share: float, fewest: int = 8) -> int:
    """Return how many characters of a tick label fit into ``share`` of the figure's width."""
    return max(fewest, int(wide(share) / (font() * 0.875 * 0.6)))


def rows_height(rows: float) -> float:
    """Return the height of ``rows`` rows of marks in inches; many lie closer to each other."""
    return rows * font() * (1.9 if rows <= 50 else 1.3) / 72


def new_figure() -> Figure:
    """Return an empty figure of the venue's width, which `fit` gives its height."""
    figure = plt.figure(figsize=(wide() / 72, HIGHEST), label=OURS)
    figure.set_layout_engine("constrained", hspace=0)  # by default a share of the height, which is not known yet
    return figure


def axes_of(ax: Axes | None) -> Axes:
    """Return ``ax``, or the axes of a new figure."""
    return ax if ax is not None else new_figure().add_subplot()


def lay_out(ax: Axes) -> Figure:
    """Give the axes their final place without drawing anything, and return their figure."""
    figure = figure_of(ax)
    engine = figure.get_layout_engine()
    if engine is None:
        figure.draw_without_rendering()
    else:
        engine.execute(figure)
    return figure


def fit(ax: Axes, height: float, *below: Axes) -> None:
    """Make axes (and each of those ``below`` them) ``height`` inches high in a new figure, which grows or shrinks.

    How much room labels and legends take does not depend on the height of the figure, so they are measured once.
    """
    figure = figure_of(ax)
    if figure.get_label() == OURS:
        outside = [part.get_window_extent().height for part in (*figure.legends, *figure.texts)]
        for one in (ax, *below):
            box = one.get_tightbbox()
            outside.append(box.height - one.get_window_extent().height if box else 0)
        figure.set_figheight(sum(outside) / figure.dpi + PAD * len(outside) + height * (1 + len(below)))


def height_of(ax: Axes, fitted: float) -> float:
    """Return the height of axes in inches: ``fitted``, if `fit` will give them that, else the one they have."""
    figure = lay_out(ax)
    return fitted if figure.get_label() == OURS else ax.get_window_extent().height / figure.dpi


def finish(ax: Axes, table: pd.DataFrame, name: str, height: float, *below: Axes) -> Axes:
    """Remember the table that a plot function shows, give its axes their height (see `fit`), and return them."""
    remember(ax, table, name)
    fit(ax, height, *below)
    return ax


def labels(names: Sequence[object], limit: int | None = None, given: Names = None) -> list[str]:
    """Return printable unique short forms of ``names``; ``given`` (full -> short) wins where it has the name."""
    short = short_names(names, limit or characters(0.3)) | dict(given or {})
    return [plain(short[str(name)]) for name in names]


def row_axis(ax: Axes, printed: Sequence[str]) -> None:
    """Put one printable label per row at the left, first row on top, and a faint grid along the values."""
    ax.set_yticks(range(len(printed)), printed)
    ax.set_ylim(len(printed) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=GRID)


def zero_line(ax: Axes, _: object = None) -> None:
    """Mark zero difference."""
    ax.axvline(0, color=FAINT, linewidth=matplotlib.rcParams["axes.linewidth"] * 1.4, zorder=1.5)


def direction(text: str, higher_is_better: object, arrows: str = "→←") -> str:
    """Return an axis label that says where better is; an unknown direction is said too."""
    if pd.isna(higher_is_better):  # type: ignore[call-overload]  # any value of a cell; the stubs know no object
        return f"{text} (direction unknown)"
    return f"{text}  ({arrows[0 if higher_is_better else 1]} better)"


def factor(scale: object) -> float:
    """Return what a value is multiplied with to be printed: scores of 0-1 are shown in percent."""
    return 100.0 if str(scale) == "unit" else 1.0


def unit(scale: object) -> str:
    """Return the unit printed behind a score of this scale."""
    return " (%)" if str(scale) in ("unit", "percent") else ""


def points_of(scale: object) -> str:
    """Return the unit printed behind a difference of this scale."""
    return " (points of 100)" if str(scale) == "unit" else ""


def one(table: pd.DataFrame, column: str, who: str) -> Any:
    """Return the single value of ``column``; a figure has one axis, so two values are an error."""
    values = list(table[column].drop_duplicates()) if column in table else []
    if len(values) > 1:
        raise DataError(f"{who}: one {column} per axes, got {values[:6]}; draw them apart (a grid) or select one")
    return values[0] if values else None


def need(table: pd.DataFrame, columns: Iterable[str], who: str, place: Iterable[str] = ()) -> None:
    """Raise where a table lacks columns or rows (an empty picture would look like a result), or rows share a place.

    Parameters
    ----------
    place : iterable of str
        Columns that say where a row is drawn: of two rows in one place one would hide the other.
    """
    require(table, columns, who)
    if table.empty:
        raise DataError(f"{who}: the table has no rows, there is nothing to draw")
    twice = table[table.duplicated(list(place), keep=False)] if place else table.iloc[:0]
    if len(twice):
        first = twice.iloc[0][list(place)].to_dict()
        raise DataError(f"{who}: {len(twice)} rows share a place, first {first}; select one metric and filter per task")


def swatch(name: str, code: Code, *, bar: bool = False, **more: Any) -> Artist:
    """Return one legend entry."""
    if bar:
        return Patch(facecolor=code.colour, edgecolor="white", hatch=code.hatch, label=plain(name), **more)
    return Line2D([], [], color=code.colour, marker=code.marker, linestyle="none", label=plain(name), **more)


def legend(ax: Axes, handles: Sequence[Artist], *, columns: int = 4) -> None:
    """Put a legend above the axes, outside the data, in as many columns as fit the figure."""
    if not handles:
        return
    figure = figure_of(ax)
    lengths = [len(str(handle.get_label())) + 5 for handle in handles]
    counts = range(min(columns, len(handles)), 0, -1)
    count = next((n for n in counts if sum(map(max, np.array_split(lengths, n))) <= characters(1)), 1)
    if figure.get_label() == OURS:
        figure.legend(handles=handles, loc="outside upper right", ncols=count)
    else:
        ax.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=count, borderaxespad=0.2)


def series_legend(ax: Axes, codes: Mapping[str, Code], names: Names, more: Sequence[Artist] = ()) -> None:
    """Name every series with its colour and marker."""
    columns = max(1, min(4, int(wide() / (font() * 16)), len(codes)))
    printed = labels(list(codes), max(8, characters(1 / columns) - 6), names)
    entries = [swatch(name, code) for name, code in zip(printed, codes.values(), strict=True)]
    legend(ax, [*entries, *more], columns=columns)


def no_value(ax: Axes, at: float, text: str) -> None:
    """Say in a row that it has no value; nothing is drawn at 0."""
    side = ax.get_yaxis_transform()
    ax.text(0.02, at, plain(text), transform=side, va="center", style="italic", color=FAINT, fontsize="small")


def marks(ax: Axes, xs: Any, ys: Any, code: Code, *, hollow: bool = False) -> None:
    """Draw marks of one code as one artist, which keeps grids fast; ``hollow`` ones lie above all others."""
    face, edge = ("white", code.colour) if hollow else (code.colour, "white")
    ax.plot(xs, ys, code.marker, color=face, markeredgecolor=edge, markeredgewidth=0.8 if hollow else 0.5,
            zorder=4 + hollow)  # fmt: skip


def number(value: float, times: float) -> str:
    """Return a printed number: percent and points with one decimal, own units with three digits that tell."""
    return f"{value:.1f}" if times == 100 or abs(value) >= 100 else f"{value:.3g}"


def gained(value: float, times: float) -> str:
    """Return a printed gain: `number` with its sign, minus as a minus."""
    return ("" if value < 0 else "+") + number(value, times).replace("-", "−")


def wrapped(*texts: str, share: float = 0.64) -> str:
    """Return what the ``texts`` say, in printable lines of at most ``share`` of the figure's width."""
    text = "; ".join(filter(None, texts))
    for phrase in KEPT_TOGETHER:
        text = text.replace(phrase, phrase.replace(" ", "\u00a0"))
    width = max(16, int(wide(share) / (font() * 0.58)))
    return "\n".join(plain(line) for line in textwrap.wrap(text, width))
