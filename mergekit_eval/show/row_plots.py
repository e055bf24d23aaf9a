"""Estimates as rows: forest, verdicts, retention, positions, ranks, winners, and what noise or the items could give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mergekit_eval.show import layout, pairs
from mergekit_eval.show.encodings import (
    NOISE,
    OUTCOMES,
    PLACES,
    REFUSED_NAME,
    RETAINED,
    ROLE_UNKNOWN,
    ROLES,
    VERDICTS,
)
from mergekit_eval.show.row_names import varying
from mergekit_eval.show.rows import Names, Row, RowPlot, plot_rows
from mergekit_eval.show.style import FAINT, GRID
from mergekit_eval.show.text import short_names

LINE = {"color": FAINT, "linewidth": 0.9}
EXPECTED = {"color": "#e2e2e2", "zorder": 1}  # what noise alone gives, what the items cannot show
GAINS = RowPlot(
    name="forest", value="gain", low="gain_low", high="gain_high", needs=("n",), extra=5.0,
    status="decided", codes=OUTCOMES, other_name=REFUSED_NAME,
)  # fmt: skip
IMPACT = replace(GAINS, name="impact", needs=(), bar=True, extra=6.5)
DETECTABLE = replace(GAINS, name="mde_dots", low="", high="", needs=("mde",), scaled=("mde",), extra=6.5)
MACRO = RowPlot(
    name="verdicts", value="gain", low="gain_low", high="gain_high", key="merge", times=100, missing="—", extra=5.0,
    status="verdict", codes=VERDICTS, other="not decided", coloured=True,
)  # fmt: skip
RETENTION = RowPlot(
    name="retention", value="retention", low="low", high="high", times=100, missing="refused", reason="note",
    status="decided", codes=RETAINED, other_name="not tested", size=lambda table: (table["retention"] - 1).abs(),
)  # fmt: skip
POSITIONS = RowPlot(
    name="positions", value="position", low="position_low", high="position_high", times=1, missing="no range",
    status="where", codes={**PLACES, "": OUTCOMES[""]}, size=lambda table: (table["position"] - 0.5).abs(),
)  # fmt: skip
COUNTED = RowPlot(
    name="item_noise", value="count", needs=("expected", "noise_low", "noise_high"), times=1, missing="no items",
    status="decided", codes=NOISE, other="undecided", size=lambda table: (table["count"] - table["expected"]).abs(),
)  # fmt: skip
WINNERS = RowPlot(
    name="winners", value="cross_fitted", low="low", high="high", key="group", needs=("winner", "naive"), times=100,
    scaled=("naive",), missing="no winner", codes={"": ROLES["merge"]},
)  # fmt: skip
RANKS = RowPlot(
    name="rank_intervals", value="rank", low="low", high="high", key="model", times=1, missing="not ranked",
    status="role", codes=ROLES, other_name=ROLE_UNKNOWN, last=tuple(ROLES), size=lambda table: -table["rank"],
)  # fmt: skip


def forest(table: pd.DataFrame, *, ax: Axes | None = None, numbers: bool = True, names: Names = None) -> Axes:
    """Plot one row per comparison: gain, adjusted interval, zero line; the estimate and n as text at the right.

    Parameters
    ----------
    table : DataFrame
        ``gain, gain_low, gain_high, n, decided`` and at least one of ``merge, reference, capability, task, metric,
        filter``, in the order to plot. Those that differ between rows name the row; optional ``scale`` must be one
        for the whole table (differences of accuracy and of perplexity share no axis).
    """
    times = GAINS.factor(table)

    def estimate(row: Row) -> str:
        values = (layout.gained(float(row[name]), times) for name in ("gain", "gain_low", "gain_high"))  # type: ignore[arg-type]
        n = "?" if pd.isna(row["n"]) else f"{int(row['n']):,}"  # type: ignore[call-overload]
        return "{} [{}, {}]".format(*values) + f"  n={n}"

    def behind(ax: Axes, rows: pd.DataFrame) -> None:
        layout.zero_line(ax)
        if varying(rows, "forest") == ["merge", "reference"]:
            pairs.part(ax, rows["merge"], GRID)

    return plot_rows(GAINS, table, ax=ax, names=names, label=gain_label(table, times, names),
                     text=estimate if numbers else None, behind=behind)  # fmt: skip


def gain_label(table: pd.DataFrame, times: float, names: Names) -> str:
    """Return the name of an axis of gains: whose, over whom (where one for all rows), in what unit."""

    def fixed(column: str) -> str:
        known = column in table and len(table[column].unique()) == 1 and len(table) > 1
        value = str(table[column].iloc[0]) if known else ""
        return (names or {}).get(value) or short_names([value], 24)[value] if value else ""

    merge, reference = fixed("merge") or "the merge", fixed("reference") or "its reference"
    return f"gain of {merge} over {reference}{points_of(times)}  (→ better)"


def points_of(times: float) -> str:
    """Return the unit of differences that are printed ``times`` as large."""
    return " (points of 100)" if times == 100 else ""


def impact(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot the tasks a merge changed most, best first, as bars with intervals; undecided ones are grey.

    Parameters
    ----------
    table : DataFrame
        ``gain, gain_low, gain_high, decided`` and the row names, sorted; optional ``scale``, and ``end`` (top or
        bottom), which sets the two ends apart.
    """

    def behind(ax: Axes, rows: pd.DataFrame) -> None:
        layout.zero_line(ax)
        ends = rows["end"] if "end" in rows else pd.Series(dtype=object)
        for at in ends.index[1:][(ends.to_numpy()[1:] != ends.to_numpy()[:-1])]:
            ax.axhline(at - 0.5, color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)))

    label = gain_label(table, IMPACT.factor(table), names)
    return plot_rows(IMPACT, table, ax=ax, names=names, label=label, behind=behind)


