"""Axes that fit their labels: sizes grow with the number of rows, widths stay what the venue prints."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from mergekit_eval.errors import DataError
from mergekit_eval.schema import require
from mergekit_eval.show.encodings import Code
from mergekit_eval.show.style import FAINT, GRID, INK
from mergekit_eval.show.text import plain, short_names

LINE = 1.6  # a row of marks needs this many times the font size
KEPT_TOGETHER = ("→ better)", "← better)", "← worse   better →", "not decided", "points of 100", "best parent")
DENSE = 1.3  # beyond 50 rows


def font() -> float:
    """Return the font size of the current style in points."""
    return float(matplotlib.rcParams["font.size"])


def wide() -> float:
    """Return the figure width of the current style in inches."""
    return float(matplotlib.rcParams["figure.figsize"][0])


def column_width(columns: int) -> float:
    """Return the width of a matrix's column in points, as expected before the layout."""
    return wide() * 72 * 0.62 / max(columns, 1)


def lines(count: float) -> float:
    """Return the height of ``count`` lines of text in inches."""
    return count * font() * 1.2 / 72


def row_height(rows: int) -> float:
    """Return the height of one row of marks in inches."""
    return font() * (LINE if rows <= 50 else DENSE) / 72


def new_figure(height: float, *, width: float | None = None) -> Figure:
    """Return an empty figure of the venue's width, never lower than it needs for its axis labels."""
    return plt.figure(figsize=(width or wide(), max(height, lines(6))), layout="constrained")


def axes_for_rows(ax: Axes | None, rows: int, *, extra: float = 5.0) -> Axes:
    """Return ``ax``, or new axes high enough for ``rows`` rows and ``extra`` lines of labels around them."""
    return ax if ax is not None else new_figure(rows * row_height(rows) + lines(extra)).add_subplot()


def axes_plain(ax: Axes | None, *, ratio: float = 0.618) -> Axes:
    """Return ``ax``, or new axes of the style's width and ``ratio`` of it in height."""
    return ax if ax is not None else new_figure(wide() * ratio).add_subplot()


def label_limit(share: float = 0.3, size: float | None = None) -> int:
    """Return how many characters of a label fit into ``share`` of the figure's width."""
    return max(8, int(wide() * 72 * share / ((size or font() * 0.875) * 0.6)))


def labels(names: Sequence[object], limit: int | None = None, given: Mapping[str, str] | None = None) -> list[str]:
    """Return printable unique short forms of ``names``; ``given`` (full -> short) wins where it has the name."""
    short = short_names(names, limit or label_limit())
    return [plain((given or {}).get(str(name), short[str(name)])) for name in names]


def row_axis(
    ax: Axes, names: Sequence[object], given: Mapping[str, str] | None = None, limit: int = 0, *, printed: bool = False
) -> None:
    """Put one label per row at the left, first row on top; ``printed`` names are already short and unique."""
    ax.set_yticks(range(len(names)), list(map(str, names)) if printed else labels(names, limit or label_limit(), given))
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def value_grid(ax: Axes, axis: str = "x") -> None:
    """Draw a faint grid along the value axis, with as many round ticks as there is room for."""
    ax.grid(visible=True, axis=axis, color=GRID)
    (ax.xaxis if axis == "x" else ax.yaxis).set_major_locator(round_ticks())


def round_ticks(*, whole: bool = False) -> MaxNLocator:
    """Return a locator of round (``whole``: integer) values, as many as the axis has room for."""
    return MaxNLocator("auto", steps=[1, 2, 5, 10] if whole else [1, 2, 2.5, 5, 10], integer=whole)


def zero_line(ax: Axes, axis: str = "x") -> None:
    """Mark zero difference."""
    (ax.axvline if axis == "x" else ax.axhline)(
        0, color=FAINT, linewidth=matplotlib.rcParams["axes.linewidth"] * 1.4, zorder=1.5
    )


def direction(text: str, higher_is_better: object, axis: str = "x") -> str:
    """Return an axis label that says where better is; an unknown direction is said too."""
    if pd.isna(higher_is_better):
        return f"{text} (direction unknown)"
    arrows = {("x", True): "→ better", ("x", False): "← better", ("y", True): "↑ better", ("y", False): "↓ better"}
    return f"{text}  ({arrows[axis, bool(higher_is_better)]})"


def factor(scale: object) -> float:
    """Return what a value is multiplied with to be printed: scores of 0-1 are shown in percent."""
    return 100.0 if str(scale) == "unit" else 1.0


def unit(scale: object) -> str:
    """Return the unit printed behind a score of this scale."""
    return " (%)" if str(scale) in ("unit", "percent") else ""


def one(table: pd.DataFrame, column: str, who: str) -> object:
    """Return the single value of ``column``; a figure has one axis, so two values are an error."""
    values = list(table[column].drop_duplicates()) if column in table else []
    if len(values) > 1:
        raise DataError(f"{who}: one {column} per axes, got {values[:6]}; draw them apart (a grid) or select one")
    return values[0] if values else None


