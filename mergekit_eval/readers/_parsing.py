"""From bytes to the values of JSON and YAML, bounded in memory, with text that every table can hold."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import orjson
import yaml

from mergekit_eval.readers import _limits
from mergekit_eval.readers._limits import opened

YAML_LIMIT = 1 << 22
MOST_ALIASES = 64
BOM = b"\xef\xbb\xbf"
# Bytes that a mapping, a list and any other value take in Python; JSON that is too short to take much is not weighed.
_SIZES = {b"{": 190, b"[": 64, b",": 40}
_LIGHT = 1 << 22
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(?P<lone>u[dD][89a-fA-F][\da-fA-F]{2})|.)", re.S
)
_ALIAS = re.compile(rb"[\s\[{,:-]\*\w")


def parse(data: bytes) -> Any:
    """Return the JSON value in ``data``; NaN, Infinity and huge numbers are allowed, as Python writes them.

    Half of a surrogate pair, which no table can hold, becomes the text of its escape, as `read_file.clean` writes it.

    Raises
    ------
    ValueError
        If it is not one JSON value, not UTF-8, or nested too deeply.
    OverLimit
        If it would take more memory than one file may.
    """
    weigh(data)
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return forgiving(data)


def forgiving(data: bytes, **hooks: Any) -> Any:
    """Return the JSON value in ``data`` as Python's own parser reads it, slower and of more kinds than orjson."""
    try:
        return json.loads(paired(data.decode("utf-8")), **hooks)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def paired(text: str) -> str:
    """Return JSON text whose lone surrogates are written as text: one more backslash before each."""
    if not _HALF.search(text):
        return text
    return _ESCAPE.sub(lambda found: "\\" + found[0] if found["lone"] else found[0], text)


def weigh(data: bytes, what: str = "a JSON value") -> None:
    """Raise `OverLimit` if JSON would take more memory than one file may, by the values it holds."""
    if len(data) > _LIGHT:
        values = sum(size * data.count(mark) for mark, size in _SIZES.items())
        _limits.require(2 * len(data) + values, what)


def load_yaml(data: bytes) -> Any:
    """Return the list or mapping of one YAML document, read without any tag that can run code; None for all else.

    A document with many aliases is not read: a few lines of them can stand for more than memory holds.
    """
    if len(_ALIAS.findall(data)) > MOST_ALIASES:
        return None
    try:
        found = yaml.load(data, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, AttributeError):
        return None
    return found if isinstance(found, list | dict) else None


def whole(path: Path) -> bytes:
    """Return the bytes of a file of JSON, without a mark of their order.

    Raises
    ------
    OverLimit
        If the value in them would take more memory than one file may, however it is built.
    """
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        _limits.require(2 * size, f"one JSON value of {size:,} bytes (JSON Lines of any size are read row by row)")
        return file.read().removeprefix(BOM)


def json_beside(path: Path, own: Path, largest: int, kind: type = dict) -> Any:
    """Return the JSON object (or list) in a file beside ``own``, empty where there is none of ``largest`` bytes."""
    try:
        found = parse(whole(path)) if _limits.beside(path, own) and path.stat().st_size <= largest else None
    except (OSError, ValueError):
        return kind()
    return found if isinstance(found, kind) else kind()
