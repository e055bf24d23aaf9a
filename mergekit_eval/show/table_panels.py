"""Making a table fit its page: names upright over narrow columns, then several panels one below the other."""

import math
from typing import NamedTuple

from mergekit_eval.show.cells import Cell, Grid

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
    if _width(grid, upright=False) <= width:
        return [Panel(grid, False, math.inf)]
    columns, parts = len(grid.heads), [grid]
    for count in range(1, columns + 1):
        size = math.ceil(columns / count)
        parts = [grid.part(slice(at, at + size)) for at in range(0, columns, size)]
        if size == 1 or all(_width(part, upright=True) <= width for part in parts):
            break
    return [Panel(part, True, max(_columns(part, upright=True))) for part in parts]


def _width(grid: Grid, *, upright: bool) -> float:
    names = LETTER * max((len(line.shown) for line in grid.lines), default=0) + LOOSE
    return names + sum(_columns(grid, upright=upright))


def _columns(grid: Grid, *, upright: bool) -> list[float]:
    """Return the width of every column with the space around it."""
    widths = []
    for at, head in enumerate(grid.heads):
        name = LINE if upright else LETTER * (len(head.shown) + 2)
        numbers = max((_number(cell) for cell in grid.column(at)), default=0.0)
        widths.append(max(name, numbers) + 2 * (TIGHT if upright else LOOSE))
    return widths


def _number(cell: Cell) -> float:
    width = DIGIT * (len(cell.number or "---") + len(cell.mark))
    if cell.low:
        return width + SMALL_DIGIT * (len(cell.low) + len(cell.high) + 4)
    return width + (DIGIT * (len(cell.half) + 3) if cell.half else 0)
