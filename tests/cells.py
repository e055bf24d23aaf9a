"""Notebooks without kernels: their code cells run in this process, which takes a fraction of the time."""

import ast
import json

from matplotlib import pyplot

from mergekit_eval import notebooks
from mergekit_eval.sheets import csv_bytes

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


def drawn_only(draw, data, how, venue, saving):
    """Draw as a session does, but save an empty picture: what is tested here is that it can be drawn."""
    axes = draw(data, **how)
    pyplot.close(axes if hasattr(axes, "savefig") else axes.figure)
    saving["stem"].parent.mkdir(parents=True, exist_ok=True)
    file = saving["stem"].with_suffix(".png")
    file.write_bytes(PIXEL)
    return [file]


def not_rendered(figure, kind):
    """Stand in for `show.save.render`: every file of a figure is written, with data, digests and origin, but blank."""
    return PIXEL if kind == "png" else kind.encode()


def data_only(draw, data, how, venue, saving):
    """Draw nothing: save an empty picture and the data of the figure, as a session does."""
    stem = saving["stem"]
    stem.parent.mkdir(parents=True, exist_ok=True)
    stem.with_name(f"{stem.name}.csv").write_bytes(csv_bytes(saving["data"]))
    file = stem.with_name(f"{stem.name}.png")
    file.write_bytes(PIXEL)
    return [file]


def run_cells(
    name: str, shown: dict[str, str] | None = None, pages: dict[str, str] | None = None, **given: object
) -> dict[str, str]:
    """Run the code cells of a notebook, or of all parts of a step (05), in this process.

    Returned is what each cell shows, by its id, also in ``shown``; the HTML of each is put into ``pages``.
    """
    shown = {} if shown is None else shown
    pages = {} if pages is None else pages
    parts = [file for stem, file in notebooks.find().items() if notebooks.number(stem) == name]
    for file in parts or [notebooks.resolve(name)]:
        _run(json.loads(file.read_text(encoding="utf-8"))["cells"], shown, pages, given)
    return shown


def _run(cells: list[dict], shown: dict[str, str], pages: dict[str, str], given: dict[str, object]) -> None:
    names: dict[str, object] = {}
    for cell in (c for c in cells if c["cell_type"] == "code"):
        body = ast.parse("".join(cell["source"])).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), cell["id"], "exec"), names)
        if last:
            value = eval(compile(ast.Expression(last.value), cell["id"], "eval"), names)
            shown[cell["id"]] = repr(value)
            if page := getattr(value, "_repr_html_", None):
                pages[cell["id"]] = page() or ""
        if "parameters" in cell["metadata"].get("tags", []):
            names |= given
