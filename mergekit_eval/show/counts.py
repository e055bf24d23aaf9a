"""Counts that add up, as one bar per row: wins and losses, items kept and lost, categories of merges."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.container import BarContainer

from mergekit_eval.show import layout
from mergekit_eval.show.cap import telling_rows
from mergekit_eval.show.encodings import COUNTS, Code, codes, fill
from mergekit_eval.show.layout import Names
from mergekit_eval.show.matrix import readable
from mergekit_eval.show.row_names import row_names

CATEGORIES = ["better than all", "between", "undecided", "worse than all"]


def win_tie_loss(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot, per comparison, the items the merge wins, ties and loses, as counts.

    Parameters
    ----------
    table : DataFrame
        ``wins, ties, losses`` and what names the rows (merge, reference, task, ...).
    """
    layout.need(table, COUNTS, "win_tie_loss")
    size = (table["wins"] - table["losses"]).abs()
    return _stacked("win_tie_loss", table, COUNTS, list(COUNTS), [], "items", size, ax, names)


def category_counts(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot how many merges (or tasks) are better than all parents, between, worse than all, or undecided.

    Parameters
    ----------
    table : DataFrame
        ``better than all, between, undecided, worse than all`` (counts) and ``task`` or ``merge``.
    """
    layout.need(table, CATEGORIES, "category_counts")
    label, size = "merges" if "task" in table else "tasks", table["better than all"] + table["worse than all"]
    return _stacked("category_counts", table, codes("category"), CATEGORIES, [], label, size, ax, names)


def item_changes(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot what a merge did with items: right of zero kept, gained and synergy, left of it lost and lost consensus.

    Parameters
    ----------
    table : DataFrame
        Row names and any of the counts ``kept, gained, synergy, lost, lost_consensus``; they must not overlap
        (an item is counted in one of them).
    """
    layout.need(table, ("lost",), "item_changes")
    right = [name for name in ("kept", "gained", "synergy") if name in table]
    left = [name for name in ("lost", "lost_consensus") if name in table]
    label = "items  (← lost by the merge, right in the merge →)"
    return _stacked("item_changes", table, codes("item_category"), right, left, label, table[left].sum(axis=1), ax,
                    names)  # fmt: skip


def _stacked(
    who: str, table: pd.DataFrame, codes: Mapping[str, Code], right: list[str], left: list[str], label: str,
    size: pd.Series, ax: Axes | None, names: Names,
) -> Axes:  # fmt: skip
    """Draw the counts ``right`` of zero, and ``left`` of it, each printed where it fits; rows of ``size`` tell most."""
    rows, word = telling_rows(table, size.notna(), size)
    ax, rows = layout.axes_of(ax), rows.reset_index(drop=True)
    codes = {name: codes[name]._replace(colour=fill(codes[name])) for name in (*right, *left)}
    drawn = []
    for columns, sign in ((right, 1), (left, -1)):
        counts = sign * rows[columns].astype(float).fillna(0)
        starts = counts.cumsum(axis=1) - counts
        drawn += [ax.barh(counts.index, counts[name], 0.74, left=starts[name], color=codes[name].colour,
                          hatch=codes[name].hatch, edgecolor="white", linewidth=0.5) for name in columns]  # fmt: skip
    for at in rows.index[rows[[*right, *left]].isna().all(axis=1)]:
        layout.no_value(ax, at, "no items")
    layout.row_axis(ax, row_names(rows, names, who))
    ax.set_xlabel(layout.wrapped(label, word))
    ax.locator_params(axis="x", integer=True)
    if left:
        layout.zero_line(ax)
        ax.xaxis.set_major_formatter(lambda value, _: f"{abs(value):,.0f}")
    keys = [layout.swatch(name.replace("_", " "), code, bar=True) for name, code in codes.items()]
    layout.legend(ax, keys, columns=5)
    layout.finish(ax, table, who, layout.rows_height(len(rows)))
    _numbers(ax, drawn)
    return ax


def _numbers(ax: Axes, drawn: list[BarContainer]) -> None:
    """Write each count into its segment where it fits with room to spare."""
    low, high = ax.get_xlim()
    points = ax.get_window_extent().width / layout.lay_out(ax).dpi * 72 / (high - low)
    size = layout.font() * 0.75
    for bars in drawn:
        widths = [abs(bar.get_width()) for bar in bars.patches]
        texts = [f"{width:,.0f}" for width in widths]
        fits = [width * points > len(text) * size * 0.66 + 3 for width, text in zip(widths, texts, strict=True)]
        colour = bars.patches[0].get_facecolor()
        box = {"boxstyle": "square,pad=0.12", "facecolor": colour, "edgecolor": "none"}
        ax.bar_label(bars, [text if fit else "" for text, fit in zip(texts, fits, strict=True)], label_type="center",
                     fontsize=size, color=readable(colour), bbox=box)  # fmt: skip
