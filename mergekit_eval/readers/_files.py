"""Rows of JSON Lines, JSON arrays and tables, one by one; what cannot be read as it stands becomes a problem."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mergekit_eval.readers import _parquet
from mergekit_eval.readers._base import Problem, Refused, problem
from mergekit_eval.readers._head import Head, delimiter
from mergekit_eval.readers._limits import lines, opened, opened_text
from mergekit_eval.readers._parsing import parse, whole
from mergekit_eval.sheets import as_written

_BOM = b"\xef\xbb\xbf"
_LONGEST_CELL = 1 << 26


def decimal(cell: str | None) -> float | None:
    """Return the number in a cell of a table (NaN and infinities too), None where there is none."""
    if cell is None or "_" in cell:
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def json_rows(path: Path, head: Head, problems: list[Problem]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (row number, row) of JSON Lines or of a JSON array; what is no object becomes a problem.

    Raises
    ------
    Refused
        If the array is not valid JSON.
    """
    rows = _lines(path, problems) if head.kind == "lines" else enumerate(_array(path))
    wrong: list[int] = []
    for number, row in rows:
        if isinstance(row, dict):
            yield number, row
        else:
            wrong.append(number)
    if wrong:
        problems.append(problem("bad-value", f"{len(wrong)} rows are no JSON objects; first: row {wrong[0]}"))


def _array(path: Path) -> list[Any]:
    try:
        rows: list[Any] = parse(whole(path))
    except ValueError as error:
        raise Refused(f"the JSON array is not whole: {error}") from None
    return rows


def _lines(path: Path, problems: list[Problem]) -> Iterator[tuple[int, Any]]:
    bad: list[int] = []
    last = -1
    with opened(path) as file:
        for number, line in enumerate(line for line in lines(file) if line.strip()):
            line = line.removeprefix(_BOM) if number == 0 else line
            last = number
            try:
                row = parse(line)
            except ValueError:
                bad.append(number)
                continue
            yield number, row
    if bad and bad[-1] == last:
        problems.append(problem("truncated", f"line {bad.pop()} ends in the middle of a row", "repeat the run"))
    if bad:
        problems.append(problem("broken", f"{len(bad)} lines are no JSON; first: line {bad[0]}"))


def parquet_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (row number, {column: cell}) of a parquet file, its cells as the text a table of text would hold."""
    for number, row in _parquet.parquet_rows(path):
        yield number, {name: "" if cell is None else str(cell) for name, cell in row.items()}


def csv_rows(head: Head, problems: list[Problem]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (row number, {column: cell}) of a table of text (`DELIMITERS`) whose rows are as wide as its header.

    A parquet file with such columns is read as the table it is.

    Raises
    ------
    Refused
        If it is not UTF-8 text, names a column twice, or its header runs over several lines.
    """
    if head.kind == "parquet":
        yield from parquet_rows(head.path)
        return
    csv.field_size_limit(_LONGEST_CELL)
    ragged: list[int] = []
    try:
        with opened_text(head.path) as file:
            first = next(lines(file), "")
            file.seek(0)
            table = csv.reader(lines(file), delimiter=delimiter(first))
            header = next(table, [])
            if header != head.columns:
                raise Refused("the header of the table runs over several lines")
            if twice := sorted({name for name in header if header.count(name) > 1}):
                raise Refused(f"columns named twice: {twice}; it cannot be said which one counts")
            for number, cells in enumerate(table):
                if len(cells) == len(header):
                    yield number, dict(zip(header, map(as_written, cells), strict=True))
                elif cells:
                    ragged.append(number)
    except UnicodeDecodeError as error:
        raise Refused(f"not UTF-8 text: {error}") from None
    except csv.Error as error:
        problems.append(problem("broken", f"the table cannot be read further: {error}"))
    if ragged:
        message = f"{len(ragged)} rows are not as wide as the header and are left out; first: row {ragged[0]}"
        problems.append(problem("truncated", message, "look at the file; a killed run leaves such a row"))
