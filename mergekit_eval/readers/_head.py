"""A first look at a file: kind of content, first row, JSON document or CSV header, each read at most once."""

from __future__ import annotations

import copy
import csv
import io
import json
import os
import re
from collections import Counter
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from mergekit_eval.readers._limits import LINE, opened
from mergekit_eval.readers._parquet import column_names
from mergekit_eval.readers._parsing import BOM, YAML_LIMIT, forgiving, load_yaml, paired, parse, weigh, whole

PEEK = 1 << 16
_SPACE = b" \t\r\n"
DELIMITERS = ",;\t"
# The first line of a YAML document, behind comments: a list, or a key.
_YAML = re.compile(rb"(?:[ \t]*(?:#[^\n]*|---[ \t]*)?\r?\n)*(?:- |-\r?\n|[\w.\"'][^\n,|=]{0,120}:(?:[ \t]|\r?\n))")
_QUOTED = re.compile(r'"[^"]*"')
_COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


def delimiter(header: str) -> str:
    """Return which of `DELIMITERS` stands most often in the first line of a table, names in quotes aside."""
    bare = _QUOTED.sub("", header)
    return max(DELIMITERS, key=bare.count)


class Head:
    """What can be known of a file before reading it.

    Parameters
    ----------
    path : Path
        Where it is.
    name : str
        Path relative to what is collected, printable; used in tables and messages.

    Attributes
    ----------
    kind : str
        empty, pointer (git-lfs), utf16, parquet, zip, compressed, binary, object, array, lines (JSON Lines), or text.
    """

    def __init__(self, path: Path, name: str = "") -> None:
        self.path, self.name = path, name or path.name
        with opened(path) as file:
            self.start = file.read(PEEK)
            self.size = os.fstat(file.fileno()).st_size
        self.bom = self.start.startswith(BOM)
        self.start = self.start.removeprefix(BOM)
        self.broken = ""

    @cached_property
    def kind(self) -> str:
        """Kind of the content."""
        body = self.start.lstrip(_SPACE)
        if not body:
            return "empty"
        if body.startswith(b"version https://git-lfs"):
            return "pointer"
        if self.start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return "utf16"
        if self.start.startswith(b"PAR1"):
            return "parquet"
        if self.start.startswith(_ZIP):
            return "zip"
        if self.start.startswith(_COMPRESSED):
            return "compressed"
        if b"\0" in body:
            return "binary"
        if body[:1] == b"[":
            return "array"
        if body[:1] == b"{":
            return "lines" if self._many_lines else "object"
        return "text"

    @cached_property
    def _first_line(self) -> bytes:
        for line in io.BytesIO(self.start):
            if line.strip() and line.endswith(b"\n"):
                return line
        with opened(self.path) as file:
            file.seek(len(BOM) if self.bom else 0)
            for line in iter(lambda: file.readline(LINE), b""):
                if line.strip():
                    return line
        return b""

    @cached_property
    def _many_lines(self) -> bool:
        """Whether the first line is a whole JSON object with another behind it (or says it is alone by its ending)."""
        if self.start.lstrip(_SPACE)[:2].strip() == b"{" or len(self._first_line) == LINE:
            return False
        try:
            parse(self._first_line)
        except ValueError:
            return False
        rest = self.size - len(self._first_line) - 3
        return rest > 0 or self.path.suffix == ".jsonl"

    @cached_property
    def first(self) -> Any:
        """First row of JSON Lines or first element of a JSON array, None where there is none or it is not whole."""
        try:
            if self.kind == "lines":
                return parse(self._first_line)
            return _first_element(self.path) if self.kind == "array" else None
        except ValueError as error:
            self.broken = str(error)
            return None

    @cached_property
    def document(self) -> Any:
        """The whole file as one JSON object, None where it is none; `broken` then says why."""
        if self.kind != "object":
            return None
        try:
            return parse(self.whole)
        except ValueError as error:
            self.broken = str(error)
            return None

    @property
    def whole(self) -> bytes:
        """All of a file that is no larger than a reader wants to see at once."""
        return self.start if self.size <= len(self.start) + len(BOM) * self.bom else whole(self.path)

    @cached_property
    def ends(self) -> bytes:
        """The beginning of a file, and its end where that lies beyond the beginning."""
        if self.size <= len(self.start):
            return self.start
        with opened(self.path) as file:
            file.seek(max(self.size - PEEK, 0))
            return self.start + b"\n" + file.read(PEEK)

    @cached_property
    def yaml(self) -> Any:
        """The list or mapping that a text holds as one YAML document, None where it is none or too large."""
        if self.kind != "text" or self.size > YAML_LIMIT or not _YAML.match(self.start):
            return None
        return load_yaml(self.whole)

    def holding(self, document: dict[str, Any]) -> Head:
        """Return the head with another document; what it says of the file itself stays that of the file."""
        other = copy.copy(self)
        other.__dict__ |= {"document": document, "repeated_keys": self.repeated_keys}
        return other

    @cached_property
    def repeated_keys(self) -> list[str]:
        """Keys that one mapping of the document holds twice: a parser keeps the last and says nothing.

        Looked for only where the text has more keys than the document when that is written again.
        """
        if not isinstance(self.document, dict):
            return []
        data = self.whole
        with suppress(orjson.JSONEncodeError):
            if _count_keys(data) <= _count_keys(orjson.dumps(self.document)):
                return []
        found: dict[str, None] = {}

        def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            made = dict(pairs)
            if len(made) < len(pairs):
                found.update((key, None) for key, n in Counter(key for key, _ in pairs).items() if n > 1)
            return made

        try:
            forgiving(data, object_pairs_hook=note)
        except ValueError:
            return []
        return list(found)

    @cached_property
    def columns(self) -> list[str]:
        """Header of a text separated by one of `DELIMITERS`, names of the columns of parquet, [] for other kinds."""
        if self.kind == "parquet":
            try:
                return column_names(self.path)
            except (pa.ArrowException, OSError):
                self.broken = "a parquet file whose footer cannot be read; it is cut or broken"
                return []
        if self.kind != "text":
            return []
        line = self.start.decode("utf-8", "replace").split("\n", 1)[0].rstrip("\r")
        try:
            return next(csv.reader(io.StringIO(line), delimiter=delimiter(line)), [])
        except csv.Error:
            return []

    @property
    def reason(self) -> str:
        """Why a file that no reader claims is not read."""
        plain = {
            "empty": "the file is empty",
            "pointer": "a git-lfs pointer; fetch the file with git lfs pull",
            "utf16": "UTF-16 text; convert it to UTF-8",
            "zip": "a zip file that is no log of inspect_ai; unpack it first",
            "compressed": "a compressed file; unpack it first",
        }
        return self.broken or plain.get(self.kind) or f"no reader knows this content: {self._content}"

    @property
    def _content(self) -> str:
        row = self.document if self.kind == "object" else self.first
        keys = list(row)[:8] if isinstance(row, dict) else self.columns[:8]
        return f"{self.kind} with {str(keys)[:160]}" if keys else self.kind


def _count_keys(data: bytes) -> int:
    return data.count(b'":') - data.count(b'\\":')


def _first_element(path: Path) -> Any:
    """Return the first element of a JSON array, reading no more of the file than needed."""
    with opened(path) as file:
        data = file.read(PEEK)
        while len(data) <= LINE:
            weigh(data, "the first element of the array")
            body = paired(data.removeprefix(BOM).lstrip(_SPACE)[1:].decode("utf-8", "ignore").lstrip())
            if body.startswith("]"):
                return None
            try:
                return json.JSONDecoder().raw_decode(body)[0]
            except RecursionError:
                raise ValueError("nested too deeply") from None
            except ValueError:
                more = file.read(len(data))
                if not more:
                    raise
                data += more
    raise ValueError("the first element of the array is too long")
