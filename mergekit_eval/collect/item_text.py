"""The text behind items, fetched from their files when somebody looks at it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mergekit_eval.errors import DataError
from mergekit_eval.readers import _inspect
from mergekit_eval.readers._base import Refused
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._limits import lines, opened, opened_text
from mergekit_eval.readers._lm_eval_inline import rows_inside
from mergekit_eval.readers._parsing import parse, whole

ANSWERS = ("resps", "filtered_resps", "response", "output", "completion", "solution")  # names of an answer in a row
GREEDY = ("True", "False")  # beside a log-likelihood: whether the option is what the model would have written


def item_text(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything the file holds on one item.

    Parameters
    ----------
    row : mapping
        A row of ``items``; its ``source_file`` and ``line`` are used.

    Returns
    -------
    dict
        The row of the file, e.g. doc, target, arguments, resps, filtered_resps of lm-eval.

    Raises
    ------
    DataError
        If the file is gone or has no such row any more.
    """
    found = rows_of(row["source_file"], [int(row["line"])])
    if int(row["line"]) not in found:
        raise DataError(f"{row['source_file']}: has no row {row['line']}; was it changed since it was collected?")
    return found[int(row["line"])]


def rows_of(file: str, wanted: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return some rows of a file by number, counted from 0 without blank lines; absent ones are left out."""
    path = Path(file)
    numbers = set(wanted)
    try:
        head = Head(path)
        rows = {"lines": _lines, "array": _array, "text": _table, "object": _single, "zip": _zipped}.get(head.kind)
        found = {} if rows is None else {n: row for n, row in rows(path, numbers) if isinstance(row, dict)}
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}") from error
    return found


def rows_behind(items: pd.DataFrame) -> list[Any]:
    """Return the row of its file behind each item, an empty one where the file has none; every file is read once."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for file, lines_of in items.groupby("source_file", sort=False)["line"]:
        found |= {(str(file), line): row for line, row in rows_of(str(file), lines_of.tolist()).items()}
    return [found.get(place, {}) for place in zip(items["source_file"], items["line"], strict=True)]


def _lines(path: Path, wanted: set[int]) -> Iterator[tuple[int, Any]]:
    last = max(wanted, default=-1)
    with opened(path) as file:
        for number, line in enumerate(line for line in lines(file) if line.strip()):
            if number in wanted:
                try:
                    yield number, parse(line.removeprefix(b"\xef\xbb\xbf"))
                except ValueError:
                    continue
            if number >= last:
                return


def _array(path: Path, wanted: set[int]) -> Iterator[tuple[int, Any]]:
    try:
        rows = parse(whole(path))
    except ValueError:
        return
    yield from ((number, rows[number]) for number in wanted if number < len(rows))


def _table(path: Path, wanted: set[int]) -> Iterator[tuple[int, Any]]:
    with opened_text(path, errors="replace") as file:
        yield from ((number, row) for number, row in enumerate(csv.DictReader(lines(file))) if number in wanted)


def _zipped(path: Path, wanted: set[int]) -> Iterator[tuple[int, Any]]:
    try:
        yield from _inspect.rows_of(path, wanted)
    except Refused:
        return


def _single(path: Path, wanted: set[int]) -> Iterator[tuple[int, Any]]:
    """Yield entries of the rows inside a document: its samples, or the one list or mapping of executed code."""
    document = Head(path).document
    if isinstance(document, dict) and isinstance(document.get("eval"), dict) and "samples" in document:
        samples = document["samples"] if isinstance(document["samples"], list) else []
        yield from ((number, samples[number]) for number in wanted if 0 <= number < len(samples))
        return
    if isinstance(document, dict) and (inside := rows_inside(document)):
        yield from ((number, inside[number]) for number in wanted if number < len(inside))
        return
    rows = [v for v in document.values() if isinstance(v, list | dict)] if isinstance(document, dict) else []
    if rows:
        largest = max(rows, key=len)
        entries = list(largest.items()) if isinstance(largest, dict) else list(enumerate(largest))
        for number in wanted:
            if number < len(entries):
                key, value = entries[number]
                yield number, value if isinstance(value, dict) else {str(key): value}


def leaves(value: Any) -> list[str]:
    """Return every text of a JSON value, in order."""
    found, todo = [], [value]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            todo += reversed(list(one.values()))
        elif isinstance(one, list):
            todo += reversed(one)
        elif isinstance(one, str):
            found.append(one)
    return found


def answer_in(row: Mapping[str, Any]) -> str:
    """Return what a row of a file holds as the answer: a text, or the log-likelihoods of the options; '' for none."""
    held = next((row[name] for name in ANSWERS if name in row), "")
    texts = [text for text in leaves(held) if text not in GREEDY]
    return ", ".join(texts) if texts or not held else json.dumps(held)


def content_key(doc: Any) -> str:
    """Return a key of a document that does not change when its choices are shuffled.

    The texts of the document as a set without order, without one-letter answers and numbers, which move with the
    choices; "" for a document without text.
    """
    texts = sorted(text for text in (t.strip() for t in leaves(doc)) if len(text) > 3)
    return json.dumps(texts) if texts else ""


def same_text(a: Any, b: Any) -> bool:
    """Whether two documents ask the same: the longest text of each is found in the other."""
    texts_a, texts_b = leaves(a), leaves(b)
    if not texts_a or not texts_b:
        return False
    return max(texts_a, key=len) in texts_b and max(texts_b, key=len) in texts_a
