"""What was read before: a record per file that has not changed since, and the finished tables of the last collection.

Everything lies in one folder that may be deleted at any time. Records are in a small database, items in one file each;
both are written whole or not at all, so a run that is killed loses nothing that was finished.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

import mergekit_eval
from mergekit_eval.collect.read_file import Record
from mergekit_eval.collect.walk import CACHE_TAG, Found
from mergekit_eval.errors import DataError
from mergekit_eval.files import UNFINISHED, flush, move, sweep, unfinished
from mergekit_eval.readers._limits import memory, seconds

TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Made by mergekit-eval; may be deleted at any time.\n"
PLAIN = ("path", "name", "status", "reader", "scores", "problems", "facts", "series", "part", "rows")
COMMIT_EVERY = 200
# What reading depends on, beside the folders of readers, of this step, and of facts.
READING = """
collect.py errors.py lineage.py lineage.yaml merge_forms.py merge_methods.py merge_methods.yaml merge_recipe.py
registry.py schema.py study.py tiny/metrics.yaml
"""


@cache
def code_digest() -> str:
    """Return what changes when the code or the facts that read files change."""
    package = Path(mergekit_eval.__file__).parent
    files = [package / name for name in READING.split()]
    files += [path for folder in ("readers", "collect", "facts") for path in package.glob(f"{folder}/*")]
    stats = sorted((str(p.relative_to(package)), p.stat().st_size, p.stat().st_mtime_ns) for p in files if p.is_file())
    return hashlib.sha256(repr(stats).encode()).hexdigest()


# A line of the database: path, size, time of change, key, part, record.
Entry = tuple[bytes, int, int, str, str, bytes]


class Damaged(Exception):
    """What the store holds cannot be used; `Store.clear` makes it start again."""


class Store:
    """The kept records of one folder.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    facts : str
        Digest of the registry; records made with other facts or other limits of memory and time do not count.
    """

    def __init__(self, folder: Path, facts: str) -> None:
        self.folder = folder
        self.parts = folder / "parts"
        self.parts.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        if not (folder / CACHE_TAG).exists():
            (folder / CACHE_TAG).write_text(TAG, encoding="utf-8")
        self._opened: tuple[str, Any] = ("", None)
        self.key = hashlib.sha256(f"{code_digest()} {facts} {memory()} {seconds()}".encode()).hexdigest()

    def fingerprint(self, files: list[Found], study: Any, rule: str) -> str:
        """Return what names the finished tables of these files: it changes when anything that they depend on does."""
        told = repr((self.key, rule, study, files))
        return hashlib.sha256(told.encode("utf-8", "backslashreplace")).hexdigest()[:32]

    def known(self, files: list[Found]) -> dict[str, Record]:
        """Return the records of the files that have not changed, by path."""
        wanted = {file.path: file for file in files}
        parts = {part.name for part in self.parts.iterdir()}
        found = {}
        try:
            with closing(self._open()) as database:
                rows = database.execute("select path, size, mtime, record from records where key = ?", (self.key,))
                for path, size, mtime, data in rows:
                    file = wanted.get(os.fsdecode(path))
                    if file is None or (file.size, file.mtime_ns) != (size, mtime):
                        continue
                    record = unpack(data)
                    if record.part and record.part not in parts:
                        continue
                    record.name = file.name
                    found[file.path] = record
        except (sqlite3.Error, msgspec.MsgspecError, TypeError):
            self.clear()
            return {}
        return found

    def keep(self, files: list[Found], records: Iterable[Record]) -> list[Record]:
        """Store records as they come, their items already written by `spool`, and return them."""
        stats = {file.path: file for file in files}
        kept: list[Record] = []
        waiting: list[Entry] = []
        with self._writing() as database:
            for record in records:
                kept.append(record)
                file = stats[record.path]
                data, record.packed = record.packed or pack(record), b""
                waiting.append((os.fsencode(record.path), file.size, file.mtime_ns, self.key, record.part, data))
                if len(waiting) >= COMMIT_EVERY:
                    self._insert(database, waiting)
                    waiting = []
            self._insert(database, waiting)
        return kept

    def _insert(self, database: sqlite3.Connection, rows: list[Entry]) -> None:
        """Write lines of the database, once the parts that they name are on the disk; waits for all at once."""
        with ThreadPoolExecutor() as threads:
            list(threads.map(self._flush, {row[4] for row in rows if row[4]}))
        with database:
            database.executemany("insert or replace into records values (?, ?, ?, ?, ?, ?)", rows)

    def _flush(self, part: str) -> None:
        with suppress(FileNotFoundError):  # deleted meanwhile; `known` and `load` look whether it is there
            flush(self.parts / part)

    def leftovers(self) -> list[Path]:
        """Return parts that no record speaks of (any more)."""
        named: set[str] = set()
        with suppress(sqlite3.Error), closing(self._open()) as database:
            named = {part for (part,) in database.execute("select distinct part from records")}
        return [part for part in self.parts.iterdir() if part.name not in named]

    def load(self, records: list[Record]) -> list[pa.Table]:
        """Return the items of some records; those that lie one behind the other in one file come as one table."""
        tables, place = [], 0
        while place < len(records):
            end = place + 1
            while end < len(records) and _follows(records[end - 1], records[end]):
                end += 1
            start = records[place].rows[0]
            tables.append(self._open_part(records[place].part).slice(start, sum(records[end - 1].rows) - start))
            place = end
        return tables

    def _open_part(self, name: str) -> pa.Table:
        if name != self._opened[0]:
            try:
                with pa.memory_map(str(self.parts / name)) as source:
                    self._opened = (name, pa.ipc.open_file(source).read_all())
            except (OSError, pa.ArrowException) as error:
                raise Damaged(f"{self.parts / name}: {error}") from error
        return self._opened[1]

    def tables(self, fingerprint: str) -> Path | None:
        """Return the folder of finished tables of that name, None if there is none."""
        folder = self.folder / "tables" / fingerprint
        return folder if folder.is_dir() else None

    def finish(self, fingerprint: str, write: Any) -> Path:
        """Make the folder of finished tables by ``write(folder, home)``, in place of all older ones."""
        home = self.folder / "tables"
        home.mkdir(exist_ok=True)
        with unfinished(home) as temporary:
            (temporary / fingerprint).mkdir()
            write(temporary / fingerprint, home / fingerprint)
            if not (home / fingerprint).exists():
                move(temporary / fingerprint, home / fingerprint)
        for old in home.iterdir():
            if old.name != fingerprint and not old.name.startswith(UNFINISHED):
                shutil.rmtree(old, ignore_errors=True)
        return home / fingerprint

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(self._open()) as database:
                yield database
        except sqlite3.Error as error:
            todo = "Free space, or choose another output; then run again: what is finished is kept"
            raise DataError(f"{self.folder}: cannot be written: {error}. {todo}.") from error

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.folder / "records-1.sqlite", timeout=60)
        database.execute("pragma synchronous = off")
        database.execute(
            "create table if not exists records"
            " (path blob primary key, size integer, mtime integer, key text, part text, record blob) without rowid"
        )
        return database

    def clear(self) -> None:
        """Forget every record; nothing is lost that cannot be read again."""
        for name in ("records-1.sqlite", "records-1.sqlite-journal"):
            with suppress(OSError):
                (self.folder / name).unlink()


def pack(record: Record) -> bytes:
    """Return a record as it is stored."""
    plain = {name: getattr(record, name) for name in PLAIN}
    return msgspec.msgpack.encode(plain | {"path": os.fsencode(record.path)}, enc_hook=str)


def unpack(data: bytes) -> Record:
    """Return a stored record."""
    plain = msgspec.msgpack.decode(data)
    return Record(**plain | {"path": os.fsdecode(plain["path"])})


def _follows(one: Record, other: Record) -> bool:
    return one.part == other.part and sum(one.rows) == other.rows[0]


def spool(records: list[Record], folder: Path) -> list[Record]:
    """Write the items of some records into one file of a folder, in the worker that made them, and return the records.

    Each record then knows its rows of the file instead of holding them. The file has its final name from the start:
    it counts only once a record in the database names it, see `Store.keep`.
    """
    tables = {i: record.items for i, record in enumerate(records) if record.items is not None}
    if not tables:
        return records
    digest = hashlib.sha256()
    start = 0
    for i, table in tables.items():
        digest.update(os.fsencode(records[i].path) + b"\0")
        records[i].rows = [start, table.num_rows]
        start += table.num_rows
    whole = pa.concat_tables(tables.values()).combine_chunks()
    name = f"{digest.hexdigest()[:24]}-{time.time_ns():x}.arrow"
    with pa.OSFile(str(folder / name), "wb") as sink, pa.ipc.new_file(sink, whole.schema) as writer:
        writer.write_table(whole)
    for i in tables:
        records[i].items, records[i].part = None, name
    return records
