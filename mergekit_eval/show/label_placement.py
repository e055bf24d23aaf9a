"""Names beside points: placed where nothing is covered, left out (and counted) where there is no room."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation

from mergekit_eval.show import layout
from mergekit_eval.wording import share_of

# Tried in this order: right, left, above, below, then the corners. (x side, y side), 1 = beyond the point.
HALO = {"boxstyle": "square,pad=0.05", "facecolor": "white", "alpha": 0.7, "edgecolor": "none"}
STEPS = 80
SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


def place_names(ax: Axes, points: np.ndarray, names: Sequence[str], lines: Sequence[np.ndarray] = ()) -> int:
    """Write each name next to its point (n x 2, data units) if it covers no other name or point; return how many.

    Nor are ``lines`` (each m x 2, data units) covered where a name has another place.
    """
    figure = ax.get_figure(root=True)
    assert figure is not None
    bare = ax.get_xlabel()
    # The label has its final height before anything is placed, so that the layout no longer moves.
    ax.set_xlabel(f"{bare}\n ")
    layout.grow(ax, 1)
    texts = [ax.annotate(name, point, xytext=(0, 0), textcoords="offset points", fontsize="small", in_layout=False,
                         ha="left", va="bottom", bbox=HALO)
             for name, point in zip(names, points, strict=True)]  # fmt: skip
    layout.lay_out(ax)
    dot = layout.font() * 0.35 * figure.dpi / 72
    centres = ax.transData.transform(points) if len(points) else np.empty((0, 2))
    taken = [np.array([*centre - dot, *centre + dot]) for centre in centres]
    inside, left_out = ax.get_window_extent(), 0
    edges, beads = np.array([inside.x0, inside.y0, inside.x1, inside.y1]), _beads(ax, lines)
    for text, centre in zip(texts, centres, strict=True):
        box = _free(text, centre, dot, taken, edges, beads)
        box = _free(text, centre, dot, taken, edges, beads[:0]) if box is None else box
        if box is None:
            text.remove()
            left_out += 1
            continue
        taken.append(box)
        text.xyann = tuple((box[:2] - centre) / figure.dpi * 72)
    if left_out:
        ax.set_xlabel(f"{bare}\n{share_of(left_out, len(names), 'name')} left out: no room")
    return len(names) - left_out


def _beads(ax: Axes, lines: Sequence[np.ndarray]) -> np.ndarray:
    """Return points along lines, in pixels."""
    corners = [ax.transData.transform(line) for line in lines if len(line) > 1]
    spots = [np.linspace(a, b, STEPS) for line in corners for a, b in pairwise(line)]
    return np.concatenate(spots) if spots else np.empty((0, 2))


def _free(
    text: Annotation, centre: np.ndarray, dot: float, taken: list[np.ndarray], inside: np.ndarray, beads: np.ndarray
) -> np.ndarray | None:
    """Return the first free box (x0, y0, x1, y1 in pixels) around a point."""
    size = text.get_window_extent()
    wide, high = size.width, size.height
    for right, up in SIDES:
        x = centre[0] + {1: dot + 2, -1: -dot - 2 - wide, 0: -wide / 2}[right]
        y = centre[1] + {1: dot + 1, -1: -dot - 1 - high, 0: -high / 2}[up]
        box = np.array([x, y, x + wide, y + high])
        if (
            (box[:2] > inside[:2]).all()
            and (box[2:] < inside[2:]).all()
            and not any(_meet(box, other) for other in taken)
            and not ((beads > box[:2]) & (beads < box[2:])).all(axis=1).any()
        ):
            return box
    return None


def _meet(a: np.ndarray, b: np.ndarray) -> bool:
    return bool((a[:2] < b[2:]).all() and (b[:2] < a[2:]).all())
