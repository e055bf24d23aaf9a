"""The same table as Markdown and as HTML."""

from __future__ import annotations

from itertools import groupby

from mergekit_eval.show.cells import Cell, Grid, Head, Line
from mergekit_eval.show.text import html
from mergekit_eval.show.text import markdown as escaped

ARROWS = {True: " ↑", False: " ↓", None: " ?"}


def markdown(grid: Grid, caption: str) -> str:
    """Return a Markdown table; a group of columns stands before the column name, a group of rows on its own line."""
    heads = [escaped(f"{_group(head, grid)}{head.shown}") + ARROWS[head.higher_is_better] for head in grid.heads]
    rows = ["| " + " | ".join([escaped(grid.corner), *heads]) + " |", "| :-- |" + " --: |" * len(heads)]
    for name, lines in groupby(grid.lines, key=lambda line: line.group):
        rows += [f"| **{escaped(grid.names.get(name, name))}** |" + " |" * len(heads)] if name else []
        rows += [
            "| "
            + " | ".join([escaped(line.shown), *(_markdown_cell(cell, grid.interval) for cell in line.cells)])
            + " |"
            for line in lines
        ]
    title = [f"{escaped(caption)}", ""] if caption else []
    return "\n".join([*title, *rows, "", *(f"{escaped(note)}  " for note in grid.notes)]).rstrip() + "\n"


def _group(head: Head, grid: Grid) -> str:
    return f"{grid.names.get(head.group, head.group)}: " if head.group else ""


def _markdown_cell(cell: Cell, interval: str) -> str:
    if cell.number is None:
        return "—"
    wrap = {"best": "**", "second": "*", "": ""}[cell.rank]
    return f"{wrap}{cell.number}{wrap}{_bounds(cell, interval)}{cell.mark}".replace("-", "−").replace("[", "\\[")


def _bounds(cell: Cell, interval: str) -> str:
    if not cell.low:
        return ""
    return f" ± {cell.half}" if interval == "pm" else f" [{cell.low}, {cell.high}]"


def html_table(grid: Grid, caption: str) -> str:
    """Return one ``<table>`` element and its notes; nothing in it is executed or loaded."""
    title = f"<caption>{html(caption)}</caption>" if caption else ""
    bodies = "".join(
        _html_body(name, list(lines), grid) for name, lines in groupby(grid.lines, key=lambda line: line.group)
    )
    notes = f'<p class="notes">{" ".join(html(note) for note in grid.notes)}</p>' if grid.notes else ""
    table = f'<table class="paper">{title}<thead>{_html_heads(grid)}</thead>{bodies}</table>'
    return f'<div class="table-scroll">{table}</div>{notes}'


def _html_heads(grid: Grid) -> str:
    groups = [(name, list(heads)) for name, heads in groupby(grid.heads, key=lambda head: head.group)]
    spans = "".join(
        f'<th colspan="{len(h)}" class="group">{html(grid.names.get(name, name))}</th>' for name, h in groups
    )
    top = f"<tr><th></th>{spans}</tr>" if [name for name, _ in groups] != [""] else ""
    names = "".join(f'<th class="number">{html(h.shown)}{ARROWS[h.higher_is_better]}</th>' for h in grid.heads)
    return f"{top}<tr><th>{html(grid.corner)}</th>{names}</tr>"


def _html_body(name: str, lines: list[Line], grid: Grid) -> str:
    group = (
        f'<tr class="group"><th colspan="{len(grid.heads) + 1}">{html(grid.names.get(name, name))}</th></tr>'
        if name
        else ""
    )
    rows = "".join(f"<tr>{_html_name(line)}{_html_cells(line, grid.interval)}</tr>" for line in lines)
    return f"<tbody>{group}{rows}</tbody>"


def _html_name(line: Line) -> str:
    return f'<th title="{html(line.name)}">{html(line.shown)}</th>'


def _html_cells(line: Line, interval: str) -> str:
    return "".join(_html_cell(cell, interval) for cell in line.cells)


def _html_cell(cell: Cell, interval: str) -> str:
    if cell.number is None:
        return '<td class="number missing">—</td>'
    tag = {"best": "b", "second": "i", "": "span"}[cell.rank]
    bounds = f"<small>{_bounds(cell, interval)}</small>" if cell.low else ""
    mark = f"<sup>{cell.mark}</sup>" if cell.mark else ""
    return f'<td class="number"><{tag}>{cell.number}</{tag}>{bounds}{mark}</td>'.replace("-", "−")
