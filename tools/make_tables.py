"""Write ``docs/tables.md``, the data dictionary, from ``mergekit_eval/tables.yaml``.

python -m tools.make_tables
"""

from __future__ import annotations

from pathlib import Path

from mergekit_eval import tables

PAGE = Path(__file__).resolve().parents[1] / "docs" / "tables.md"
NOTICE = "<!-- made by python -m tools.make_tables from mergekit_eval/tables.yaml; do not edit -->\n"


def page() -> str:
    """Return the whole page."""
    return NOTICE + tables.dictionary()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
