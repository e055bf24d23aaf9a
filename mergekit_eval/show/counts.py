"""Counts that add up, as one bar per row: wins and losses, items kept and lost, categories of merges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from mergekit_eval.show import layout, matrix
from mergekit_eval.show.cap import telling_rows
from mergekit_eval.show.encodings import CATEGORIES, COUNTS, ITEMS, Code
from mergekit_eval.show.figure_data import remember
from mergekit_eval.show.row_names import row_names


def win_tie_loss(table: pd.DataFrame, *, ax: Axes | None = None, names: Mapping[str, str] | None = None) -> Axes:
    """Plot, per comparison, the items the merge wins, ties and loses, as counts.

    Parameters
    ----------
    table : DataFrame
        ``wins, ties, losses`` and what names the rows (merge, reference, task, ...).
    """
    layout.need(table, tuple(COUNTS), "win_tie_loss")
    return _stacked("win_tie_loss", table, COUNTS, list(COUNTS), (), "items",
                    (table["wins"] - table["losses"]).abs(), ax, names)  # fmt: skip


def category_counts(table: pd.DataFrame, *, ax: Axes | None = None, names: Mapping[str, str] | None = None) -> Axes:
    """Plot how many merges (or tasks) are better than all parents, between, worse than all, or undecided.

    Parameters
    ----------
    table : DataFrame
        ``better than all, between, undecided, worse than all`` (counts) and ``task`` or ``merge``.
    """
    layout.need(table, tuple(CATEGORIES), "category_counts")
    what = "merges" if "task" in table else "tasks"
    return _stacked("category_counts", table, CATEGORIES, list(CATEGORIES), (), what,
                    table["better than all"] + table["worse than all"], ax, names)  # fmt: skip


def item_changes(table: pd.DataFrame, *, ax: Axes | None = None, names: Mapping[str, str] | None = None) -> Axes:
    """Plot what a merge did with items: right of zero kept, gained and synergy, left of it lost and lost consensus.

    Parameters
    ----------
    table : DataFrame
        Row names and any of the counts ``kept, gained, synergy, lost, lost_consensus``; they must not overlap
        (an item is counted in one of them).
    """
    layout.need(table, ("lost",), "item_changes")
    lost = [name for name in ITEMS if name in table and name.startswith("lost")]
    right = [name for name in ITEMS if name in table and name not in lost]
    label = "items  (← lost by the merge, right in the merge →)"
    return _stacked("item_changes", table, ITEMS, right, lost, label, table[lost].sum(axis=1), ax, names)


def _stacked(
    who: str, table: pd.DataFrame, codes: Mapping[str, Code], right: Sequence[str], left: Sequence[str], label: str,
    size: pd.Series, ax: Axes | None, names: Mapping[str, str] | None,
) -> Axes:  # fmt: skip
    """Draw the counts ``right`` of zero, and ``left`` of it, each printed where it fits; rows of ``size`` tell most."""
    shown, word = telling_rows(table, size.notna(), size)
    ax, rows = layout.axes_for_rows(ax, len(shown), extra=6.5), shown.reset_index(drop=True)
    _stack(ax, rows, right, codes)
    _stack(ax, rows, left, codes, sign=-1)
    for at in rows.index[rows[[*right, *left]].isna().all(axis=1)]:
        layout.no_value(ax, at, "no items")
    layout.row_axis(ax, row_names(rows, names, who=who), printed=True)
    layout.value_grid(ax)
    layout.x_label(ax, "; ".join(filter(None, [label, word])))
    ax.xaxis.set_major_locator(layout.round_ticks(whole=True))
    if left:
        layout.zero_line(ax)
        ax.xaxis.set_major_formatter(lambda value, _: f"{abs(value):,.0f}")
    keys = {name.replace("_", " "): codes[name] for name in (*right, *left)}
    layout.legend(ax, [layout.swatch(name, code, bar=True) for name, code in keys.items()], columns=5 if left else 4)
    remember(ax, table, who)
    _numbers(ax)
    return ax


def _stack(ax: Axes, rows: pd.DataFrame, columns: Sequence[str], codes: Mapping[str, Code], sign: int = 1) -> None:
    start = pd.Series(0.0, index=rows.index)
    for name in columns:
        size = sign * rows[name].astype(float).fillna(0)
        code = codes[name]
        ax.barh(rows.index, size, 0.74, left=start, color=code.colour, hatch=code.hatch, edgecolor="white",
                linewidth=0.5)  # fmt: skip
        start = start + size


def _numbers(ax: Axes) -> None:
    """Write each count into its segment where it fits with room to spare."""
    figure = layout.lay_out(ax)
    low, high = ax.get_xlim()
    pixels = ax.get_window_extent().width / (high - low)
    size = layout.font() * 0.75
    for bar in ax.patches:
        text = f"{abs(bar.get_width()):,.0f}"
        if abs(bar.get_width()) * pixels > len(text) * size * 0.66 * figure.dpi / 72 + 4:
            fill = bar.get_facecolor()
            box = {"boxstyle": "square,pad=0.12", "facecolor": fill, "edgecolor": "none"} if bar.get_hatch() else None
            ax.text(bar.get_x() + bar.get_width() / 2, bar.get_y() + bar.get_height() / 2, text, ha="center",
                    va="center", fontsize=size, color=matrix.readable(fill), bbox=box)  # fmt: skip
