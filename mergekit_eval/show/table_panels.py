"""Making a table fit its page: names upright over narrow columns, then several panels one below the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from mergekit_eval.show.cells import Cell, Grid, Head

LETTER, DIGIT, SMALL_DIGIT, LINE = 4.7, 4.7, 3.6, 11.0  # widths in pt at \small, at \scriptsize; height of a line
LOOSE, TIGHT = 6.0, 3.0  # \tabcolsep in pt: LaTeX's own, and ours under upright heads


class Panel(NamedTuple):
    """Some columns of a table; ``upright`` turns their names, ``column`` is the width of the widest in pt."""

    grid: Grid
    upright: bool
    column: float

    def narrow(self, text: str, columns: int) -> bool:
        """Return whether ``text`` is wider than that many columns."""
        return self.upright and len(text) * LETTER > columns * self.column


def fitted(grid: Grid, width: float) -> list[Panel]:
    """Return the panels of a table that is ``width`` pt wide at most, as far as one column per panel allows."""
    if _wide(grid, upright=False) <= width:
        return [Panel(grid, False, math.inf)]
    columns, parts = len(grid.heads), [grid]
    for count in range(1, columns + 1):
        size = math.ceil(columns / count)
        parts = [_part(grid, slice(at, at + size)) for at in range(0, columns, size)]
        if size == 1 or all(_wide(part, upright=True) <= width for part in parts):
            break
    return [Panel(part, True, max(_columns(part, upright=True))) for part in parts]


def _part(grid: Grid, kept: slice) -> Grid:
    lines = [line._replace(cells=line.cells[kept]) for line in grid.lines]
    return grid._replace(heads=grid.heads[kept], lines=lines)


def _wide(grid: Grid, *, upright: bool) -> float:
    return _names(grid) + sum(_columns(grid, upright=upright))


def _names(grid: Grid) -> float:
    return LETTER * max((len(line.shown) for line in grid.lines), default=0) + LOOSE


def _columns(grid: Grid, *, upright: bool) -> list[float]:
    """Return the width of every column with the space around it."""
    inside = [_numbers([line.cells[at] for line in grid.lines], grid.interval) for at in range(len(grid.heads))]
    heads = [LINE if upright else _head(head) for head in grid.heads]
    return [max(pair) + 2 * (TIGHT if upright else LOOSE) for pair in zip(inside, heads, strict=True)]


def _head(head: Head) -> float:
    return LETTER * (len(head.shown) + 2)


def _numbers(cells: Sequence[Cell], interval: str) -> float:
    return max((_number(cell, interval) for cell in cells), default=0.0)


def _number(cell: Cell, interval: str) -> float:
    own = DIGIT * (len(cell.number or "---") + len(cell.mark))
    if interval == "range" and cell.low:
        return own + SMALL_DIGIT * (len(cell.low) + len(cell.high) + 4)
    return own + (DIGIT * (len(cell.half) + 3) if interval == "pm" and cell.half else 0)