def need(table: pd.DataFrame, columns: Iterable[str], who: str) -> None:
    """Raise where a table lacks columns or rows; an empty picture would look like a result."""
    require(table, columns, who)
    if table.empty:
        raise DataError(f"{who}: the table has no rows, there is nothing to draw")


def no_repeats(table: pd.DataFrame, keys: Sequence[str], who: str) -> None:
    """Raise where two rows stand for one mark: one would hide the other."""
    twice = table[table.duplicated(list(keys), keep=False)]
    if len(twice):
        first = twice.iloc[0][list(keys)].to_dict()
        raise DataError(f"{who}: {len(twice)} rows share a place, first {first}; select one metric and filter per task")


def swatch(name: str, code: Code, *, bar: bool = False) -> Artist:
    """Return one legend entry."""
    text = plain(name)
    if bar:
        return Patch(facecolor=code.colour, edgecolor="white", hatch=code.hatch, label=text)
    return Line2D([], [], color=code.colour, marker=code.marker, linestyle="none", label=text)


def legend(ax: Axes, handles: Sequence[Artist], *, columns: int = 4) -> None:
    """Put a legend above the axes, outside the data, in as many columns as fit the figure."""
    if not handles:
        return
    width = ax.figure.get_figwidth() if isinstance(ax.figure, Figure) else wide()
    longest = max(len(str(handle.get_label())) for handle in handles) + 4
    fits = max(1, int(width * 72 / (longest * font() * 0.875 * 0.6)))
    count = max(1, min(columns, fits, len(handles)))
    alone = isinstance(ax.figure, Figure) and ax.figure.get_layout_engine() is not None and ax.figure.axes == [ax]
    if alone:
        grow(ax, (-(-len(handles) // count) - 1) * 1.1)
        ax.figure.legend(handles=handles, loc="outside upper right", ncols=count)
    else:
        ax.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=count, borderaxespad=0.2)


def no_value(ax: Axes, at: float, text: str = "no score") -> None:
    """Say in a row that it has no value; nothing is drawn at 0."""
    ax.text(
        0.02,
        at,
        plain(text),
        transform=ax.get_yaxis_transform(),
        va="center",
        style="italic",
        color=FAINT,
        fontsize="small",
    )


def marks(ax: Axes, xs: pd.Series, ys: pd.Index, code: Code, *, hollow: bool = False) -> None:
    """Draw marks of one code as one artist, which keeps grids fast; ``hollow`` ones lie above all others."""
    face, edge = ("white", code.colour) if hollow else (code.colour, "white")
    ax.plot(xs, ys, code.marker, color=face, markeredgecolor=edge, markeredgewidth=0.8 if hollow else 0.5,
            zorder=4 + hollow)  # fmt: skip


def right_text(ax: Axes, at: float, text: str, colour: str = INK) -> None:
    """Print a number behind a row, outside the axes."""
    ax.text(1.01, at, plain(text), transform=ax.get_yaxis_transform(), va="center", fontsize="small", color=colour)


def signed(value: float, digits: int = 1) -> str:
    """Return a number with its sign, minus as a minus."""
    return f"{value:+.{digits}f}".replace("-", "−")


def number(value: float, times: float) -> str:
    """Return a printed number: percent and points with one decimal, own units with three digits that tell."""
    return f"{value:.1f}" if times == 100 or abs(value) >= 100 else f"{value:.3g}"


def gained(value: float, times: float) -> str:
    """Return a printed gain: `number` with its sign, minus as a minus."""
    return ("" if value < 0 else "+") + number(value, times).replace("-", "−")


def x_label(ax: Axes, text: str) -> None:
    """Name the x axis, on several lines where the figure is narrow."""
    shown = wrapped(text, 0.64)
    grow(ax, shown.count("\n"))
    ax.set_xlabel(shown)


def wrapped(text: str, share: float) -> str:
    """Break raw ``text`` into printable lines of at most ``share`` of the figure's width."""
    for phrase in KEPT_TOGETHER:
        text = text.replace(phrase, phrase.replace(" ", "\u00a0"))
    width = int(wide() * 72 * share / (font() * 0.58))
    lined = textwrap.wrap(text, max(width, 16), break_long_words=True)
    return "\n".join(plain(line) for line in lined)


def grow(ax: Axes, count: float) -> None:
    """Make a figure that holds nothing but ``ax`` higher by ``count`` lines of text."""
    figure = ax.figure
    if count > 0 and isinstance(figure, Figure) and figure.axes == [ax]:
        width, height = figure.get_size_inches()
        figure.set_size_inches(width, height + lines(count))


def lay_out(ax: Axes) -> Figure:
    """Give the axes their final place without drawing anything, and return their figure."""
    figure = ax.get_figure(root=True)
    assert isinstance(figure, Figure)
    engine = figure.get_layout_engine()
    if engine is None:
        figure.draw_without_rendering()
    else:
        engine.execute(figure)
    return figure
