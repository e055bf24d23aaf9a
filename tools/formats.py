"""Write the table of ``docs/formats.md``: what collecting the published files beside the checkout gives, per folder.

python -m tools.formats [DATA]
"""

import sys
from collections import Counter
from pathlib import Path

from mergekit_eval.collect.folders import collect

CHECKOUT = Path(__file__).resolve().parents[1]
START, END = "<!-- table: made by tools/formats.py -->\n", "<!-- end of table -->\n"
COLUMNS = ("folder", "files", "read", "refused", "unread", "skipped", "scores", "items", "problems by kind")
HEAD = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|\n"


def counts(folder: Path) -> tuple[list[int], Counter]:
    """Return the numbers of one folder, and its problems by kind."""
    found = collect(folder)
    numbers = [found.census[key] for key in ("files", "read", "refused", "unread", "skipped")]
    return [*numbers, len(found.scores), len(found.items)], Counter(found.problems["kind"])


def line(name: str, numbers: list[int], kinds: Counter) -> str:
    """Return one row of the table."""
    cells = [name, *(f"{number:,}" for number in numbers)]
    return f"| {' | '.join(cells)} | {', '.join(f'{kinds[kind]} {kind}' for kind in sorted(kinds))} |\n"


def table(data: Path) -> str:
    """Return the table of ``data``: one row per folder (data/<kind>/<folder>), the last row all of them."""
    folders = sorted(path for kind in data.iterdir() if kind.is_dir() for path in kind.iterdir() if path.is_dir())
    rows = {folder.relative_to(data).as_posix(): counts(folder) for folder in folders}
    total = [sum(column) for column in zip(*(numbers for numbers, _ in rows.values()), strict=True)]
    kinds = sum((kinds for _, kinds in rows.values()), Counter())
    return HEAD + "".join(line(name, *row) for name, row in rows.items()) + line("**all**", total, kinds)


def main() -> None:
    """Put the table between its two marks."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else CHECKOUT.parent / "shared" / "data"
    page = CHECKOUT / "docs" / "formats.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(START)
    page.write_text(before + START + table(data) + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
