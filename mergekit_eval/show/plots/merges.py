"""Merges among their parents, and numbers that flatter unless noise and luck are shown beside them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mergekit_eval.show import layout
from mergekit_eval.show.encodings import CATEGORIES, NOISE, PLACES, ROLES, outcome_code, present
from mergekit_eval.show.figure_data import remember
from mergekit_eval.show.plots.bars import stacked
from mergekit_eval.show.plots.differences import row_names
from mergekit_eval.show.style import FAINT, INK


def positions(table: pd.DataFrame, *, ax: Axes | None = None, names: Mapping[str, str] | None = None) -> Axes:
    """Draw where merges fall in the range of their parents: 0 is the lowest, 1 the highest.

    Parameters
    ----------
    table : DataFrame
        ``position, position_low, position_high, where`` (above, within, below, undecided, by test) and the row names.
        A missing position (parents too close together) is said, with its ``note`` if there is one.
    """
    layout.need(table, ("position", "position_low", "position_high", "where"), "positions")
    ax, rows = layout.axes_for_rows(ax, len(table), extra=6.5), table.reset_index(drop=True)
    ax.axvspan(0, 1, color=ROLES["parent"].colour, alpha=0.13, linewidth=0, zorder=0)
    for end in (0, 1):
        ax.axvline(end, color=ROLES["parent"].colour, linestyle="--", linewidth=0.8, zorder=1)
    for at, row in enumerate(rows.to_dict("records")):
        if pd.isna(row["position"]):
            layout.no_value(ax, at, "no range")
            continue
        code = PLACES.get(str(row["where"]), outcome_code(""))
        layout.interval(ax, at, row["position"], row["position_low"], row["position_high"], code)
    _rows(ax, rows, names, "place between the parents (0 lowest, 1 highest)")
    handles = [layout.swatch(name, code) for name, code in present(PLACES, rows["where"]).items()]
    band = Patch(color=ROLES["parent"].colour, alpha=0.16, label="between the parents")
    layout.legend(ax, [*handles, band], columns=5)
    remember(ax, table, "positions")
    return ax


def _rows(ax: Axes, rows: pd.DataFrame, names: Mapping[str, str] | None, label: str) -> None:
    layout.row_axis(ax, row_names(rows, names), printed=True)
    layout.value_grid(ax)
    layout.x_label(ax, label)


def category_counts(table: pd.DataFrame, *, ax: Axes | None = None, names: Mapping[str, str] | None = None) -> Axes:
    """Draw how many merges (or tasks) are better than all parents, between, worse than all, or undecided.

    Parameters
    ----------
    table : DataFrame
        ``better than all, between, undecided, worse than all`` (counts) and ``task`` or ``merge``.
    """
    layout.need(table, tuple(CATEGORIES), "category_counts")
    what = "merges" if "task" in table else "tasks"
    return stacked(table, CATEGORIES, what, "category_counts", ax, names)


def item_noise(table: pd.DataFrame, *, ax: Axes | None = None, names: Mapping[str, str] | None = None) -> Axes:
    """Draw a count of items (synergy, lost consensus) on the range that noise alone would give (grey).

    Parameters
    ----------
    table : DataFrame
        One category: ``count, expected, noise_low, noise_high, decided`` (more than noise, fewer than noise,
        undecided) and the row names; ``category`` names the axis.
    """
    layout.need(table, ("count", "expected", "noise_low", "noise_high", "decided"), "item_noise")
    what = str(layout.one(table, "category", "item_noise") or "items").replace("_", " ")
    ax, rows = layout.axes_for_rows(ax, len(table), extra=6.5), table.reset_index(drop=True)
    low, high = (pd.to_numeric(rows[name]).astype(float) for name in ("noise_low", "noise_high"))
    ax.barh(rows.index, high - low, 0.62, left=low, color="#e2e2e2", zorder=1)
    ax.vlines(
        rows["expected"].astype(float), rows.index - 0.31, rows.index + 0.31, color=FAINT, linewidth=0.9, zorder=2
    )
    for at, row in enumerate(rows.to_dict("records")):
        if pd.isna(row["count"]):
            layout.no_value(ax, at, "no items")
            continue
        code = NOISE.get(str(row["decided"]), NOISE["undecided"])
        ax.plot(
            row["count"], at, code.marker, color=code.colour, markeredgecolor="white", markeredgewidth=0.5, zorder=3
        )
        layout.right_text(ax, at, f"{int(row['count']):,}")
    _rows(ax, rows, names, f"items: {what}")
    handles = [layout.swatch(name, code) for name, code in present(NOISE, rows["decided"]).items()]
    layout.legend(ax, [*handles, Patch(color="#e2e2e2", label="noise alone")])
    remember(ax, table, "item_noise")
    return ax


def winners(table: pd.DataFrame, *, ax: Axes | None = None, names: Mapping[str, str] | None = None) -> Axes:
    """Draw what picking the best merge promises (hollow) and what it keeps on items that did not pick it (filled).

    Parameters
    ----------
    table : DataFrame
        ``group, winner, naive, cross_fitted, low, high`` (shares of one; the interval is the cross-fitted one's).
    """
    layout.need(table, ("group", "winner", "naive", "cross_fitted", "low", "high"), "winners")
    layout.no_repeats(table, ["group"], "winners")
    ax, code = layout.axes_for_rows(ax, len(table), extra=6.5), ROLES["merge"]
    limit = layout.label_limit(0.18)
    chosen = layout.labels(list(table["winner"].fillna("")), limit, names)
    for at, (row, name) in enumerate(zip(table.to_dict("records"), chosen, strict=True)):
        if pd.isna(row["cross_fitted"]):
            layout.no_value(ax, at, "no winner")
            continue
        honest, naive = 100 * row["cross_fitted"], 100 * row["naive"]
        ax.plot([honest, naive], [at, at], color=FAINT, linewidth=0.8, linestyle=":", zorder=2)
        layout.interval(ax, at, honest, 100 * row["low"], 100 * row["high"], code)
        ax.plot(naive, at, code.marker, color="white", markeredgecolor=code.colour, markeredgewidth=0.8, zorder=4)
        layout.right_text(ax, at, name, INK)
    layout.row_axis(ax, list(table["group"]), names)
    layout.value_grid(ax)
    layout.x_label(ax, "macro average (%)  (→ better)")
    hollow = Line2D([], [], color=code.colour, marker=code.marker, markerfacecolor="white", linestyle="none")
    hollow.set_label("on the items that picked it")
    filled = Line2D([], [], color=code.colour, marker=code.marker, linestyle="none", label="on other items")
    layout.legend(ax, [filled, hollow])
    remember(ax, table, "winners")
    return ax
