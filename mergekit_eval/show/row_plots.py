"""Estimates as rows: forest, verdicts, retention, positions, ranks, winners, and what noise or the items could give."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from mergekit_eval.schema import require
from mergekit_eval.show import layout
from mergekit_eval.show.encodings import ROLE_UNKNOWN, ROLES, VERDICTS, code_of, codes
from mergekit_eval.show.layout import Names
from mergekit_eval.show.row_names import PAIR, part_merges, varying
from mergekit_eval.show.rows import Row, plot_rows
from mergekit_eval.show.style import FAINT, GRID
from mergekit_eval.show.text import short_names

LIMITS = ("gain_low", "gain_high")
LINE: layout.Look = {"color": FAINT, "linewidth": 0.9}
EXPECTED = "#e2e2e2"  # what noise alone gives, what the items cannot show


def forest(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot one row per comparison: gain, adjusted interval, zero line; the estimate and n as text at the right.

    Parameters
    ----------
    table : DataFrame
        ``gain, gain_low, gain_high, n, decided`` and at least one of ``merge, reference, capability, task, metric,
        filter``, in the order to plot. Those that differ between rows name the row; optional ``scale`` must be one
        for the whole table (differences of accuracy and of perplexity share no axis).
    """
    return _gains("forest", table, ax, names)


def _gains(kind: str, table: pd.DataFrame, ax: Axes | None, names: Names) -> Axes:
    scale = layout.one(table, "scale", kind)

    def estimate(row: Row) -> str:
        gain, low, high = (layout.gained(row[name], layout.factor(scale)) for name in ("gain", *LIMITS))
        return f"{gain} [{low}, {high}]  n={'?' if pd.isna(row['n']) else format(int(row['n']), ',')}"

    def behind(ax: Axes, rows: pd.DataFrame) -> None:
        layout.zero_line(ax)
        if varying(rows, kind) == PAIR:
            part_merges(ax, rows, GRID)

    return plot_rows(kind, table, value="gain", interval=LIMITS, status="decided", needs=("n",), ax=ax, names=names,
                     label=_gain_of(table, scale, names), text=estimate, behind=behind)  # fmt: skip


def _gain_of(table: pd.DataFrame, scale: object, names: Names) -> str:
    """Return the name of an axis of gains: whose, over whom (where one for all rows), in what unit."""
    short = {"merge": "the merge", "reference": "its reference"}
    for column in short:
        if column in table and len(table) > 1 and len(table[column].unique()) == 1:
            short[column] = (short_names(table[column], 24) | dict(names or {}))[str(table[column].iloc[0])]
    return f"gain of {short['merge']} over {short['reference']}{layout.points_of(scale)}  (→ better)"


PLACES = {"above": "better", "below": "worse"}


