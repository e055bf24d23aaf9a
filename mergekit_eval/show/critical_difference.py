"""Ranks, which are only as sure as their intervals say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mergekit_eval.errors import DataError
from mergekit_eval.show import layout
from mergekit_eval.show.figure_data import remember
from mergekit_eval.show.style import FAINT, INK


def critical_difference(
    table: pd.DataFrame,
    *,
    cliques: Sequence[Sequence[str]] = (),
    difference: float | None = None,
    test: str = "",
    ax: Axes | None = None,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Plot mean ranks on a line; a bar joins models that the test cannot tell apart (Demsar 2006, JMLR 7, fig. 1).

    Parameters
    ----------
    table : DataFrame
        ``model, rank`` (mean rank over tasks, 1 is best).
    cliques : sequence of sequences of model names
        Groups without a decided difference, as computed.
    difference : float
        The critical difference, drawn as a scale if given.
    test : str
        Which test both are from, printed in the figure.

    Raises
    ------
    DataError
        If a clique is wider than the critical difference: bars and scale are then of two tests.
    """
    layout.need(table, ("model", "rank"), "critical_difference")
    layout.no_repeats(table, ["model"], "critical_difference")
    ranked = table.dropna(subset="rank").sort_values("rank", kind="stable").reset_index(drop=True)
    places = dict(zip(ranked["model"], ranked["rank"], strict=True))
    _one_test(cliques, places, difference)
    half = -(-len(ranked) // 2)
    top = 1.6 + len(cliques) * 0.45
    low, high = int(np.floor(ranked["rank"].min())), int(np.ceil(ranked["rank"].max()))
    high = max(high, low + 1)
    said = _said(high - low, difference, test)
    ax = layout.axes_for_rows(ax, half + 2 + int(top), extra=1.0 + said.count("\n"))
    _scale(ax, low, high)
    above = _told(ax, low, high, difference, said)
    for level, clique in enumerate(cliques):
        known = [places[name] for name in clique if name in places]
        pad = 0.01 * (high - low)
        ax.plot(
            [min(known) - pad, max(known) + pad],
            [0.75 + level * 0.45] * 2,
            color=INK,
            linewidth=2.6,
            solid_capstyle="butt",
        )
    limit = layout.label_limit(0.2)
    shown = layout.labels(list(ranked["model"]), limit, names)
    for index, row in ranked.iterrows():
        _elbow(ax, int(index), half, len(ranked), row["rank"], shown[int(index)], top, (low, high))
    side = (limit + 9) * layout.font() * 0.875 * 0.6 / (layout.wide() * 72)
    margin = (high - low) * side / (1 - 2 * side)
    ax.set_xlim(low - margin, high + margin)
    ax.set_ylim(top + half + 0.2, above)
    ax.set_axis_off()
    remember(ax, table, "critical_difference")
    return ax


def _one_test(cliques: Sequence[Sequence[str]], places: Mapping[str, float], difference: float | None) -> None:
    for clique in cliques:
        known = [places[name] for name in clique if name in places]
        if difference is not None and known and np.ptp(known) > difference * (1 + 1e-9):
            raise DataError(
                f"critical_difference: the group {list(clique)[:6]} spans {np.ptp(known):.3g} ranks, more than the "
                f"critical difference {difference:.3g}; give groups and difference of one test."
            )


def _scale(ax: Axes, low: int, high: int) -> None:
    ax.plot([low, high], [0, 0], color=INK, linewidth=0.9)
    # Half of the axes is scale; a tick label needs three digits' room.
    step = -(-(high - low) // max(1, int(layout.wide() * 72 * 0.35 / (layout.font() * 4))))
    for tick in range(low, high + 1, step):
        ax.plot([tick, tick], [0, -0.18], color=INK, linewidth=0.9)
        ax.text(tick, -0.35, str(tick), ha="center", va="bottom", fontsize="small")
    ax.text(
        low - (high - low) * 0.06, 0, "best", ha="right", va="center", style="italic", color=FAINT, fontsize="small"
    )
    ax.text(
        high + (high - low) * 0.06, 0, "worst", ha="left", va="center", style="italic", color=FAINT, fontsize="small"
    )


def _said(span: int, difference: float | None, test: str) -> str:
    """Return the lines above the scale: the test and its critical difference."""
    wide = ", wider than this scale" if difference and difference > span else ""
    parts = [test, f"critical difference {difference:.2f}{wide}" if difference else ""]
    return layout.wrapped(": ".join(filter(None, parts)), 0.95)


def _told(ax: Axes, low: int, high: int, difference: float | None, said: str) -> float:
    """Print what is said above the scale, with the critical difference as a bar below it; return where that ends."""
    bar = bool(difference) and difference <= high - low
    if bar:
        ax.plot([low, low + difference], [-1.45, -1.45], color=INK, linewidth=1.6)
    top = -1.5 - 0.5 * bar - 0.85 * (said.count("\n") + 1) * bool(said)
    ax.text(0, 1, said, transform=ax.transAxes, ha="left", va="top", fontsize="small")
    return top


def _elbow(
    ax: Axes, index: int, half: int, count: int, rank: float, name: str, top: float, ends: tuple[int, int]
) -> None:
    left = index < half
    at = top + (index if left else count - 1 - index) + 0.3
    span = ends[1] - ends[0]
    end = ends[0] - 0.03 * span if left else ends[1] + 0.03 * span
    ax.plot([rank, rank, end], [0, at, at], color=FAINT, linewidth=0.7)
    text = f"{name}  {rank:.2f}" if left else f"{rank:.2f}  {name}"
    ax.text(
        end - 0.01 * span if left else end + 0.01 * span,
        at,
        text,
        ha="right" if left else "left",
        va="center",
        fontsize="small",
    )
