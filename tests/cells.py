"""Notebooks without kernels: their code cells run in this process, which takes a fraction of the time."""

import ast
import json

from mergekit_eval import notebooks


def run_cells(name: str, **given: object) -> dict[str, str]:
    """Run a notebook's code cells in this process and return what each shows, by the cell's id."""
    cells = json.loads(notebooks.resolve(name).read_text(encoding="utf-8"))["cells"]
    names: dict[str, object] = {}
    shown = {}
    for cell in (c for c in cells if c["cell_type"] == "code"):
        body = ast.parse("".join(cell["source"])).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), cell["id"], "exec"), names)
        if last:
            value = eval(compile(ast.Expression(last.value), cell["id"], "eval"), names)
            shown[cell["id"]] = repr(value)
            page = getattr(value, "_repr_html_", None)
            page() if page else None
        if "parameters" in cell["metadata"].get("tags", []):
            names |= given
    return shown
