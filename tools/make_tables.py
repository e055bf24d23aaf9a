"""Write ``docs/tables.md``, the data dictionary, from ``mergekit_eval/tables.yaml``.

python -m tools.make_tables
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from mergekit_eval.specs import Column, Status, Table, statuses, tables

PAGE = Path(__file__).resolve().parents[1] / "docs" / "tables.md"
NOTICE = "<!-- made by python -m tools.make_tables from mergekit_eval/tables.yaml; do not edit -->\n"


def page() -> str:
    """Return the whole page."""
    return NOTICE + dictionary()


def dictionary() -> str:
    """Return the data dictionary in Markdown: every table with its columns, then every vocabulary with its words."""
    parts = [_page(table) for table in tables().values()]
    words = [_vocabulary(name, known) for name, known in statuses().items()]
    return "\n".join(["# Tables", "", *parts, "# Status words", "", *words])


def _page(table: Table) -> str:
    facts = [f"One row: {table.row[0].lower()}{table.row[1:]}", f"n counts: {table.n}."]
    facts += [f"All columns of `{table.adds}`, then these."] if table.adds else []
    facts += [f"Sorted by `{table.sort}`."] if table.sort else []
    facts += [f"Status: `{table.status}`."] if table.status else []
    keys = [field.name for field in fields(Column) if field.name != "label"]
    keys = ["name", "label", *(key for key in keys if key not in ("name", "help")), "help"]
    rows = [[getattr(column, key) for key in keys] for column in table.columns]
    return f"## `{table.name}`: {table.title}\n\n{' '.join(facts)}\n\n{_grid(keys, rows)}"


def _vocabulary(name: str, known: Mapping[str, Status]) -> str:
    rows = [[status.word or "(empty)", status.mark, status.colour, status.help] for status in known.values()]
    return f"## `{name}`\n\n{_grid(['word', 'mark', 'colour', 'help'], rows)}"


def _grid(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
