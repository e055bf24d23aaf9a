"""The verdict table as plain text, as wide as the terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator

import pandas as pd


def verdict_lines(table: pd.DataFrame, width: int = 0) -> Iterator[str]:
    """Yield the verdicts, best average first, each reason wrapped below its merge."""
    width = width or min(shutil.get_terminal_size((100, 24)).columns, 120)
    order = table.sort_values("macro", ascending=False, na_position="last")
    names = max([len(clean(name)) for name in order["merge"]], default=5)
    for row in order.itertuples():
        average = "" if pd.isna(row.macro) else f"{row.macro:6.1%} ± {(row.macro_high - row.macro_low) / 2:.1%}"
        yield f"{clean(row.merge):<{names}}  {average:<14}  {row.verdict}"
        yield from textwrap.wrap(clean(row.reason), width, initial_indent="    ", subsequent_indent="    ")


def clean(text: object) -> str:
    """Return text without control characters, so that a hostile name cannot drive the terminal."""
    return "".join(char if char.isprintable() else "?" for char in str(text))
