"""A paper table as Markdown and as HTML."""

from markupsafe import Markup

from mergekit_eval.show.cells import Cell, Grid
from mergekit_eval.show.templates import escaping, template
from mergekit_eval.show.text import html
from mergekit_eval.show.text import markdown as escaped

ARROWS = {True: "↑", False: "↓", None: "?"}
MARKDOWN, HTML = escaping(escaped), escaping(html)


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