def mde_dots(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot per comparison the smallest gain its items could show, and the gain that was seen.

    Parameters
    ----------
    table : DataFrame
        ``mde`` (minimum detectable difference, positive), ``gain, decided`` and the row names; optional ``scale``.
        The grey bar spans what could not be seen; a mark inside it is no evidence of no difference.
    """
    times = DETECTABLE.factor(table)

    def behind(ax: Axes, rows: pd.DataFrame) -> None:
        known = rows[rows["gain"].notna() & np.isfinite(rows["mde"])]
        ax.barh(known.index, 2 * known["mde"], 0.6, left=-known["mde"], **EXPECTED)
        layout.zero_line(ax)

    def reach(row: Row) -> str:
        return f"±{layout.number(row['mde'], times)}" if np.isfinite(row["mde"]) else ""  # type: ignore[arg-type, call-overload]

    label = f"gain{points_of(times)}; grey: too small to be seen with these items  (→ better)"
    return plot_rows(DETECTABLE, table, ax=ax, names=names, label=label, text=reach, behind=behind)


def verdicts(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot each merge's macro gain over its best parent with its interval, marked and named by its verdict.

    Parameters
    ----------
    table : DataFrame
        ``merge, verdict, gain, gain_low, gain_high`` (gains as shares of one).
    """
    return plot_rows(
        MACRO, table, ax=ax, names=names, label="macro gain over the best parent (points of 100)  (→ better)",
        text=lambda row: f"{MACRO.code(row['verdict']).symbol} {row['verdict']}", legend=False,
        behind=lambda ax, _: layout.zero_line(ax),
    )  # fmt: skip


def retention(
    table: pd.DataFrame, *, criterion: float = 0.95, ax: Axes | None = None, names: Names = None
) -> Axes:  # fmt: skip
    """Plot the share of a parent's score above chance that a merge has kept, against the criterion.

    Parameters
    ----------
    table : DataFrame
        ``retention, low, high`` (1 = all of it, 0 = chance), ``decided`` (kept, lost, undecided; empty: refused, e.g.
        a parent near chance, whose ``note`` is printed) and the row names.
    criterion : float
        Share that counts as kept; a line is there.
    """

    def behind(ax: Axes, _: pd.DataFrame) -> None:
        ax.axvline(100, **LINE)
        ax.axvline(100 * criterion, **LINE, linestyle="--")

    return plot_rows(
        RETENTION, table, ax=ax, names=names, behind=behind,
        label=f"kept of the score above chance (%); dashed: {100 * criterion:.6g} %  (→ better)",
        text=lambda row: f"{row['retention']:.0f} %".replace("-", "−"),
    )  # fmt: skip


def positions(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot where merges fall in the range of their parents: 0 is the lowest, 1 the highest.

    Parameters
    ----------
    table : DataFrame
        ``position, position_low, position_high, where`` (above, within, below, undecided, by test) and the row names.
        A missing position (parents too close together) is said.
    """
    colour = ROLES["parent"].colour

    def behind(ax: Axes, _: pd.DataFrame) -> None:
        ax.axvspan(0, 1, color=colour, alpha=0.13, linewidth=0, zorder=0)
        for end in (0, 1):
            ax.axvline(end, color=colour, linestyle="--", linewidth=0.8, zorder=1)

    band = Patch(color=colour, alpha=0.16, label="between the parents")
    return plot_rows(POSITIONS, table, ax=ax, names=names, label="place between the parents (0 lowest, 1 highest)",
                     behind=behind, more=[band], columns=5)  # fmt: skip


def item_noise(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot a count of items (synergy, lost consensus) on the range that noise alone would give (grey).

    Parameters
    ----------
    table : DataFrame
        One category: ``count, expected, noise_low, noise_high, decided`` (more than noise, fewer than noise,
        undecided) and the row names; ``category`` names the axis.
    """

    def behind(ax: Axes, rows: pd.DataFrame) -> None:
        low, high, expected = (rows[name].astype(float) for name in ("noise_low", "noise_high", "expected"))
        ax.barh(rows.index, high - low, 0.62, left=low, **EXPECTED)
        ax.vlines(expected, rows.index - 0.31, rows.index + 0.31, **LINE, zorder=2)

    what = str(layout.one(table, "category", "item_noise") or "items").replace("_", " ")
    return plot_rows(COUNTED, table, ax=ax, names=names, label=f"items: {what}", behind=behind,
                     text=lambda row: f"{row['count']:,.0f}",
                     more=[Patch(color=EXPECTED["color"], label="noise alone")])  # fmt: skip


def winners(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot what picking the best merge promises (hollow) and what it keeps on items that did not pick it (filled).

    Parameters
    ----------
    table : DataFrame
        ``group, winner, naive, cross_fitted, low, high`` (shares of one; the interval is the cross-fitted one's).
    """
    WINNERS.check(table)
    code, every = ROLES["merge"], list(table["winner"].fillna(""))
    chosen = dict(zip(every, layout.labels(every, layout.label_limit(0.18), names), strict=True))

    def behind(ax: Axes, rows: pd.DataFrame) -> None:
        known = rows[rows["cross_fitted"].notna()]
        ax.hlines(known.index, known["cross_fitted"], known["naive"], color=FAINT, linewidth=0.8, linestyle=":")
        layout.marks(ax, known["naive"], known.index, code, hollow=True)

    hollow = Line2D([], [], color=code.colour, marker=code.marker, markerfacecolor="white", linestyle="none")
    hollow.set_label("on the items that picked it")
    return plot_rows(WINNERS, table, ax=ax, names=names, label="macro average (%)  (→ better)", behind=behind,
                     text=lambda row: chosen[row["winner"]],
                     more=[layout.swatch("on other items", code), hollow])  # fmt: skip


def rank_intervals(table: pd.DataFrame, *, ax: Axes | None = None, names: Mapping[str, str] | None = None) -> Axes:
    """Plot each model's rank with the interval of ranks it may have; rank 1 is best.

    Parameters
    ----------
    table : DataFrame
        ``model, rank, low, high`` in the order to plot; optional ``role``.
    """
    plot = RANKS if "role" in table else replace(RANKS, status="", codes={"": ROLES["merge"]})
    ax = plot_rows(plot, table, ax=ax, names=names, label="rank, with the ranks its interval allows  (← better)",
                   text=lambda row: f"{row['low']:.0f}–{row['high']:.0f}")  # fmt: skip
    ax.xaxis.set_major_locator(layout.MaxNLocator(8, integer=True, min_n_ticks=1))
    return ax
