"""Models or tasks as points: trade-offs and families; names stand beside them where nothing is covered."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba

from mergekit_eval.show import layout
from mergekit_eval.show.encodings import ROLE_UNKNOWN, ROLES, Code, code_of, model_codes, present
from mergekit_eval.show.layout import Names
from mergekit_eval.show.style import FAINT, GRID
from mergekit_eval.show.text import plain
from mergekit_eval.wording import share_of

HALO = {"boxstyle": "square,pad=0.05", "facecolor": "white", "alpha": 0.7, "edgecolor": "none"}
STEPS = 80  # points along a line that names avoid
# Tried in this order: right, left, above, below, then the corners. (x side, y side), 1 = beyond the point.
SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


def pareto(
    table: pd.DataFrame,
    *,
    x_label: str = "",
    y_label: str = "",
    x_higher: bool | None = True,
    y_higher: bool | None = True,
    ax: Axes | None = None,
    names: Names = None,
) -> Axes:
    """Plot two capabilities (or quality and cost) against each other, with the edge of what undominated models reach.

    The edge is a staircase: between two models nothing was measured, and none of their mixtures is claimed.

    Parameters
    ----------
    table : DataFrame
        ``model, role, x, y, front`` (bool, as computed); optional ``x_low, x_high, y_low, y_high``, and ``x_name,
        y_name``, the labels of the axes where none is given. Models without both values are listed below the axes, not
        drawn.
    """
    layout.need(table, ("model", "role", "x", "y", "front"), "pareto")
    x_label, y_label = x_label or table["x_name"].iloc[0], y_label or table["y_name"].iloc[0]
    labels = layout.direction(x_label, x_higher), layout.direction(y_label, y_higher, "↑↓")
    here = table.dropna(subset=["x", "y"]).sort_values("front", ascending=False, kind="stable").reset_index(drop=True)
    codes, undominated = [code_of(ROLES, role) for role in here["role"]], here["front"].to_numpy(bool)
    ax = _plot_points(ax, table, here, codes, labels, ~undominated)
    steps = _staircase(here[undominated].sort_values("x")[["x", "y"]].to_numpy(float), x_higher)
    ax.plot(*steps.T, color=FAINT, linewidth=0.9, zorder=1)
    layout.legend(ax, [layout.swatch(name, code) for name, code in present(ROLES, here["role"], ROLE_UNKNOWN).items()])
    layout.finish(ax, table, "pareto", layout.wide(0.5) / 72)
    place_names(ax, here[["x", "y"]].to_numpy(float), layout.labels(list(here["model"]), 20, names),
                [steps, *_intervals(here)])  # fmt: skip
    return ax


def _staircase(front: np.ndarray, x_higher: bool | None) -> np.ndarray:
    """Return the corners of the edge, points sorted by x: at each x the best y of the models that reach it."""
    xs, ys = np.repeat(front, 2, axis=0).T
    return np.column_stack([xs[:-1], ys[1:]] if x_higher else [xs[1:], ys[:-1]])


def scatter(
    table: pd.DataFrame,
    *,
    x_label: str,
    y_label: str,
    x_higher: bool | None = True,
    y_higher: bool | None = True,
    label_points: bool = False,
    ax: Axes | None = None,
    names: Names = None,
) -> Axes:
    """Plot points by family (capability, method, competency), each family with its own colour and marker.

    Parameters
    ----------
    table : DataFrame
        ``name, family, x, y``; optional ``x_low, x_high, y_low, y_high``.
    label_points : bool
        Name the points where there is room; how many stay unnamed is said in the figure.
    """
    layout.need(table, ("name", "family", "x", "y"), "scatter")
    here = table.dropna(subset=["x", "y"]).reset_index(drop=True)
    families = list(table["family"].astype(str).drop_duplicates())
    known = model_codes(families)
    x_label, y_label = x_label or table["x_name"].iloc[0], y_label or table["y_name"].iloc[0]
    labels = layout.direction(x_label, x_higher), layout.direction(y_label, y_higher, "↑↓")
    ax = _plot_points(ax, table, here, [known[str(family)] for family in here["family"]], labels)
    layout.series_legend(ax, {family: known[family] for family in families}, names)
    layout.finish(ax, table, "scatter", layout.wide(0.5) / 72)
    if label_points:
        place_names(ax, here[["x", "y"]].to_numpy(float), layout.labels(list(here["name"]), 20, names))
    return ax


def _plot_points(
    ax: Axes | None, table: pd.DataFrame, here: pd.DataFrame, codes: Sequence[Code], labels: tuple[str, str],
    hollow: np.ndarray | bool = False,
) -> Axes:  # fmt: skip
    """Draw the rows that have both values as points with their intervals, and say how many have not."""
    import seaborn  # it takes half a second, which no other figure needs

    ax, lines = layout.axes_of(ax), _intervals(here)
    colours, markers = np.array([to_rgba(code.colour) for code in codes]), [code.marker for code in codes]
    if len(here):
        ax.add_collection(
            LineCollection(list(lines), colors=np.resize(colours * (1, 1, 1, 0.35), (len(lines), 4)), linewidths=0.8)
        )
        seaborn.scatterplot(x=here["x"], y=here["y"], style=markers, markers={name: name for name in markers},
                            s=rcParams["lines.markersize"] ** 2, legend=False, zorder=3, ax=ax)  # fmt: skip
        faces = np.where(np.broadcast_to(hollow, len(here))[:, None], to_rgba("white"), colours)
        ax.collections[-1].set(facecolor=faces, edgecolor=colours, linewidth=rcParams["lines.markeredgewidth"])
    ax.grid(color=GRID)
    absent = len(table) - len(here)
    ax.set_xlabel(layout.wrapped(labels[0], f"{absent} without both values, not drawn" if absent else ""))
    ax.set_ylabel(plain(labels[1]))
    return ax


def _intervals(here: pd.DataFrame) -> np.ndarray:
    """Return the intervals as lines (n x 2 ends x 2), those along x first."""
    ends = {"x_low": [("x_low", "y"), ("x_high", "y")], "y_low": [("x", "y_low"), ("x", "y_high")]}
    known = [[here[list(end)].to_numpy(float) for end in pair] for low, pair in ends.items() if low in here]
    return np.concatenate([np.empty((0, 2, 2)), *(np.stack(pair, axis=1) for pair in known)])


def place_names(ax: Axes, points: np.ndarray, names: Sequence[str], lines: Iterable[np.ndarray] = ()) -> int:
    """Write each name next to its point (n x 2, data units) if it covers no other name or point; return how many.

    Nor are ``lines`` (each m x 2, data units) covered where a name has another place.
    """
    bare = ax.get_xlabel()
    # The label has its final height before anything is placed, so that the layout no longer moves.
    ax.set_xlabel(f"{bare}\n ")
    texts = [ax.annotate(name, point, xytext=(0, 0), textcoords="offset points", fontsize="small", in_layout=False,
                         ha="left", va="bottom", bbox=HALO)
             for name, point in zip(names, points, strict=True)]  # fmt: skip
    pixels = layout.lay_out(ax).dpi / 72
    dot, to_pixels = layout.font() * 0.35 * pixels, ax.transData.transform
    centres = to_pixels(points) if len(points) else np.empty((0, 2))
    taken = [np.array([*centre - dot, *centre + dot]) for centre in centres]
    room = np.array(ax.get_window_extent().extents)
    spots = [
        np.linspace(a, b, STEPS) for line in lines if np.isfinite(line).all() for a, b in pairwise(to_pixels(line))
    ]
    beads = np.concatenate([np.empty((0, 2)), *spots])
    left_out = 0
    for text, centre in zip(texts, centres, strict=True):
        size = text.get_window_extent()
        boxes = [_box(centre, dot, size.width, size.height, *side) for side in SIDES]
        free = [box for box in boxes if _within(box, room) and not any(_meet(box, other) for other in taken)]
        free.sort(key=lambda box: bool(((beads > box[:2]) & (beads < box[2:])).all(axis=1).any()))
        if free:
            taken.append(free[0])
            text.xyann = tuple((free[0][:2] - centre) / pixels)
        else:
            text.remove()
            left_out += 1
    if left_out:
        ax.set_xlabel(f"{bare}\n{share_of(left_out, len(names), 'name')} left out: no room")
    return len(names) - left_out


def _box(centre: np.ndarray, dot: float, wide: float, high: float, right: int, up: int) -> np.ndarray:
    """Return the box (x0, y0, x1, y1 in pixels) of a text on one side of a point."""
    x = centre[0] + {1: dot + 2, -1: -dot - 2 - wide, 0: -wide / 2}[right]
    y = centre[1] + {1: dot + 1, -1: -dot - 1 - high, 0: -high / 2}[up]
    return np.array([x, y, x + wide, y + high])


def _within(a: np.ndarray, b: np.ndarray) -> bool:
    return bool((a[:2] > b[:2]).all() and (a[2:] < b[2:]).all())


def _meet(a: np.ndarray, b: np.ndarray) -> bool:
    return bool((a[:2] < b[2:]).all() and (b[:2] < a[2:]).all())
