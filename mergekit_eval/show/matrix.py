"""The matrix behind every heat map: missing is hatched, never 0; text only where it fits, else a word says so."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize, to_rgba
from matplotlib.patches import Patch
from matplotlib.transforms import BboxTransformTo, ScaledTranslation, blended_transform_factory

from mergekit_eval.show import layout, row_names
from mergekit_eval.show.cap import MOST_TEXTS
from mergekit_eval.show.figure_data import figure_of
from mergekit_eval.show.style import FAINT, INK, MUTED
from mergekit_eval.show.text import plain

SMALLEST = 4.2  # points; smaller text cannot be read on paper
HATCH, EDGE = "////", "#c4c4c4"
CLEAR = (1.0, 1.0, 1.0, 0.0)  # the colour of a cell of which nothing is known: the hatched ground is seen
COLUMN_LIMIT = 22


class Cells(NamedTuple):
    """What the cells show: ``colours`` are rows x columns x RGBA (`CLEAR`: missing), ``texts`` and ``bold`` are alike.

    ``rows`` are names, or pairs (merge, reference), whose merges are set apart.
    """

    rows: Sequence[Any]
    columns: Sequence[Any]
    colours: np.ndarray
    texts: np.ndarray
    bold: np.ndarray | None = None


class Bar(NamedTuple):
    """A colour bar: what its colours mean; ``values`` beyond one of its ``ends`` make it an arrow."""

    cmap: Colormap
    ends: tuple[float, float]
    label: str
    values: np.ndarray


def plot_matrix(
    name: str, table: pd.DataFrame, cells: Cells, *, ax: Axes | None, names: layout.Names, keys: Sequence[Patch] = (),
    missing: str = "", bar: Bar | None = None, word: str = "", text: str = "number", height: float = 1.0,
    beside: Callable[[Axes], None] | None = None, sides: tuple[str, str] = ("", ""),
) -> Axes:  # fmt: skip
    """Draw a matrix, its legend, its colour bar and its texts, and remember the table it was drawn from.

    Parameters
    ----------
    name : str
        Name of the plot function.
    keys, missing : sequence of Patch, str
        Entries of the legend; what the one of hatched cells says, if there are any.
    word : str
        What the figure says below (e.g. how many rows it leaves out).
    text : str
        What stands in the cells, in the singular.
    height : float
        Of a row, in lines of text.
    beside : callable
        Draws what takes room beside the matrix before the texts are fitted into what is left.
    sides : tuple of str
        What stands down and across.
    """
    ax, (rows, columns) = layout.axes_of(ax), cells.colours.shape[:2]
    _paint(ax, cells, names)
    ax.set_ylabel(sides[0])
    side = _colour_bar(ax, bar) if bar else None
    gaps = [key(missing, hatch=HATCH)] if missing and (cells.colours[..., 3] == 0).any() else []
    layout.legend(ax, [*keys, *gaps])
    if beside is not None:
        beside(ax)
    dpi = layout.lay_out(ax).dpi
    across = ax.get_window_extent().width / dpi * 72 / columns
    unnamed = _name_columns(ax, layout.labels(cells.columns, COLUMN_LIMIT, names), across)
    fitted = layout.rows_height(max(rows, 3)) * height
    fits = _write(ax, cells, across, layout.height_of(ax, fitted) * 72 / rows)
    words = [word, unnamed, "" if fits else f"cells without {text}s: no room"]
    if side is not None:
        side.set_xlabel(layout.wrapped(bar.label if bar else "", *words, share=0.6), fontsize="small")
    ax.set_xlabel(layout.wrapped(sides[1], *(() if bar else words)))
    ax.xaxis.set_label_position("top" if sides[1] else "bottom")
    return layout.finish(ax, table, name, fitted)


def _paint(ax: Axes, cells: Cells, names: layout.Names) -> None:
    """Draw the cells over a hatched ground, and name their rows."""
    high, wide = cells.colours.shape[:2]
    ax.patch.set(facecolor="white", edgecolor=EDGE, hatch=HATCH, linewidth=0)
    sides = np.arange(wide + 1) - 0.5, np.arange(high + 1) - 0.5
    mesh = ax.pcolormesh(*sides, cells.colours, edgecolors="white", linewidth=0.6, zorder=0)
    mesh.set(array=None, facecolor=cells.colours.reshape(-1, 4))  # not as a masked array, which is slow to write
    if isinstance(cells.rows[0], tuple):
        pairs = pd.DataFrame(list(cells.rows), columns=row_names.PAIR)
        row_names.part_merges(ax, pairs, "#555555")
        printed = row_names.pair_names(pairs, names)
    else:
        printed = layout.labels(cells.rows, given=names)
    ax.set(xlim=(-0.5, wide - 0.5), ylim=(high - 0.5, -0.5))
    ax.set_yticks(range(high), printed)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def _name_columns(ax: Axes, printed: Sequence[str], room: float) -> str:
    """Name the columns above: flat if they fit, else upright and smaller, else every second, third, ..., and say so."""
    size = layout.font() * 0.875
    flat = max(map(len, printed)) * size * 0.64 <= room
    every = 1 if flat else max(1, math.ceil(SMALLEST * 1.1 / room))
    size = size if flat else max(SMALLEST, min(size, room * every * 0.92))
    ax.xaxis.tick_top()
    ax.set_xticks(range(0, len(printed), every), printed[::every], rotation=0 if flat else 90, fontsize=size)
    return f"one column in {every} is named: no room" if every > 1 else ""


def _write(ax: Axes, cells: Cells, across: float, down: float) -> bool:
    """Write a text into each cell if all fit, in a size of at most the tick labels'; return whether they did.

    ``across`` and ``down`` are the sides of a cell in points.
    """
    lines = [str(text).split("\n") for text in cells.texts.flat]
    longest, most = max(len(line) for text in lines for line in text), max(map(len, lines))
    size = min(across * 0.9 / max(longest, 1) / 0.64, down * 0.85 / most / 1.15, layout.font() * 0.875)
    if size < SMALLEST or np.count_nonzero(cells.texts != "") > MOST_TEXTS:
        return False
    for row, column in np.argwhere(cells.texts != ""):
        printed = "\n".join(map(plain, str(cells.texts[row, column]).split("\n")))
        bold = cells.bold is not None and cells.bold[row, column]
        ax.text(column, row, printed, ha="center", va="center", fontsize=size, linespacing=1.05,
                fontweight="bold" if bold else "normal", color=readable(cells.colours[row, column]))  # fmt: skip
    return True


def _colour_bar(ax: Axes, bar: Bar) -> Axes:
    """Draw a thin colour bar below the matrix, at a distance and with a height in inches."""
    figure = figure_of(ax)
    inches = figure.dpi_scale_trans + ScaledTranslation(0, 0, BboxTransformTo(ax.bbox))
    side = ax.inset_axes((0.15, -0.29, 0.7, 0.07), transform=blended_transform_factory(ax.transAxes, inches))
    low, high = bar.ends
    below, above = bool(np.any(bar.values < low)), bool(np.any(bar.values > high))
    extend = {(False, False): "neither", (True, False): "min", (False, True): "max"}.get((below, above), "both")
    mapped = ScalarMappable(Normalize(*bar.ends), bar.cmap)
    drawn = figure.colorbar(mapped, cax=side, orientation="horizontal", extend=extend)
    drawn.outline.set_visible(False)
    # Drawn as vectors like the rest; without edges of their own colour some viewers show seams.
    assert drawn.solids is not None
    drawn.solids.set(rasterized=False, edgecolor="face")
    side.tick_params(labelsize="small", color=FAINT)
    return side


def readable(colour: Any) -> str:
    """Return black or white, whichever is read better on ``colour``."""
    red, green, blue = to_rgba(colour)[:3]
    return "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.52 else INK


def coloured(values: np.ndarray, bar: Bar, grey: np.ndarray | None = None) -> np.ndarray:
    """Return rows x columns x RGBA: the bar's colour, light grey where ``grey``, `CLEAR` where missing."""
    colours = np.asarray(bar.cmap(Normalize(*bar.ends)(np.nan_to_num(values))))
    if grey is not None:
        colours[grey] = to_rgba(MUTED)
    colours[np.isnan(values)] = CLEAR
    return colours


