"""Rows of JSON Lines or of one JSON array, decoded without building the text nobody asked for.

`msgspec` skips over prompts and answers as bytes. A chunk it cannot take (NaN tokens, a broken line, a new key) is read
line by line with a forgiving parser, so that only the broken lines are lost, each with its number.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from types import GenericAlias
from typing import Any, NamedTuple

import msgspec
import numpy as np

from mergekit_eval.readers import _limits
from mergekit_eval.readers._parsing import parse

CHUNK = 1 << 23
_NEWLINE = ord("\n")
# One buffer per process: fresh memory for every file costs more than reading it.
_buffer = bytearray(CHUNK)
BOM = b"\xef\xbb\xbf"


class UnknownKeys(Exception):
    """A row holds keys that were not declared."""

    def __init__(self, keys: set[str]) -> None:
        super().__init__(f"undeclared keys {sorted(keys)}")
        self.keys = keys


class Broken(NamedTuple):
    """One row that could not be decoded."""

    line: int
    reason: str
    last: bool


class Chunk(NamedTuple):
    """Decoded rows (see `row_type`), their numbers among the file's non-blank rows, and what was broken.

    The bytes behind skipped keys are only there until the next chunk is asked for.
    """

    lines: np.ndarray
    rows: list[Any]
    broken: list[Broken]


@lru_cache(maxsize=64)
def row_type(
    wanted: tuple[str, ...], skipped: tuple[str, ...], strict: bool
) -> tuple[type[msgspec.Struct], msgspec.json.Decoder[msgspec.Struct]]:
    """Return a struct and its decoder: attributes ``v0, ...`` for wanted keys, ``s0, ...`` (bytes) for skipped ones.

    Any other key is an error, if ``strict``.
    """
    fields: list[tuple[str, Any, Any]] = [(f"v{i}", Any, msgspec.UNSET) for i in range(len(wanted))]
    fields += [(f"s{i}", msgspec.Raw, msgspec.Raw()) for i in range(len(skipped))]
    names = {f"v{i}": key for i, key in enumerate(wanted)} | {f"s{i}": key for i, key in enumerate(skipped)}
    made = msgspec.defstruct("Row", fields, rename=names, forbid_unknown_fields=strict, gc=False)
    return made, msgspec.json.Decoder(made)


class RowForm:
    """What a row becomes: the keys that are wanted, those that are skipped, and whether others are an error."""

    def __init__(self, wanted: Sequence[str], skipped: Sequence[str], strict: bool = True) -> None:
        self.strict = strict
        self.keys = {
            **{key: f"v{i}" for i, key in enumerate(wanted)},
            **{key: f"s{i}" for i, key in enumerate(skipped)},
        }
        self.type, self.decoder = row_type(tuple(wanted), tuple(skipped), strict)

    def from_dict(self, row: Any) -> Any:
        """Return a row that a forgiving parser has read, as the decoder would give it."""
        if not isinstance(row, dict):
            raise TypeError(f"a row that is no JSON object but {type(row).__name__}")
        unknown = {key for key in row if key not in self.keys}
        if unknown and self.strict:
            raise UnknownKeys(unknown)
        made = self.type()
        for key, value in row.items():
            if key in unknown:
                continue
            name = self.keys[key]
            setattr(made, name, value if name[0] == "v" else msgspec.Raw(msgspec.json.encode(_encodable(value))))
        return made


class Rows(RowForm):
    """The rows of one file; iterate to get `Chunk` after `Chunk`.

    Raises
    ------
    UnknownKeys
        While iterating, when ``strict`` and a row holds a key that is neither wanted nor skipped.
    """

    def __init__(
        self, path: Path, array: bool, wanted: Sequence[str], skipped: Sequence[str], strict: bool = True
    ) -> None:
        super().__init__(wanted, skipped, strict)
        self.path, self.array = path, array

    def __iter__(self) -> Iterator[Chunk]:
        return self._array() if self.array else self._lines()

    def _lines(self) -> Iterator[Chunk]:
        start = 0
        with _limits.opened(self.path) as file:
            if file.read(3) != BOM:
                file.seek(0)
            while size := file.readinto(_buffer):
                tail = b"" if _buffer[size - 1] == _NEWLINE else next(_limits.lines(file), b"")
                data = bytes(_buffer[:size]) + tail if tail else memoryview(_buffer)[:size]
                chunk = self._decode(data, start)
                yield chunk
                start += len(chunk.rows) + len(chunk.broken)
                del chunk

    def _decode(self, data: bytes | memoryview, start: int) -> Chunk:
        try:
            rows = self.decoder.decode_lines(data)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return self._one_by_one(bytes(data), start)
        return Chunk(np.arange(start, start + len(rows)), rows, [])

    def _one_by_one(self, data: bytes, start: int) -> Chunk:
        kept, rows, broken = [], [], []
        lines = [line for line in data.split(b"\n") if line.strip()]
        cut = not data.endswith(b"\n")
        for number, line in enumerate(lines, start):
            try:
                rows.append(self._forgiving(line))
                kept.append(number)
            except (ValueError, TypeError) as error:
                broken.append(Broken(number, str(error)[:200], cut and number == start + len(lines) - 1))
        return Chunk(np.array(kept, np.int64), rows, broken)

    def _forgiving(self, line: bytes) -> Any:
        try:
            return self.decoder.decode(line)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return self.from_dict(parse(line))

    def _array(self) -> Iterator[Chunk]:
        with _limits.opened(self.path) as file:
            size = os.fstat(file.fileno()).st_size
            _limits.require(2 * size, f"one JSON array of {size:,} bytes (JSON Lines of any size are read row by row)")
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        body = memoryview(data)[len(BOM) if data[:3] == BOM else 0 :]
        try:
            rows = msgspec.json.Decoder(GenericAlias(list, (self.type,))).decode(body)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            yield self._broken_array(bytes(body).decode("utf-8", "replace"))
        else:
            yield Chunk(np.arange(len(rows)), rows, [])

    def _broken_array(self, text: str) -> Chunk:
        rows, broken, place, scan = [], [], text.index("[") + 1, json.JSONDecoder()
        while True:
            while place < len(text) and text[place] in " \t\r\n,":
                place += 1
            if text[place : place + 1] in ("]", ""):
                break
            try:
                value, place = scan.raw_decode(text, place)
                rows.append(self.from_dict(value))
            except (ValueError, TypeError, RecursionError) as error:
                broken.append(Broken(len(rows), str(error)[:200], True))
                break
        return Chunk(np.arange(len(rows)), rows, broken)


def _encodable(value: Any) -> Any:
    """Return a value msgspec can write; only the presence of skipped text matters, and its bytes for a content hash."""
    try:
        msgspec.json.encode(value)
    except (ValueError, TypeError, OverflowError):
        return str(value)
    return value
