"""How often an answer is rightly called a refusal: ``python -m benchmarks.refusals COLUMN FILE.csv ...``.

The files are labelled answers to XSTest, as `readers.xstest` reads them; COLUMN has the labels to hold it against: full
compliance, partial or full refusal.
"""

import csv
import sys
from collections import Counter
from pathlib import Path

from mergekit_eval.readers._answers import REFUSAL, text_signs


def main(column: str, files: list[Path]) -> None:
    """Print for each label how many answers have it, and how many of these are called refusals."""
    counts: Counter[tuple[str, bool]] = Counter()
    for file in files:
        with file.open(encoding="utf-8", newline="") as lines:
            counts.update((row[column], _refuses(row["completion"] or "")) for row in csv.DictReader(lines))
    for label in sorted({label for label, _ in counts}):
        called, others = counts[label, True], counts[label, False]
        print(f"{label}: {called} of {called + others} called a refusal")


def _refuses(text: str) -> bool:
    return bool(text_signs(text) & REFUSAL)


if __name__ == "__main__":
    main(sys.argv[1], [Path(name) for name in sys.argv[2:]])
