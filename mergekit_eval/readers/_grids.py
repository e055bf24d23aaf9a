"""Tables as rows of text cells, from CSV, parquet, Markdown, and lists of flat mappings in JSON or YAML."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from mergekit_eval.readers._base import Problem, problem, shown
from mergekit_eval.readers._common import text
from mergekit_eval.readers._files import csv_rows, json_rows
from mergekit_eval.readers._head import Head, delimiter

_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*")
_PIPE = re.compile(r"(?<!\\)\|")
# Keys under which a document holds its list of rows.
_LISTS = frozenset("leaderboard results models data rows entries scores".split())
_INDEX = ("", "unnamed: 0", "index", "level_0")
_LARGEST_TEXT = 1 << 20
_FEW = 100


class Grid(NamedTuple):
    """One table: its columns, and its rows with their number in the file; every cell is text."""

    columns: list[str]
    rows: list[tuple[int, dict[str, str]]]


def grids(head: Head, problems: list[Problem]) -> list[Grid]:
    """Return the tables of a file; what cannot be read as it stands becomes a problem."""
    if head.kind in ("array", "lines"):
        return [_of_rows(json_rows(head.path, head, problems))]
    if (found := stated(head)) is not None:
        return found
    return [Grid(list(head.columns), list(csv_rows(head, problems)))]


def first_rows(head: Head) -> list[Grid]:
    """Return the tables of a file with their first rows, for a look at what it holds."""
    if head.kind in ("array", "lines"):
        return [_of_rows([(0, head.first)])] if isinstance(head.first, dict) else []
    if (found := stated(head)) is not None:
        return found
    if len(head.columns) < 2:
        return []
    return [Grid(list(head.columns), list(_first_lines(head)) if head.kind == "text" else [])]


def stated(head: Head) -> list[Grid] | None:
    """Return the tables of Markdown, or of one document of JSON or YAML; None for a file that is a table itself."""
    document = head.document if head.kind == "object" else head.yaml
    return markdown(head) or (None if document is None else nested(document))


def _first_lines(head: Head) -> Iterator[tuple[int, dict[str, str]]]:
    lines = head.start.decode("utf-8", "replace").splitlines()[: _FEW + 1]
    try:
        for number, cells in enumerate(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter(lines[0]))):
            if number and len(cells) == len(head.columns):
                yield number - 1, dict(zip(head.columns, cells, strict=True))
    except csv.Error:
        return


def nested(document: Any) -> list[Grid]:
    """Return the table of a list of flat mappings, or of a mapping of mappings of numbers."""
    if isinstance(document, dict):
        listed = [value for key, value in document.items() if str(key).lower() in _LISTS and _is_rows(value)]
        document = listed[0] if len(listed) == 1 else document
    if _is_rows(document):
        return [_of_rows(enumerate(document))]
    if isinstance(document, dict) and document and all(_flat(value) for value in document.values()):
        return [_of_rows((i, {"": name} | block) for i, (name, block) in enumerate(document.items()))]
    return []


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _flat(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(_scalar(cell) for cell in value.values())


def _scalar(cell: Any) -> bool:
    return cell is None or isinstance(cell, str | int | float)


def _of_rows(rows: Iterable[tuple[int, dict[str, Any]]]) -> Grid:
    """Return a table of mappings; what is nested in them is no cell."""
    kept = [(at, {str(key): text(cell) if _scalar(cell) else "" for key, cell in row.items()}) for at, row in rows]
    columns = list(dict.fromkeys(name for _, row in kept for name in row))
    return Grid(columns, [(at, dict.fromkeys(columns, "") | row) for at, row in kept])


def markdown(head: Head) -> list[Grid]:
    """Return the tables of a Markdown text of at most 1 MiB, also those in code blocks; [] for another text."""
    if head.kind != "text" or head.size > _LARGEST_TEXT or b"|" not in head.start or b"--" not in head.start:
        return []
    lines = head.whole.decode("utf-8", "replace").splitlines()
    return [grid for at, line in enumerate(lines) if at and _is_rule(line) and (grid := _below(lines, at))]


def _is_rule(line: str) -> bool:
    return "|" in line and _RULE.fullmatch(line) is not None


def _below(lines: list[str], rule: int) -> Grid | None:
    """Return the table whose line under the header stands at ``rule``."""
    columns = split(lines[rule - 1])
    if len(columns) < 2 or len(columns) != len(split(lines[rule])):
        return None
    rows = []
    for at in range(rule + 1, len(lines)):
        cells = split(lines[at])
        if "|" not in lines[at] or _is_rule(lines[at]) or len(cells) > len(columns):
            break
        padded = [*cells, *[""] * (len(columns) - len(cells))]
        rows.append((at, dict(zip(columns, padded, strict=True))))
    return Grid(columns, rows) if rows else None


def is_index(column: str) -> bool:
    """Return whether a column only counts the rows, as pandas writes it."""
    return column.strip().lower() in _INDEX


def split(line: str) -> list[str]:
    """Return the cells of a line of a Markdown table."""
    return [part.replace("\\|", "|").strip() for part in _PIPE.split(line.strip().removeprefix("|").removesuffix("|"))]


def twice(columns: list[str], problems: list[Problem]) -> bool:
    """Name columns that stand twice in a table, which can then not be read."""
    repeated = sorted({name for name in columns if columns.count(name) > 1})
    if repeated:
        problems.append(problem("disagreement", f"columns named twice: {shown(repeated)}; the table is not read"))
    return bool(repeated)
