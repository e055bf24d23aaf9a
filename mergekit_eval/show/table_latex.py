"""A paper table as LaTeX: booktabs rules, siunitx columns, every name escaped."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from mergekit_eval.show import table_panels
from mergekit_eval.show.cells import Cell, Grid
from mergekit_eval.show.templates import escaping, template
from mergekit_eval.show.text import latex

ARROWS = {True: Markup(r"\,$\uparrow$"), False: Markup(r"\,$\downarrow$"), None: Markup(r"\,?")}
SUPER = {"+": r"{\textsuperscript{+}}", "−": r"{\textsuperscript{$-$}}", "": ""}
RANKS = {"best": r"\bfseries ", "second": r"\itshape ", "": ""}
LATEX = escaping(latex)


def render(grid: Grid, caption: str, label: str, *, wide: bool, width: float) -> str:
    """Return the whole table environment; a table wider than ``width`` (pt) gets upright heads, then several panels."""
    panels = table_panels.fitted(grid, width)
    # Of a label only what LaTeX takes as a key is kept.
    key = "".join(char if char.isascii() and (char.isalnum() or char in ":-.") else "-" for char in label)
    text = template("paper.tex", LATEX).render(
        kind=Markup("table*" if wide else "table"),
        upright=panels[0].upright,
        tight=table_panels.TIGHT,
        caption=caption,
        label=key,
        panels=panels,
        arrows=ARROWS,
        column=_column,
        rules=_rules,
        printed=_cell,
        notes=" ".join(grid.notes),
    )
    return f"{text}\n"


def _column(cells: Sequence[Cell]) -> Markup:
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


def _cell(cell: Cell) -> Markup:
    if cell.number is None:
        return Markup("{---}")
    if "∞" in cell.number:
        return Markup(f"{{{_number(cell.number)}}}")
    half = f" \\pm {cell.half}" if cell.half and "∞" not in cell.half else ""
    return Markup(f"{RANKS[cell.rank]}{cell.number}{half}{_bounds(cell)}{SUPER[cell.mark]}")
