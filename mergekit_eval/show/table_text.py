"""A paper table as LaTeX (booktabs rules, siunitx columns), Markdown and HTML; every name is escaped.

A LaTeX table that is wider than its page gets upright names over narrow columns, then several panels.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

from mergekit_eval.show.cells import Cell, Grid
from mergekit_eval.show.templates import escaping, template
from mergekit_eval.show.text import html, latex
from mergekit_eval.show.text import markdown as escaped

ARROWS = {True: "↑", False: "↓", None: "?"}
TEX_ARROWS = {True: Markup(r"\,$\uparrow$"), False: Markup(r"\,$\downarrow$"), None: Markup(r"\,?")}
SUPER = {"+": r"{\textsuperscript{+}}", "−": r"{\textsuperscript{$-$}}", "": ""}
RANKS = {"best": r"\bfseries ", "second": r"\itshape ", "": ""}
LATEX, MARKDOWN, HTML = escaping(latex), escaping(escaped), escaping(html)
LETTER, DIGIT, SMALL_DIGIT, LINE = 4.7, 4.7, 3.6, 11.0  # widths in pt at \small, at \scriptsize; height of a line
LOOSE, TIGHT = 6.0, 3.0  # \tabcolsep in pt: LaTeX's own, and ours under upright heads


def markdown(grid: Grid, caption: str) -> str:
    """Return a Markdown table; a group of columns stands before the column name, a group of rows on its own line."""
    page = template("paper.md", MARKDOWN).render(grid=grid, caption=caption, arrows=ARROWS, printed=_markdown_cell)
    return f"{page.rstrip()}\n"


def _markdown_cell(cell: Cell) -> Markup:
    if cell.number is None:
        return Markup("—")
    wrap = {"best": "**", "second": "*", "": ""}[cell.rank]
    text = " ".join(filter(None, (f"{wrap}{cell.number}{wrap}", cell.bounds))) + cell.mark
    return Markup(text.replace("-", "−").replace("[", "\\["))


def html_table(grid: Grid, caption: str) -> str:
    """Return one ``<table>`` element and its notes; nothing in it is executed or loaded."""
    return template("paper.html", HTML).render(grid=grid, caption=caption, arrows=ARROWS)


def latex_table(grid: Grid, caption: str, label: str, *, wide: bool, width: float) -> str:
    """Return the whole table environment; a table wider than ``width`` (pt) gets upright heads, then several panels."""
    panels = fitted(grid, width)
    # Of a label only what LaTeX takes as a key is kept.
    key = "".join(char if char.isascii() and (char.isalnum() or char in ":-.") else "-" for char in label)
    text = template("paper.tex", LATEX).render(
        kind=Markup("table*" if wide else "table"),
        upright=panels[0].upright,
        tight=TIGHT,
        caption=caption,
        label=key,
        panels=panels,
        arrows=TEX_ARROWS,
        column=_siunitx,
        rules=_rules,
        printed=_latex_cell,
        notes=" ".join(grid.notes),
    )
    return f"{text}\n"


def _siunitx(cells: Sequence[Cell]) -> Markup:
    """Return the siunitx column that holds every number of ``cells``, e.g. S[table-format=-2.1(2)]."""
    numbers = [cell.number for cell in cells if cell.number and "∞" not in cell.number]
    sign = "-" if any(text.startswith("-") for text in numbers) else ""
    whole = max((len(text.lstrip("-").split(".")[0]) for text in numbers), default=1)
    part = max((len(text.partition(".")[2]) for text in numbers), default=0)
    digits = max((len(cell.half.replace(".", "").lstrip("0")) or 1 for cell in cells if cell.half), default=0)
    uncertainty = f"({digits})" if digits else ""
    mark = max((SUPER[cell.mark] for cell in cells), key=len, default="")
    bounds = max((_bounds(cell) for cell in cells), key=len, default="")
    behind = f",table-space-text-post={{{bounds}{mark}}}" if bounds or mark else ""
    return Markup(f"S[table-format={sign}{whole}.{part}{uncertainty}{behind}]")


def _bounds(cell: Cell) -> str:
    return rf"{{\,\normalfont\scriptsize[{_number(cell.low)}, {_number(cell.high)}]}}" if cell.low else ""


def _number(text: str) -> str:
    return text.replace("-", "$-$").replace("∞", r"$\infty$")


def _rules(grid: Grid) -> Iterator[tuple[int, int]]:
    """Yield the first and the last column under each named group; the names of the rows are column 1."""
    first = 2
    for group in grid.column_groups():
        last = first + len(group.members) - 1
        if group.shown:
            yield first, last
        first = last + 1


def _latex_cell(cell: Cell) -> Markup:
    if cell.number is None:
        return Markup("{---}")
    if "∞" in cell.number:
        return Markup(f"{{{_number(cell.number)}}}")
    half = f" \\pm {cell.half}" if cell.half and "∞" not in cell.half else ""
    return Markup(f"{RANKS[cell.rank]}{cell.number}{half}{_bounds(cell)}{SUPER[cell.mark]}")


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
    if _grid_width(grid, upright=False) <= width:
        return [Panel(grid, False, math.inf)]
    columns, parts = len(grid.heads), [grid]
    for count in range(1, columns + 1):
        size = math.ceil(columns / count)
        parts = [grid.part(slice(at, at + size)) for at in range(0, columns, size)]
        if size == 1 or all(_grid_width(part, upright=True) <= width for part in parts):
            break
    return [Panel(part, True, max(_columns(part, upright=True))) for part in parts]


def _grid_width(grid: Grid, *, upright: bool) -> float:
    names = LETTER * max((len(line.shown) for line in grid.lines), default=0) + LOOSE
    return names + sum(_columns(grid, upright=upright))


def _columns(grid: Grid, *, upright: bool) -> list[float]:
    """Return the width of every column with the space around it."""
    widths = []
    for at, head in enumerate(grid.heads):
        name = LINE if upright else LETTER * (len(head.shown) + 2)
        numbers = max((_cell_width(cell) for cell in grid.column(at)), default=0.0)
        widths.append(max(name, numbers) + 2 * (TIGHT if upright else LOOSE))
    return widths


def _cell_width(cell: Cell) -> float:
    width = DIGIT * (len(cell.number or "---") + len(cell.mark))
    if cell.low:
        return width + SMALL_DIGIT * (len(cell.low) + len(cell.high) + 4)
    return width + (DIGIT * (len(cell.half) + 3) if cell.half else 0)
