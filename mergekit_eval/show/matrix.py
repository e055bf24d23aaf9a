"""The matrix behind every heat map: missing is hatched, never 0; text only where it fits, else a word says so."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.colors import Colormap, Normalize, to_rgb, to_rgba
from matplotlib.patches import Patch
from matplotlib.path import Path
from matplotlib.transforms import offset_copy

from mergekit_eval.show import layout, pairs
from mergekit_eval.show.cap import MOST_TEXTS
from mergekit_eval.show.figure_data import remember
from mergekit_eval.show.style import FAINT, INK, MUTED
from mergekit_eval.show.text import plain

SMALLEST = 4.2  # points; smaller text cannot be read on paper
HATCH = "////"
COLUMN_LIMIT = 22
CORNERS = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])


class Cells(NamedTuple):
    """What the cells show; arrays are rows x columns.

    ``rows`` are names, or pairs (merge, reference), whose merges are set apart. ``values`` are missing where nothing
    is known; ``colours`` are RGBA; ``hatched`` is where nothing is known, if that is not where values are missing.
    """

    rows: Sequence[object]
    columns: Sequence[object]
    values: np.ndarray
    colours: np.ndarray
    texts: np.ndarray
    bold: np.ndarray | None = None
    hatched: np.ndarray | None = None


class Bar(NamedTuple):
    """A colour bar: what its colours mean; ``values`` beyond an end of ``norm`` make that end an arrow."""

    cmap: Colormap
    norm: Normalize
    label: str
    values: np.ndarray | None = None


def plot_matrix(
    name: str, table: pd.DataFrame, cells: Cells, *, ax: Axes | None, names: Mapping[str, str] | None,
    keys: Sequence[Patch] = (), bar: Bar | None = None, word: str = "", text: str = "number", height: float = 1.0,
    beside: Callable[[Axes], None] | None = None,
) -> Axes:  # fmt: skip
    """Draw a matrix, its legend, its colour bar and its texts, and remember the table it was drawn from.

    Parameters
    ----------
    name : str
        Name of the plot function.
    keys : sequence of Patch
        Entries of the legend.
    word : str
        What the figure says below (e.g. how many rows it leaves out).
    text : str
        What stands in the cells, in the singular.
    height : float
        Of a row, in lines of text.
    beside : callable
        Draws what takes room beside the matrix before the texts are fitted into what is left.
    """
    paired = len(cells.rows) > 0 and isinstance(cells.rows[0], tuple)
    merges = pd.DataFrame(list(cells.rows), columns=["merge", "reference"]) if paired else None
    ax = cell_axes(ax, *cells.values.shape, longest=longest(cells.columns), lines=height)
    row_labels = None if merges is None else pairs.labels(merges, names)
    paint(ax, cells.values, cells.colours, cells.rows, cells.columns, names, row_labels, cells.hatched)
    if merges is not None:
        pairs.part(ax, merges["merge"])
    side = colour_bar(ax, *bar) if bar else None
    layout.legend(ax, keys)
    remember(ax, table, name)
    if beside is not None:
        beside(ax)
    fits = cell_text(ax, cells.texts, cells.colours, cells.bold)
    _say(ax, side, [word, "" if fits else f"cells without {text}s: no room"])
    return ax


def _say(ax: Axes, side: Axes | None, words: Sequence[str]) -> None:
    """Say something below a matrix: behind the label of its colour bar, if it has one."""
    if not any(words):
        return
    before = (ax if side is None else side).get_xlabel()
    text = layout.wrapped("; ".join(filter(None, [before.replace("\n", " "), *words])), 0.6)
    layout.grow(ax, text.count("\n") - before.count("\n") + (not before))
    (ax if side is None else side).set_xlabel(text)


def grid(values: pd.DataFrame, text: Callable[[object], str]) -> np.ndarray:
    """Return the text of every cell, "" where it is missing."""
    return np.array([["" if pd.isna(v) else text(v) for v in row] for row in values.to_numpy(object)], dtype=object)


def missing_key(label: str) -> Patch:
    """Return the legend entry of hatched cells."""
    return key(label, "white", HATCH)


def pivot(table: pd.DataFrame, row: str, column: str, value: str) -> pd.DataFrame:
    """Return ``value`` as rows x columns in the order of first appearance; a pair given twice is an error."""
    layout.no_repeats(table, [row, column], "heat map")
    wide = table.pivot(index=row, columns=column, values=value)  # noqa: PD010 - pivot_table would average
    return wide.reindex(index=table[row].drop_duplicates(), columns=table[column].drop_duplicates())


def cell_axes(ax: Axes | None, rows: int, columns: int, longest: int, *, lines: float = 1.0) -> Axes:
    """Return axes for a matrix whose column names have up to ``longest`` characters, rows ``lines`` times as high."""
    if ax is not None:
        return ax
    flat = longest * 0.6 <= layout.column_width(columns) / (layout.font() * 0.875)
    head = 2.0 if flat else longest * 0.55 + 1
    return layout.axes_for_rows(None, max(rows, 3), extra=head + 6 + (lines - 1) * max(rows, 3) * layout.LINE)


def longest(columns: Iterable[object]) -> int:
    """Return the length of the longest column name as it will be printed."""
    return min(COLUMN_LIMIT, max((len(str(name)) for name in columns), default=1))


def paint(
    ax: Axes, values: np.ndarray, colours: np.ndarray, rows: Sequence[object], columns: Sequence[object],
    names: Mapping[str, str] | None = None, row_labels: Sequence[str] | None = None, hatched: np.ndarray | None = None,
) -> None:  # fmt: skip
    """Draw the cells (``colours``: rows x columns x RGBA) and label both sides.

    ``hatched`` (bool, rows x columns) is where nothing is known; by default wherever ``values`` is missing.
    """
    high, wide = values.shape
    ax.add_collection(_cells(colours))
    _hatch(ax, _missing(values) if hatched is None else hatched)
    ax.set_ylim(high - 0.5, -0.5)
    ax.set_xlim(-0.5, wide - 0.5)
    ax.set_yticks(range(high), row_labels or layout.labels(rows, given=names))
    _column_labels(ax, columns, names)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def _cells(colours: np.ndarray) -> PathCollection:
    """Return the cells, those of one colour as one path: a file then holds as many paths as colours, not as cells."""
    flat = colours.reshape(-1, colours.shape[-1])
    each, of = np.unique(flat, axis=0, return_inverse=True)
    rows, columns = np.divmod(np.arange(len(flat)), colours.shape[1])
    centres = np.column_stack([columns, rows])
    order, ends = np.argsort(of.ravel(), kind="stable"), np.cumsum(np.bincount(of.ravel()))[:-1]
    paths = [_squares(centres[some]) for some in np.split(order, ends)]
    return PathCollection(paths, facecolors=each, edgecolors="white", linewidths=0.6)


def _squares(centres: np.ndarray) -> Path:
    ring = np.vstack([CORNERS, CORNERS[:1]])
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    return Path((centres[:, None] + ring).reshape(-1, 2), codes * len(centres))


def _hatch(ax: Axes, where: np.ndarray) -> None:
    cells = [CORNERS + at[::-1] for at in np.argwhere(where)]
    ax.add_collection(PolyCollection(cells, facecolor="white", edgecolor="#c4c4c4", hatch=HATCH, linewidth=0))


def _missing(values: np.ndarray) -> np.ndarray:
    return np.asarray(pd.isna(values))


def _column_labels(ax: Axes, columns: Sequence[object], names: Mapping[str, str] | None) -> None:
    """Name the columns above: flat if they fit, else upright and smaller, else every second, third, ... of them."""
    short = layout.labels(columns, COLUMN_LIMIT, names)
    size = layout.font() * 0.875
    ax.xaxis.tick_top()
    ax.set_xticks(range(len(columns)), short, rotation=90, fontsize=size)
    room = _cell(ax, (1, len(columns)))[0]
    if max(map(len, short), default=0) * size * 0.64 <= room:
        ax.tick_params(axis="x", labelrotation=0)
        return
    every = max(1, math.ceil(SMALLEST * 1.1 / room))
    size = max(SMALLEST, min(size, room * every * 0.92))
    ax.set_xticks(range(0, len(columns), every), short[::every], rotation=90, fontsize=size)
    if every > 1:
        ax.set_xlabel(f"one column in {every} is named: no room")


def cell_text(ax: Axes, texts: np.ndarray, colours: np.ndarray, weights: np.ndarray | None = None) -> bool:
    """Write a text into each cell if all of them fit, in a size of at most the tick labels'; say whether they did."""
    if np.count_nonzero(texts != "") > MOST_TEXTS:
        return False
    lines = [line for text in texts.flat for line in str(text).split("\n")]
    size = fitting(
        ax, texts.shape, max(map(len, lines), default=0), max((str(t).count("\n") + 1 for t in texts.flat), default=1)
    )
    if size < SMALLEST:
        return False
    for (row, column), text in np.ndenumerate(texts):
        bold = weights is not None and bool(weights[row, column])
        if text:
            printable = "\n".join(map(plain, str(text).split("\n")))
            ax.text(column, row, printable, ha="center", va="center", fontsize=size, linespacing=1.05,
                    fontweight="bold" if bold else "normal", color=readable(colours[row, column]))  # fmt: skip
    return True