def places(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot the gain of each merge over its base and each parent, with the limits that decide its place.

    Parameters
    ----------
    table : DataFrame
        Rows of `place_table` of one level.
    """
    require(table, ("relation", "place"), "places")
    single = table[table["relation"].isin(["base", "parent"])]
    decided = single["place"].map(PLACES).fillna("undecided")
    return _gains("places", single.assign(decided=decided, scale="unit").drop(columns="task"), ax, names)


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
        new = rows["end"].ne(rows["end"].shift()) if "end" in rows else rows["gain"].isna() & False
        for at in rows.index[new][1:]:
            ax.axhline(at - 0.5, color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)))

    label = _gain_of(table, layout.one(table, "scale", "impact"), names)
    return plot_rows("impact", table, value="gain", interval=LIMITS, status="decided", bar=True, ax=ax, names=names,
                     label=label, behind=behind)  # fmt: skip


def mde_dots(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot per comparison the smallest gain its items could show, and the gain that was seen.

    Parameters
    ----------
    table : DataFrame
        ``mde`` (minimum detectable difference, positive), ``gain, decided`` and the row names; optional ``scale``.
        The grey bar spans what could not be seen; a mark inside it is no evidence of no difference.
    """
    scale = layout.one(table, "scale", "mde_dots")

    def behind(ax: Axes, rows: pd.DataFrame) -> None:
        known = rows[rows["gain"].notna() & np.isfinite(rows["mde"])]
        ax.barh(known.index, 2 * known["mde"], 0.6, left=-known["mde"], color=EXPECTED, zorder=1)
        layout.zero_line(ax)

    def reach(row: Row) -> str:
        return f"±{layout.number(row['mde'], layout.factor(scale))}" if np.isfinite(row["mde"]) else ""

    label = f"gain{layout.points_of(scale)}; grey: too small to be seen with these items  (→ better)"
    return plot_rows("mde_dots", table, value="gain", status="decided", needs=("mde",), scaled=("mde",), ax=ax,
                     names=names, label=label, text=reach, behind=behind)  # fmt: skip


def verdicts(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot each merge's macro gain over its best parent with its interval, marked and named by its verdict.

    Parameters
    ----------
    table : DataFrame
        ``merge, verdict, gain, gain_low, gain_high`` (gains as shares of one).
    """
    return plot_rows(
        "verdicts", table, value="gain", interval=LIMITS, key="merge", times=100, missing="—", status="verdict",
        codes=VERDICTS, coloured=True, ax=ax, names=names, legend=False, behind=layout.zero_line,
        label="gain over the best parent (points of 100)  (→ better)",
        text=lambda row: f"{code_of(VERDICTS, row['verdict']).symbol} {row['verdict']}",
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
        "retention", table, value="retention", interval=("low", "high"), times=100, missing="refused", reason="note",
        status="decided", codes=codes("retained"), unknown="not tested", ax=ax, names=names,
        behind=behind, size=lambda rows: (rows["retention"] - 1).abs(),
        label=f"retention: share of the score above chance (%); dashed: {100 * criterion:.6g} %  (→ better)",
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

    return plot_rows(
        "positions", table, value="position", interval=("position_low", "position_high"), times=1, missing="no range",
        status="where", codes=codes("place"), size=lambda rows: (rows["position"] - 0.5).abs(), ax=ax, names=names,
        label="place between the parents (0 lowest, 1 highest)", behind=behind, columns=5,
        more=[Patch(color=colour, alpha=0.16, label="between the parents")],
    )  # fmt: skip


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
        ax.barh(rows.index, high - low, 0.62, left=low, color=EXPECTED, zorder=1)
        ax.vlines(expected, rows.index - 0.31, rows.index + 0.31, **LINE, zorder=2)

    category = str(layout.one(table, "category", "item_noise") or "items").replace("_", " ")
    return plot_rows(
        "item_noise", table, value="count", times=1, missing="no items", status="decided", codes=codes("noise"),
        needs=("expected", "noise_low", "noise_high"), size=lambda rows: (rows["count"] - rows["expected"]).abs(),
        ax=ax, names=names, label=f"items: {category}", behind=behind, text=lambda row: f"{row['count']:,.0f}",
        more=[Patch(color=EXPECTED, label="noise alone")],
    )  # fmt: skip


def winners(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot what picking the best merge promises (hollow) and what it keeps on items that did not pick it (filled).

    Parameters
    ----------
    table : DataFrame
        ``group, winner, naive, cross_fitted, low, high`` (shares of one; the interval is the cross-fitted one's).
    """
    code = ROLES["merge"]
    layout.need(table, ("winner",), "winners")
    every = list(table["winner"].fillna(""))
    chosen = dict(zip(every, layout.labels(every, layout.characters(0.18), names), strict=True))

    def behind(ax: Axes, rows: pd.DataFrame) -> None:
        known = rows[rows["cross_fitted"].notna()]
        ax.hlines(known.index, known["cross_fitted"], known["naive"], color=FAINT, linewidth=0.8, linestyle=":")
        layout.marks(ax, known["naive"], known.index, code, hollow=True)

    keys = [layout.swatch("on other items", code),
            layout.swatch("on the items that picked it", code, markerfacecolor="white")]  # fmt: skip
    return plot_rows(
        "winners", table, value="cross_fitted", interval=("low", "high"), key="group", needs=("naive",), times=100,
        scaled=("naive",), missing="no winner", codes={"": code}, ax=ax, names=names,
        label="macro average (%)  (→ better)", behind=behind, text=lambda row: chosen[row["winner"]], more=keys,
    )  # fmt: skip


def rank_intervals(table: pd.DataFrame, *, ax: Axes | None = None, names: Names = None) -> Axes:
    """Plot each model's rank with the interval of ranks it may have; rank 1 is best.

    Parameters
    ----------
    table : DataFrame
        ``model, rank, low, high`` in the order to plot; optional ``role``.
    """
    known = "role" in table
    ax = plot_rows(
        "rank_intervals", table, value="rank", interval=("low", "high"), key="model", times=1, missing="not ranked",
        status="role" if known else "", codes=ROLES if known else {"": ROLES["merge"]}, unknown=ROLE_UNKNOWN,
        last=tuple(ROLES), size=lambda rows: -rows["rank"], ax=ax, names=names,
        label="rank, with the ranks its interval allows  (← better)",
        text=lambda row: f"{row['low']:.0f}–{row['high']:.0f}",
    )  # fmt: skip
    ax.locator_params(axis="x", integer=True)
    return ax
