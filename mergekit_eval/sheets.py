"""CSV as this kit writes it and reads it back: what a spreadsheet would run as a formula stands there as text.

A spreadsheet runs a cell that begins with one of ``= + - @``, a tab or a line break (OWASP, "CSV Injection"). Such text
gets an apostrophe in front, which spreadsheets take for "this is text", and so does text that has one there already:
taking one away gives back exactly what was written. Numbers stay numbers.
"""

import csv
import re
from pathlib import Path
from typing import Any, Literal

import pandas as pd

_RISKY = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def harmless(text: str) -> str:
    """Return text as it may stand in a cell of a CSV file."""
    return f"'{text}" if _RISKY.match(text) and not _NUMBER.fullmatch(text) else text


def as_written(cell: str) -> str:
    """Return the text that `harmless` made a cell of."""
    return cell[1:] if cell.startswith("'") and _RISKY.match(cell) else cell


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return a finished frame as CSV, in UTF-8; a lone surrogate, which has no UTF-8, becomes an escape."""
    columns = [_cells(column) for _, column in frame.items()]
    safe = pd.DataFrame(dict(enumerate(columns)), index=frame.index)
    safe.columns = [_cell(name) for name in frame.columns]
    # The csv module quotes a cell for the line end that it writes only; another one would end the row for a reader.
    texts = [cells for cells, (_, column) in zip(columns, frame.items(), strict=True) if _holds_text(column)]
    returns = any("\r" in cell for cells in texts for cell in set(cells) if isinstance(cell, str))
    quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL
    return safe.to_csv(index=False, lineterminator="\n", quoting=quoting).encode("utf-8", "backslashreplace")


def read_csv(path: Path) -> pd.DataFrame:
    """Return a table that `csv_bytes` wrote; only an empty cell is missing (a model may be called "null")."""
    frame = pd.read_csv(path, keep_default_na=False, na_values=[""])
    texts = {str(name): frame[name].map(_text) for name in frame if _holds_text(frame[name])}
    return frame.assign(**texts).rename(columns=as_written)


def _holds_text(column: pd.Series) -> bool:
    return not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column))


def _cells(column: pd.Series) -> pd.Series:
    """Return a column as cells; of a text column each text is looked at once, however many rows repeat it."""
    if not _holds_text(column):  # pandas would write numbers by way of text of one width, which takes longer
        return column.astype(object) if column.dtype == "float64" else column
    if not isinstance(column.dtype, pd.StringDtype):
        return column.astype(object).map(_cell)
    return column.map({text: harmless(text) for text in column.dropna().unique()}).astype(object)


def _cell(value: Any) -> Any:
    """Return a value as its cell: text made harmless, whatever else is no number by its text, missing as it is."""
    if isinstance(value, str):
        return harmless(value)
    plain = value is None or value is pd.NA or value is pd.NaT or isinstance(value, int | float)
    return value if plain else harmless(str(value))


def _text(value: Any) -> Any:
    return as_written(value) if isinstance(value, str) else value
