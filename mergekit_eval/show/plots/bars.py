"""Counts and shares as horizontal bars: wins and losses, items kept and lost, impact, retention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from mergekit_eval.show import layout, matrix
from mergekit_eval.show.encodings import COUNTS, ITEMS, OUTCOMES, REFUSED_NAME, RETAINED, Code, outcome_code, present
from mergekit_eval.show.figure_data import remember
from mergekit_eval.show.plots.differences import gain_label, row_names
from mergekit_eval.show.style import FAINT


def win_tie_loss(table: pd.DataFrame, *, ax: Axes | None = None, names: Mapping[str, str] | None = None) -> Axes:
    """Draw, per comparison, the items the merge wins, ties and loses, as counts.

    Parameters
    ----------
    table : DataFrame
        ``wins, ties, losses`` and what names the rows (merge, reference, task, ...).
    """
    layout.need(table, tuple(COUNTS), "win_tie_loss")
    return stacked(table, COUNTS, "items", "win_tie_loss", ax, names)


def stacked(
    table: pd.DataFrame,
    codes: Mapping[str, Code],
    label: str,
    who: str,
    ax: Axes | None,
    names: Mapping[str, str] | None,
) -> Axes:
    """Draw counts that add up as one bar per row, each count printed where it fits."""
    ax = layout.axes_for_rows(ax, len(table), extra=6.5)
    _stack(ax, table, list(codes), codes)
    _finish(ax, table, names, label)
    ax.xaxis.set_major_locator(layout.round_ticks(whole=True))
    layout.legend(ax, [layout.swatch(name, code, bar=True) for name, code in codes.items()])
    remember(ax, table, who)
    _numbers(ax)
    return ax


def item_changes(table: pd.DataFrame, *, ax: Axes | None = None, names: Mapping[str, str] | None = None) -> Axes:
    """Draw what a merge did with items: right of zero kept, gained and synergy, left of it lost and lost consensus.

    Parameters
    ----------
    table : DataFrame
        Row names and any of the counts ``kept, gained, synergy, lost, lost_consensus``; they must not overlap
        (an item is counted in one of them).
    """
    have = [name for name in ITEMS if name in table]
    layout.need(table, ("lost",), "item_changes")
    ax = layout.axes_for_rows(ax, len(table), extra=6.5)
    _stack(ax, table, [name for name in have if not name.startswith("lost")], ITEMS)
    _stack(ax, table, [name for name in have if name.startswith("lost")], ITEMS, sign=-1)
    layout.zero_line(ax)
    _finish(ax, table, names, "items  (← lost by the merge, right in the merge →)")
    ax.xaxis.set_major_formatter(lambda value, _: f"{abs(value):,.0f}")
    shown = {name.replace("_", " "): ITEMS[name] for name in have}
    layout.legend(ax, [layout.swatch(name, code, bar=True) for name, code in shown.items()], columns=5)
    remember(ax, table, "item_changes")
    _numbers(ax)
    return ax


def _stack(ax: Axes, table: pd.DataFrame, columns: Sequence[str], codes: Mapping[str, Code], sign: int = 1) -> None:
    start = pd.Series(0.0, index=range(len(table)))
    for name in columns:
        size = sign * pd.to_numeric(table[name]).astype(float).reset_index(drop=True)
        code = codes[name]
        ax.barh(
            range(len(table)),
            size,
            0.74,
            left=start,
            color=code.colour,
            hatch=code.hatch,
            edgecolor="white",
            linewidth=0.5,
        )
        start = start + size.fillna(0)
    if sign > 0:
        for at in table.reset_index(drop=True).index[pd.isna(table[list(columns)]).all(axis=1).to_numpy()]:
            layout.no_value(ax, at, "no items")


def _finish(ax: Axes, table: pd.DataFrame, names: Mapping[str, str] | None, label: str) -> None:
    layout.row_axis(ax, row_names(table, names), printed=True)
    layout.value_grid(ax)
    layout.x_label(ax, label)


def _numbers(ax: Axes) -> None:
    """Write each count into its segment where it fits with room to spare."""
    figure = layout.lay_out(ax)
    low, high = ax.get_xlim()
    pixels = ax.get_window_extent().width / (high - low)
    size = layout.font() * 0.75
    for bar in ax.patches:
        text = f"{abs(bar.get_width()):,.0f}"
        if abs(bar.get_width()) * pixels > len(text) * size * 0.66 * figure.dpi / 72 + 4:
            colour = matrix.readable(bar.get_facecolor())
            box = (
                {"boxstyle": "square,pad=0.12", "facecolor": bar.get_facecolor(), "edgecolor": "none"}
                if bar.get_hatch()
                else None
            )
            ax.text(bar.get_x() + bar.get_width() / 2, bar.get_y() + bar.get_height() / 2, text, ha="center",
                    va="center", fontsize=size, color=colour, bbox=box)  # fmt: skip


def impact(table: pd.DataFrame, *, ax: Axes | None = None, names: Mapping[str, str] | None = None) -> Axes:
    """Draw the tasks a merge changed most, best first, as bars with intervals; undecided ones are grey.

    Parameters
    ----------
    table : DataFrame
        ``gain, gain_low, gain_high, decided`` and the row names, sorted; optional ``scale``, and ``end`` (top or
        bottom), which sets the two ends apart.
    """
    layout.need(table, ("gain", "gain_low", "gain_high", "decided"), "impact")
    times = layout.factor(layout.one(table, "scale", "impact"))
    ax = layout.axes_for_rows(ax, len(table), extra=6.5)
    for at, row in enumerate(table.to_dict("records")):
        code = outcome_code(row["decided"])
        ax.barh(at, row["gain"] * times, 0.7, color=code.colour, hatch=code.hatch, edgecolor="white", alpha=0.8)
        ax.hlines(at, row["gain_low"] * times, row["gain_high"] * times, color="#333333", linewidth=0.9)
    for at in range(1, len(table)) if "end" in table else ():
        if table["end"].iloc[at] != table["end"].iloc[at - 1]:
            ax.axhline(at - 0.5, color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
    layout.zero_line(ax)
    _finish(ax, table, names, gain_label(table, times, names))
    layout.legend(
        ax,
        [
            layout.swatch(name, code, bar=True)
            for name, code in present(OUTCOMES, table.loc[table["gain"].notna(), "decided"], REFUSED_NAME).items()
        ],
    )
    remember(ax, table, "impact")
    return ax


def retention(
    table: pd.DataFrame, *, criterion: float = 0.95, ax: Axes | None = None, names: Mapping[str, str] | None = None
) -> Axes:
    """Draw the share of a parent's score above chance that a merge has kept, against the criterion.

    Parameters
    ----------
    table : DataFrame
        ``retention, low, high`` (1 = all of it, 0 = chance), ``decided`` (kept, lost, undecided; empty: refused, e.g.
        a parent near chance, whose ``note`` is printed) and the row names.
    criterion : float
        Share that counts as kept; a line is drawn there.
    """
    layout.need(table, ("retention", "low", "high", "decided"), "retention")
    ax = layout.axes_for_rows(ax, len(table), extra=6.5)
    for at, row in enumerate(table.to_dict("records")):
        if pd.isna(row["retention"]):
            layout.no_value(ax, at, str(row.get("note") or "refused")[:60])
            continue
        code = RETAINED.get(str(row["decided"]), RETAINED[""])
        layout.interval(ax, at, *(100 * row[name] for name in ("retention", "low", "high")), code)
        layout.right_text(ax, at, f"{100 * row['retention']:.0f} %".replace("-", "−"))
    ax.axvline(100, color=FAINT, linewidth=0.9)
    ax.axvline(100 * criterion, color=FAINT, linewidth=0.9, linestyle="--")
    _finish(ax, table, names, f"kept of the score above chance (%); dashed: {100 * criterion:.6g} %  (→ better)")
    layout.legend(
        ax,
        [
            layout.swatch(name, code)
            for name, code in present(RETAINED, table.loc[table["retention"].notna(), "decided"], "not tested").items()
        ],
    )
    remember(ax, table, "retention")
    return ax