def fitting(ax: Axes, shape: tuple[int, ...], characters: int, lines: int = 1) -> float:
    """Return the font size in points at which ``characters`` x ``lines`` fit into a cell of the laid-out axes."""
    wide, high = _cell(ax, shape)
    return min(wide * 0.9 / max(characters, 1) / 0.64, high * 0.85 / lines / 1.15, layout.font() * 0.875)


def _cell(ax: Axes, shape: tuple[int, ...]) -> tuple[float, float]:
    """Lay the figure out and return the width and height of one cell in points."""
    figure = layout.lay_out(ax)
    box = ax.get_window_extent()
    return box.width / shape[1] / figure.dpi * 72, box.height / shape[0] / figure.dpi * 72


def readable(colour: Sequence[float]) -> str:
    """Return black or white, whichever is read better on ``colour``."""
    red, green, blue = to_rgb(tuple(colour))
    return "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.52 else INK


def coloured(values: np.ndarray, cmap: Colormap, norm: Normalize, grey: np.ndarray | None = None) -> np.ndarray:
    """Return rows x columns x RGBA: the map's colour, light grey where ``grey``, white where missing."""
    colours = np.asarray(cmap(norm(np.where(_missing(values), 0, values).astype(float))))
    if grey is not None:
        colours[grey] = to_rgba(MUTED)
    colours[_missing(values)] = to_rgba("white")
    return colours