def coloured_words(words: pd.DataFrame, colours: Mapping[str, str], other: str = "") -> np.ndarray:
    """Return rows x columns x RGBA of words: ``other`` for one that has no colour, `CLEAR` where there is none."""
    colour = {
        word: CLEAR if pd.isna(word) else to_rgba(colours.get(word, other))
        for word in pd.unique(words.to_numpy().ravel())
    }
    return np.array([[colour[word] for word in row] for row in words.to_numpy()])


def key(label: str, colour: str = MUTED, hatch: str = "") -> Patch:
    """Return a legend entry for a kind of cell."""
    return Patch(facecolor="white" if hatch else colour, edgecolor=EDGE, hatch=hatch, label=plain(label))


def pivot(table: pd.DataFrame, row: str, column: str, value: str) -> pd.DataFrame:
    """Return ``value`` as rows x columns in the order of first appearance; a pair given twice is an error."""
    layout.need(table, (), "heat map", [row, column])
    wide = table.pivot(index=row, columns=column, values=value)  # noqa: PD010 - pivot_table would average
    return wide.reindex(index=table[row].drop_duplicates(), columns=table[column].drop_duplicates())


def grid(values: pd.DataFrame, text: Callable[[Any], str]) -> np.ndarray:
    """Return the text of every cell, "" where it is missing."""
    return values.astype(object).map(text, na_action="ignore").astype(object).fillna("").to_numpy(object)
