"""LaTeX by hand: booktabs rules, siunitx columns, every name escaped."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from mergekit_eval.show import table_panels
from mergekit_eval.show.cells import Cell, Grid, Head
from mergekit_eval.show.text import latex

PREAMBLE = r"% needs: \usepackage{booktabs,siunitx}"
GRAPHICX = r" \usepackage{graphicx}"
# Bold and italic numbers keep their alignment in siunitx 2 and 3 alike.
SETUP = r"\sisetup{detect-weight=true, detect-shape=true, mode=text, separate-uncertainty=true}"
ARROWS = {True: r"\,$\uparrow$", False: r"\,$\downarrow$", None: r"\,?"}
SUPER = {"+": r"{\textsuperscript{+}}", "−": r"{\textsuperscript{$-$}}", "": ""}
RANKS = {"best": r"\bfseries ", "second": r"\itshape ", "": ""}


def render(grid: Grid, caption: str, label: str, *, wide: bool, width: float) -> str:
    """Return the whole table environment; a table wider than ``width`` (pt) gets upright heads, then several panels."""
    kind = "table*" if wide else "table"
    panels = table_panels.fitted(grid, width)
    upright = any(panel.upright for panel in panels)
    head = [PREAMBLE + (GRAPHICX if upright else ""), rf"\begin{{{kind}}}[t]", r"\centering", r"\small", SETUP]
    head += [rf"\setlength{{\tabcolsep}}{{{table_panels.TIGHT}pt}}"] if upright else []
    title = [rf"\caption{{{latex(caption)}}}"] if caption else []
    body = [line for place, panel in enumerate(panels) for line in _tabular(panel, first=place == 0)]
    return (
        "\n".join([*head, *title, rf"\label{{{_key(label)}}}", *body, *_notes(grid.notes), rf"\end{{{kind}}}"]) + "\n"
    )


def _tabular(panel: table_panels.Panel, *, first: bool) -> list[str]:
    grid = panel.grid
    columns = "".join(_columns(grid))
    body = [rf"\begin{{tabular}}{{@{{}}l{columns}@{{}}}}", r"\toprule", *_header(panel), r"\midrule", *_body(grid)]
    return [*([] if first else [r"\par\medskip"]), *body, r"\bottomrule", r"\end{tabular}"]


def _key(label: str) -> str:
    """Keep of a label only what LaTeX takes as a key."""
    return "".join(char if char.isascii() and (char.isalnum() or char in ":-.") else "-" for char in label)


def _columns(grid: Grid) -> list[str]:
    return [f"S[table-format={_format(cells, grid.interval)}{_space(cells, grid.interval)}]"
            for cells in ([line.cells[at] for line in grid.lines] for at in range(len(grid.heads)))]  # fmt: skip


def _format(cells: Sequence[Cell], interval: str) -> str:
    """Return the siunitx format that holds every number of a column, e.g. -2.1(2)."""
    numbers = [cell.number for cell in cells if cell.number and "∞" not in cell.number]
    sign = "-" if any(text.startswith("-") for text in numbers) else ""
    whole = max((len(text.lstrip("-").split(".")[0]) for text in numbers), default=1)
    part = max((len(text.partition(".")[2]) for text in numbers), default=0)
    digits = max((len(cell.half.replace(".", "").lstrip("0")) or 1 for cell in cells if cell.half), default=0)
    return f"{sign}{whole}.{part}{f'({digits})' if interval == 'pm' and digits else ''}"


def _space(cells: Sequence[Cell], interval: str) -> str:
    mark = max((SUPER[cell.mark] for cell in cells), key=len, default="")
    bounds = max((_bounds(cell, interval) for cell in cells), key=len, default="")
    return f",table-space-text-post={{{bounds}{mark}}}" if bounds or mark else ""


def _bounds(cell: Cell, interval: str) -> str:
    if interval != "range" or not cell.low:
        return ""
    return rf"{{\,\normalfont\scriptsize[{_tex_number(cell.low)}, {_tex_number(cell.high)}]}}"


def _tex_number(text: str) -> str:
    return text.replace("-", "$-$").replace("∞", r"$\infty$")


def _header(panel: table_panels.Panel) -> list[str]:
    heads = panel.grid.heads
    texts = [f"{latex(head.shown)}{ARROWS[head.higher_is_better]}" for head in heads]
    cells = [rf"{{\rotatebox{{90}}{{{text}}}}}" if panel.upright else f"{{{text}}}" for text in texts]
    names = " & ".join(["", *cells]) + r" \\"
    groups = [(name, list(heads)) for name, heads in groupby(heads, key=lambda head: head.group)]
    return [names] if [name for name, _ in groups] == [""] else [*_groups(groups, panel), names]


def _groups(groups: Sequence[tuple[str, list[Head]]], panel: table_panels.Panel) -> list[str]:
    spans, rules, start = [], [], 2
    for name, heads in groups:
        shown = panel.grid.names.get(name, name)
        text = rf"\rotatebox{{90}}{{{latex(shown)}}}" if panel.narrow(shown, len(heads)) else latex(shown)
        spans.append(rf"\multicolumn{{{len(heads)}}}{{c}}{{{text}}}")
        rules.append(rf"\cmidrule(lr){{{start}-{start + len(heads) - 1}}}" if name else "")
        start += len(heads)
    return [" & ".join(["", *spans]) + r" \\", "".join(rules)]


def _body(grid: Grid) -> list[str]:
    out: list[str] = []
    for index, (name, lines) in enumerate(groupby(grid.lines, key=lambda line: line.group)):
        shown = latex(grid.names.get(name, name))
        out += [r"\addlinespace"] if index else []
        out += [rf"\multicolumn{{{len(grid.heads) + 1}}}{{@{{}}l}}{{\textit{{{shown}}}}} \\"] if name else []
        out += [
            " & ".join([latex(line.shown), *(_cell(cell, grid.interval) for cell in line.cells)]) + r" \\"
            for line in lines
        ]
    return out


def _cell(cell: Cell, interval: str) -> str:
    if cell.number is None:
        return "{---}"
    if "∞" in cell.number:
        return rf"{{{_tex_number(cell.number)}}}"
    half = f" \\pm {cell.half}" if interval == "pm" and cell.half and "∞" not in cell.half else ""
    return f"{RANKS[cell.rank]}{cell.number}{half}{_bounds(cell, interval)}{SUPER[cell.mark]}"


def _notes(notes: Sequence[str]) -> list[str]:
    if not notes:
        return []
    text = " ".join(latex(note) for note in notes)
    return [r"\par\vspace{3pt}", rf"\begin{{minipage}}{{\linewidth}}\footnotesize {text}\end{{minipage}}"]