def key(label: str, colour: str = MUTED, hatch: str = "") -> Patch:
    """Return a legend entry for a kind of cell."""
    return Patch(
        facecolor=colour, edgecolor="#c4c4c4" if hatch or colour == MUTED else colour, hatch=hatch, label=plain(label)
    )


def _beyond(norm: Normalize, values: np.ndarray | None) -> str:
    """Return at which ends of a colour scale values lie outside: neither, min, max or both."""
    known = np.empty(0) if values is None else values[~np.isnan(values)]
    below, above = bool((known < norm.vmin).any()), bool((known > norm.vmax).any())
    return {(False, False): "neither", (True, False): "min", (False, True): "max"}.get((below, above), "both")


def colour_bar(ax: Axes, cmap: Colormap, norm: Normalize, label: str, values: np.ndarray | None = None) -> Axes:
    """Draw a thin colour bar below the matrix and its x label, at a distance in inches, so that it meets neither.

    Where ``values`` lie beyond an end of ``norm`` (a limit was given) that end is an arrow.
    """
    figure = ax.get_figure(root=True)
    assert figure is not None
    room = layout.lines(1.6) if ax.get_xlabel() else 0.0
    below = offset_copy(ax.transAxes, figure, y=-0.22 - room, units="inches")
    thin = 0.07 / max(figure.get_figheight() * 0.75, 0.5)
    side = ax.inset_axes((0.15, 0, 0.7, thin), transform=below)
    mapped = matplotlib.cm.ScalarMappable(norm=norm, cmap=cmap)
    bar = figure.colorbar(mapped, cax=side, orientation="horizontal", extend=_beyond(norm, values))
    bar.set_label(layout.wrapped(label, 0.6), fontsize="small")
    bar.outline.set_visible(False)
    # Drawn as vectors like the rest; without edges of their own colour some viewers show seams.
    bar.solids.set(rasterized=False, edgecolor="face")
    side.tick_params(labelsize="small", color=FAINT)
    side.xaxis.set_major_locator(layout.round_ticks())
    return side
