"""Write the table of ``docs/formats.md``: what collecting the published files beside the checkout gives, per folder.

python docs/make_formats.py [DATA]
"""

import sys
from collections import Counter
from pathlib import Path

from mergekit_eval.collect import collect

HERE = Path(__file__).resolve().parent
START, END = "<!-- table: made by docs/make_formats.py -->\n", "<!-- end of table -->\n"
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


def main() -> None:
    """Put the table between its two marks."""
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent.parent / "shared" / "data"
    folders = sorted(path for kind in data.iterdir() if kind.is_dir() for path in kind.iterdir() if path.is_dir())
    found = {str(folder.relative_to(data)): counts(folder) for folder in folders}
    total = [sum(column) for column in zip(*(numbers for numbers, _ in found.values()), strict=True)]
    kinds = sum((kinds for _, kinds in found.values()), Counter())
    table = HEAD + "".join(line(name, *row) for name, row in found.items()) + line("**all**", total, kinds)
    page = HERE / "formats.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(START)
    page.write_text(before + START + table + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
