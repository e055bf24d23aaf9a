"""Where the text of a figure really lies: finds words that are cut off or lie on each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

from mergekit_eval.show.figure_data import figure_of


class Box(NamedTuple):
    """One drawn text and the four corners (4 x 2, pixels) of the rectangle it fills, rotation included."""

    text: str
    corners: np.ndarray
    axes: Axes | None = None


def boxes(fig: Figure) -> list[Box]:
    """Lay the figure out as it is drawn and return the rectangle of every visible, non-empty text."""
    fig.draw_without_rendering()
    undrawn = _outside_ticks(fig)
    found = {id(text): text for text in fig.findobj(Text) if id(text) not in undrawn and _seen(text)}
    # The label of an axis does not know its axes.
    labels = {id(axis.label): ax for ax in fig.findobj(Axes) for axis in (ax.xaxis, ax.yaxis)}
    return [_box(text, text.axes or labels.get(id(text))) for text in found.values()]


def texts(thing: Any) -> list[str]:
    """Return every text that a figure (or the figure of axes) shows."""
    return [box.text for box in boxes(figure_of(thing))]


def lines(thing: Any) -> list[str]:
    """Return every text that a figure shows, as one line with plain spaces."""
    return [text.replace("\n", " ").replace("\u00a0", " ") for text in texts(thing)]


def _outside_ticks(fig: Figure) -> set[int]:
    """Return the labels of ticks beyond the axis limits: they exist and are never drawn."""
    out: set[int] = set()
    for axis in (axis for ax in fig.findobj(Axes) for axis in (ax.xaxis, ax.yaxis)):
        low, high = sorted(axis.get_view_interval())
        slack = (high - low) * 1e-6
        for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
            if not low - slack <= tick.get_loc() <= high + slack:
                out |= {id(tick.label1), id(tick.label2)}
    return out


def _seen(text: Text) -> bool:
    if not (text.get_visible() and text.get_text().strip() and text.get_alpha() != 0):
        return False
    if text.axes is not None and not text.axes.get_visible():
        return False
    return not isinstance(text, Annotation) or text.get_window_extent().width > 0


def _box(text: Text, axes: Axes | None) -> Box:
    angle = text.get_rotation()
    drawn = text.get_window_extent()
    centre = np.array([(drawn.x0 + drawn.x1) / 2, (drawn.y0 + drawn.y1) / 2])
    wide, high = _unrotated(drawn.width, drawn.height, np.deg2rad(angle))
    half = np.array([[-wide, -high], [wide, -high], [wide, high], [-wide, high]]) / 2
    turn = np.array(
        [
            [np.cos(np.deg2rad(angle)), -np.sin(np.deg2rad(angle))],
            [np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))],
        ]
    )
    return Box(text.get_text(), centre + half @ turn.T, axes)


def _unrotated(wide: float, high: float, angle: float) -> tuple[float, float]:
    """Solve the size of a rectangle from the size of the upright box around its rotated self."""
    c, s = abs(np.cos(angle)), abs(np.sin(angle))
    if abs(c * c - s * s) < 1e-6:
        return wide, high
    return (wide * c - high * s) / (c * c - s * s), (high * c - wide * s) / (c * c - s * s)


def faults(fig: Figure, tolerance: float = 1.0) -> list[str]:
    """Return one sentence per text that is cut off or lies on other axes, and per pair of texts on each other.

    Parameters
    ----------
    fig : Figure
        It is laid out once, as it would be saved.
    tolerance : float
        Pixels that may stick out or be shared: the drawn letters are smaller than their rectangles.
    """
    found = boxes(fig)
    beyond = [f"cut off: {text!r}" for text in cut(found, fig.canvas.get_width_height(), tolerance)]
    beyond += [f"on other axes: {text!r}" for text in astray(found, fig, tolerance)]
    return beyond + [f"on each other: {a!r} and {b!r}" for a, b in overlaps(found, tolerance)]


def astray(found: Sequence[Box], fig: Figure, tolerance: float = 1.0) -> list[str]:
    """Return the texts of some axes that reach into others (panels, colour bars) by more than ``tolerance``."""
    panels = [(ax, ax.get_window_extent()) for ax in fig.findobj(Axes) if ax.get_visible()]
    areas = [(ax, np.array([[b.x0, b.y0], [b.x1, b.y0], [b.x1, b.y1], [b.x0, b.y1]])) for ax, b in panels]
    return [
        box.text
        for box in found
        if box.axes is not None
        and any(ax is not box.axes and _overlap(box.corners, area, tolerance) for ax, area in areas)
    ]


def cut(found: Sequence[Box], size: tuple[int, int], tolerance: float = 1.0) -> list[str]:
    """Return the texts that reach beyond a canvas of ``size`` pixels by more than ``tolerance``."""
    low, high = -tolerance, np.array(size) + tolerance
    return [box.text for box in found if (box.corners < low).any() or (box.corners > high).any()]


def overlaps(found: Sequence[Box], tolerance: float = 1.0) -> list[tuple[str, str]]:
    """Return the pairs of texts whose rectangles share more than ``tolerance`` pixels in every direction."""
    if not found:
        return []
    low = np.array([box.corners.min(axis=0) for box in found])
    high = np.array([box.corners.max(axis=0) for box in found])
    near = (low[:, None] < high[None] - tolerance).all(-1) & (low[None] < high[:, None] - tolerance).all(-1)
    pairs = np.argwhere(np.triu(near, 1))
    return [(found[i].text, found[j].text) for i, j in pairs if _overlap(found[i].corners, found[j].corners, tolerance)]


def _overlap(a: np.ndarray, b: np.ndarray, tolerance: float) -> bool:
    """Separating-axis test of two rectangles: they are apart if one of their four edge directions parts them."""
    edges = np.vstack([np.diff(a[:3], axis=0), np.diff(b[:3], axis=0)])
    for edge in edges:
        axis = edge / (np.linalg.norm(edge) or 1.0)
        along_a, along_b = a @ axis, b @ axis
        if min(along_a.max(), along_b.max()) - max(along_a.min(), along_b.min()) <= tolerance:
            return False
    return True
