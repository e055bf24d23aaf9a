"""Members of a zip file, read one by one into memory: bounded, so that a bomb ends as a problem, and never unpacked."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mergekit_eval.readers._base import Refused, shown
from mergekit_eval.readers._limits import regular
from mergekit_eval.readers._parsing import parse

# Bytes of one member, of all members together, and of the list of members.
MEMBER_LIMIT = 1 << 24
TOTAL_LIMIT = 1 << 30
_LISTING_LIMIT = 1 << 24
# Lists and objects of one member: each takes some sixty bytes of memory for the two of its text.
NESTED_LIMIT = 1 << 20
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class TooLarge(Refused):
    """Raised where a member, or all that was read of the file, is more than the limits."""


class _Bounded(io.FileIO):
    """A file that gives no more at once than a list of members may need."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size > MEMBER_LIMIT + _LISTING_LIMIT:
            raise TooLarge(f"a zip file with a list of members of {size} bytes is more than this kit takes")
        return super().read(size)


class Archive:
    """A zip file that is open for reading; see `opened`."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._zip, self._left = file, TOTAL_LIMIT
        self.names = file.namelist()

    def json(self, name: str) -> Any:
        """Return the JSON value of a member.

        Raises
        ------
        TooLarge
            If the member, or everything read so far, is over the limits.
        Refused
            If it is damaged, encrypted, no JSON, or compressed in a way Python's own library does not read.
        """
        entry = self._zip.getinfo(name)
        if entry.compress_type not in _READABLE:
            raise Refused(f"{shown(name)} is compressed by method {entry.compress_type}; write the log as json instead")
        limit = min(MEMBER_LIMIT, self._left)
        try:
            with self._zip.open(entry) as member:
                data = member.read(limit + 1)
            self._left -= len(data)
            if len(data) > limit or data.count(b"[") + data.count(b"{") > NESTED_LIMIT:
                told = f"{limit} bytes or {NESTED_LIMIT} lists and objects"
                raise TooLarge(f"{shown(name)} holds more than {told}; that is more than this kit takes")
            return parse(data)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
            raise Refused(f"{shown(name)} in the zip file cannot be read: {error}") from None


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open a zip file.

    Raises
    ------
    Refused
        If it is damaged or its list of members is too long.
    """
    with _Bounded(path, opener=regular) as file:
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError) as error:
            raise Refused(f"the zip file is damaged: {error}; fetch it again") from None
        yield Archive(archive)
