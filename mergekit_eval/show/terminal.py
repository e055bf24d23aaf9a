"""The verdict table as plain text, as wide as the terminal."""

import shutil
import textwrap
from collections.abc import Iterator

import pandas as pd

from mergekit_eval.wording import one_line


def verdict_lines(table: pd.DataFrame, width: int = 0) -> Iterator[str]:
    """Yield the verdicts, best average first, each reason wrapped below its merge."""
    width = width or min(shutil.get_terminal_size((100, 24)).columns, 120)
    order = table.sort_values("macro", ascending=False, na_position="last")
    names = max(map(len, map(one_line, order["merge"])), default=5)
    for row in order.to_dict("records"):
        half = (row["macro_high"] - row["macro_low"]) / 2
        average = "" if pd.isna(row["macro"]) else f"{row['macro']:6.1%} ± {half:.1%}"
        yield f"{one_line(row['merge']):<{names}}  {average:<14}  {row['verdict']}"
        yield from textwrap.wrap(one_line(row["reason"]), width, initial_indent="    ", subsequent_indent="    ")
