"""Run the notebooks of a checkout cell by cell in one process and keep what they save, show and say.

python freeze_cells.py CHECKOUT OUT PARAMETERS-AS-JSON
"""

from __future__ import annotations

import ast
import csv
import io
import json
import sys
import tempfile
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

SKIPPED = ("01", "02")  # they run models
UNSTABLE = ("provenance", "open")  # commits, versions and folders
DIGITS = "%.12g"


class Page(HTMLParser):
    """The tables of a page as lists of rows, and its text outside of them, block by block."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.texts: list[str] = []
        self.within: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in ("table", "style", "script", "pre", "footer", "td", "th"):
            self.within.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        elif tag in ("p", "figcaption", "h1", "h2", "h3", "li", "div") and not self.within:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.within:
            self.within.remove(tag)

    def handle_data(self, data: str) -> None:
        if {"style", "script", "pre", "footer"} & set(self.within):
            return
        if "td" in self.within or "th" in self.within:
            self.tables[-1][-1][-1] += data
        elif self.texts and data.strip():
            self.texts[-1] += data


def without_drawing() -> None:
    """Keep the data of a figure and draw nothing."""
    from mergekit_eval import plotting, session

    buffer = io.BytesIO()
    Image.new("L", (2, 2)).save(buffer, "png")
    png = buffer.getvalue()

    def keep(draw: Any, data: pd.DataFrame, how: Any, venue: str, saving: Any) -> list[Path]:
        stem = Path(saving["stem"])
        stem.parent.mkdir(parents=True, exist_ok=True)
        saving["data"].to_csv(stem.with_name(f"{stem.name}.csv"), index=False, float_format=DIGITS)
        files = [stem.with_name(f"{stem.name}.{ending}") for ending in ("png", "json")]
        for file in files:
            file.write_bytes(png)
        return files

    plotting.draw_and_save = session.draw_and_save = keep
    plotting.rendered = session.rendered = lambda *args: png


def run(notebook: Path, given: dict[str, Any], out: Path, texts: list[tuple[str, str, str]]) -> None:
    """Execute the cells of one notebook and keep the tables and sentences that they show."""
    names: dict[str, Any] = {}
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, notebook.name, "exec"), names)
        shown = eval(compile(ast.Expression(last.value), notebook.name, "eval"), names) if last else None
        if "parameters" in cell["metadata"].get("tags", []):
            names |= {name: value for name, value in given.items() if name in names}
        if cell["id"] not in UNSTABLE:
            keep_shown(shown, out, f"{notebook.stem[:2]}_{cell['id']}", texts)


def keep_shown(shown: Any, out: Path, name: str, texts: list[tuple[str, str, str]]) -> None:
    """Keep the tables and the sentences of what a cell shows."""
    page = Page(shown._repr_html_() if hasattr(shown, "_repr_html_") else "")
    for at, rows in enumerate(page.tables):
        with (out / "cells" / f"{name}{f'_{at}' if at else ''}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(row for row in rows if row)
    texts += [(name, str(at), text) for at, text in enumerate(filter(None, page.texts))]


def main(code: Path, out: Path, given: dict[str, Any]) -> None:
    """Run all notebooks that only read; the report last, whose page counts as shown."""
    without_drawing()
    texts: list[tuple[str, str, str]] = []
    (out / "cells").mkdir()
    with tempfile.TemporaryDirectory() as name:
        made = Path(name) / "frozen"
        given = given | {"output": str(made)}
        for notebook in sorted((code / "notebooks").glob("[0-9]*.ipynb")):
            if notebook.name[:2] in SKIPPED:
                continue
            start = time.process_time()
            try:
                run(notebook, given, out, texts)
            except Exception as error:  # noqa: BLE001 - a notebook that fails is part of what is frozen
                texts.append((notebook.stem[:2], "error", f"{type(error).__name__}: {error}"))
            sys.stderr.write(f"{out.name} {notebook.stem}: {time.process_time() - start:.1f} s\n")
        for folder in ("tables", "figures"):
            (out / folder).mkdir()
            for path in sorted((made / folder).glob("*.csv")):
                rounded(path).to_csv(out / folder / path.name, index=False)
        for path in made.glob("*.html"):
            page = Page(path.read_text(encoding="utf-8"))
            texts += [("report", str(at), text) for at, text in enumerate(filter(None, page.texts))]
        texts = [(cell, at, text.replace(name, "OUT").replace(str(code), "CODE")) for cell, at, text in texts]
    pd.DataFrame(texts, columns=["cell", "place", "text"]).to_csv(out / "texts.csv", index=False)


def rounded(path: Path) -> pd.DataFrame:
    """Return a table with its numbers to twelve digits."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    for name in table:
        numbers = pd.to_numeric(table[name], errors="coerce")
        told = numbers.map(lambda value: DIGITS % value)
        table[name] = told.where(numbers.notna(), table[name])
    return table


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))
