"""Mean ranks on a line, with bars over the models that a test cannot tell apart."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mergekit_eval.errors import DataError
from mergekit_eval.show import layout
from mergekit_eval.show.style import FAINT, INK

BAR = 0.45  # lines from one bar to the next


def critical_difference(
    table: pd.DataFrame,
    *,
    cliques: Sequence[Sequence[str]] = (),
    difference: float | None = None,
    test: str = "",
    ax: Axes | None = None,
    names: layout.Names = None,
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
    ranked = table.dropna(subset="rank").sort_values("rank", kind="stable")
    layout.need(ranked, (), "critical_difference", ["model"])
    places: dict[str, float] = dict(zip(ranked["model"], ranked["rank"], strict=True))
    groups = _groups(cliques, places, difference)
    low, high = int(np.floor(min(places.values()))), int(np.ceil(max(places.values())))
    high = max(high, low + 1)
    ax, top, limit = layout.axes_of(ax), 1.6 + len(groups) * BAR, layout.characters(0.2)
    _scale(ax, low, high)
    for level, (first, last) in enumerate(groups):
        pad = 0.01 * (high - low)
        ax.plot([first - pad, last + pad], [0.75 + level * BAR] * 2, color=INK, linewidth=2.6, solid_capstyle="butt")
    half = -(-len(places) // 2)
    for at, (name, rank) in enumerate(zip(layout.labels(list(places), limit, names), places.values(), strict=True)):
        left = at < half
        down = top + 0.3 + (at if left else len(places) - 1 - at)
        _elbow(ax, rank, down, low if left else high, (high - low) * (-0.01 if left else 0.01), name)
    above = _difference(ax, low, high, difference, test)
    side = (limit + 9) * layout.font() * 0.875 * 0.6 / layout.wide()
    margin = (high - low) * side / (1 - 2 * side)
    ax.set(xlim=(low - margin, high + margin), ylim=(top + half + 0.2, above), xticks=[], yticks=[])
    ax.set_axis_off()
    return layout.finish(ax, table, "critical_difference", layout.rows_height(top + half + 0.2 - above))


def _groups(
    cliques: Sequence[Sequence[str]], places: Mapping[str, float], difference: float | None
) -> list[tuple[float, float]]:
    """Return the first and the last rank of every clique; all are of the test of the critical difference."""
    known = [[places[name] for name in clique if name in places] for clique in cliques]
    for clique, ranks in zip(cliques, known, strict=True):
        if difference is not None and ranks and np.ptp(ranks) > difference * (1 + 1e-9):
            raise DataError(
                f"critical_difference: the group {list(clique)[:6]} spans {np.ptp(ranks):.3g} ranks, more than the "
                f"critical difference {difference:.3g}; give groups and difference of one test."
            )
    return [(min(ranks), max(ranks)) for ranks in known if ranks]


def _scale(ax: Axes, low: int, high: int) -> None:
    ax.plot([low, high], [0, 0], color=INK, linewidth=0.9)
    # Half of the axes is scale; a tick label needs three digits' room.
    step = -(-(high - low) // max(1, int(layout.wide(0.35) / (layout.font() * 4))))
    for tick in range(low, high + 1, step):
        ax.plot([tick, tick], [0, -0.18], color=INK, linewidth=0.9)
        ax.text(tick, -0.35, str(tick), ha="center", va="bottom", fontsize="small")
    beyond = (high - low) * 0.06
    look: layout.Look = {"va": "center", "style": "italic", "color": FAINT, "fontsize": "small"}
    ax.text(low - beyond, 0, "best", ha="right", **look)
    ax.text(high + beyond, 0, "worst", ha="left", **look)


def _difference(ax: Axes, low: int, high: int, difference: float | None, test: str) -> float:
    """Say the test and its critical difference above the scale, and draw that as a bar; return where the plot ends."""
    beyond = difference is not None and difference > high - low
    size = f"critical difference {difference:.2f}{', wider than this scale' if beyond else ''}" if difference else ""
    text = ": ".join(filter(None, [test, size]))
    ax.set_title(layout.wrapped(text, share=0.95), fontsize="small", loc="left")
    if not difference or beyond:
        return -1.4
    ax.plot([low, low + difference], [-1.45, -1.45], color=INK, linewidth=1.6)
    return -2.0


def _elbow(ax: Axes, rank: float, down: float, end: float, beyond: float, name: str) -> None:
    """Draw a line from a rank on the scale down and out to its model's name."""
    left = beyond < 0
    ax.plot([rank, rank, end + 3 * beyond], [0, down, down], color=FAINT, linewidth=0.7)
    text = f"{name}  {rank:.2f}" if left else f"{rank:.2f}  {name}"
    ax.text(end + 4 * beyond, down, text, ha="right" if left else "left", va="center", fontsize="small")
