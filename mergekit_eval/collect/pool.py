"""Read many files with few processes; a file that takes more memory or time than it may costs nothing but itself.

Every worker has a share of the memory of one file (`readers._limits.memory`), and an alarm that ends it when one file
takes too long. A file that ended its worker for another reason than time is read again alone, with all of the memory.
Where processes cannot be forked, or with ``workers=1``, files are read in the caller's own, without these two limits.
"""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import mmap
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from mergekit_eval.collect.read_file import Record, not_read, read_file
from mergekit_eval.collect.store import pack, spool, unpack
from mergekit_eval.collect.walk import Found
from mergekit_eval.readers import _limits
from mergekit_eval.readers._base import readers

SMALL = 1 << 22
BATCH_BYTES = 1 << 25
BATCH_FILES = 64
WORKERS = 8
# The least memory of a worker. What the tables take of a file: bytes per score row, and times the bytes of its record.
LEAST, ROW, RECORD = 96 * _limits.MEGABYTE, 2000, 8
NO_MEMORY = 77
_DIE_WITH_PARENT = 1

Batch = list[int]


class Given(NamedTuple):
    """What the workers share: a batch is the numbers of some ``files``."""

    files: list[Found]
    registry: Any
    parts: Path | None


def read_all(files: list[Found], registry: Any, workers: int | None, parts: Path | None = None) -> Iterator[Record]:
    """Yield the record of every file, in the order they are finished; items go into the folder ``parts`` if given.

    Raises
    ------
    OSError
        If the items cannot be written.
    """
    given = Given(files, registry, parts)
    able = "fork" in multiprocessing.get_all_start_methods() and not multiprocessing.current_process().daemon
    if (workers is not None and workers <= 1) or not able:
        for batch in _batches(files):
            yield from _read(batch, given)
        return
    count = min(workers or os.cpu_count() or 1, WORKERS)
    count = 1 if sum(file.size for file in files) < SMALL else count
    readers()
    # Biggest first, so that no worker is left alone with a big file at the end.
    batches = deque(sorted(_batches(files), key=lambda batch: -sum(files[i].size for i in batch)))
    whole = _limits.memory()
    again: list[tuple[int, int]] = []
    yield from _guarded(batches, given, count, max(whole // count, min(LEAST, whole)), again)
    slow = [one for one in again if one[1] == -signal.SIGALRM]
    yield from (_ended(files[i], code) for i, code in slow)
    for i, _ in set(again) - set(slow):
        died: list[tuple[int, int]] = []
        yield from _guarded(deque([[i]]), given, 1, whole, died)
        yield from (_ended(files[i], code) for i, code in died)


def _guarded(
    batches: deque[Batch], given: Given, count: int, limit: int, died: list[tuple[int, int]]
) -> Iterator[Record]:
    """Yield the records of all batches; files that ended their worker go to ``died`` instead, with its exit code."""
    busy: dict[Connection, _Worker] = {}
    try:
        while batches or busy:
            while batches and len(busy) < count:
                worker = _Worker(given, limit)
                busy[worker.pipe] = worker
                worker.give(batches.popleft())
            for worker in busy.values():
                # A second one lies ready, so that no worker has to wait for this process.
                if len(worker.batches) < 2 and len(batches) > count:
                    worker.give(batches.popleft())
            ready = wait(list(busy))
            for pipe, worker in [(pipe, worker) for pipe, worker in busy.items() if pipe in ready]:
                try:
                    answer = pipe.recv()
                except (EOFError, ConnectionError):
                    del busy[pipe]
                    batches.extendleft(worker.buried(died))
                    continue
                worker.batches.popleft()
                if batches:
                    worker.give(batches.popleft())
                elif not worker.batches:
                    worker.end()
                    del busy[pipe]
                if isinstance(answer, Exception):
                    raise answer
                yield from map(_unpacked, answer)
    finally:
        for worker in busy.values():
            worker.end()


class _Worker:
    """A process that reads batches; the number of the file it is at stands in memory that outlives it."""

    def __init__(self, given: Given, limit: int) -> None:
        context = multiprocessing.get_context("fork")
        self.place = mmap.mmap(-1, mmap.PAGESIZE)
        self.batches: deque[Batch] = deque()
        self.pipe, theirs = context.Pipe()
        told = (theirs, self.place, given, limit, os.getpid())
        self.process = context.Process(target=_serve, args=told, daemon=True)
        self.process.start()
        theirs.close()

    def give(self, batch: Batch) -> None:
        self.batches.append(batch)
        with suppress(ConnectionError):  # it died just now: `wait` finds that, and `buried` hands its batches on
            self.pipe.send(batch)

    def buried(self, died: list[tuple[int, int]]) -> list[Batch]:
        """Note the file that ended the process, and return the batches that are left."""
        self.process.join()
        batch, *waiting = self.batches
        place = int.from_bytes(self.place[:8], "little")
        code = self.process.exitcode or 0
        self.end()
        if place >= len(batch) > 1:
            return [*([i] for i in batch), *waiting]
        culprit = batch[min(place, len(batch) - 1)]
        died.append((culprit, code))
        left = [i for i in batch if i != culprit]
        return [*([left] if left else []), *waiting]

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()
        self.pipe.close()
        self.place.close()


def _serve(pipe: Connection, place: mmap.mmap, given: Given, limit: int, parent: int) -> None:
    """Read batches until the parent ends this process.

    Rows are many and hold no cycles, so garbage is looked for once a batch.
    """
    _prepared(limit, parent)
    while True:
        batch = pipe.recv()
        try:
            records = _read(batch, given, place)
            pipe.send([(record.packed, record.items) for record in records])
            del records
            gc.collect()
        except MemoryError:
            os._exit(NO_MEMORY)
        except Exception as error:  # noqa: BLE001 - raised again by the parent
            pipe.send(error)


def _prepared(limit: int, parent: int) -> None:
    """Take the limits, and die with the parent. Ctrl-C is the parent's to answer, and so is what ends this process."""
    faulthandler.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    if sys.platform == "linux":
        import resource

        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        # Arrow's own pool has reserved its memory already, where no limit sees it.
        pa.set_memory_pool(pa.system_memory_pool())
        taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5]) * mmap.PAGESIZE
        for what, most in ((resource.RLIMIT_DATA, taken + limit), (resource.RLIMIT_CORE, 0)):
            hard = resource.getrlimit(what)[1]
            resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    if os.getppid() != parent:
        os._exit(1)
    gc.disable()
    gc.freeze()


def _unpacked(answer: tuple[bytes, pa.Table | None]) -> Record:
    record = unpack(answer[0])
    record.packed, record.items = answer
    return record


def _batches(files: list[Found]) -> Iterator[Batch]:
    batch: Batch = []
    size = 0
    for number, file in enumerate(files):
        batch.append(number)
        size += file.size
        if size >= BATCH_BYTES or len(batch) >= BATCH_FILES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _read(batch: Batch, given: Given, place: mmap.mmap | None = None) -> list[Record]:
    """Read some files; a worker's ``place`` says at which it is, and its alarm ends it when one takes too long."""
    records = []
    for number, i in enumerate(batch):
        if place is None:
            try:
                record = read_file(given.files[i], given.registry)
            except MemoryError:
                record = _ended(given.files[i], NO_MEMORY)
        else:
            place[:8] = number.to_bytes(8, "little")
            signal.alarm(_limits.seconds())
            record = read_file(given.files[i], given.registry)
            signal.alarm(0)
        records.append(record)
    if place is not None:
        place[:8] = len(batch).to_bytes(8, "little")
    return list(map(_packed, records if given.parts is None else spool(records, given.parts)))


def _packed(record: Record) -> Record:
    """Return a record with its packed form, or one that says why there is none."""
    try:
        record.packed = pack(record)
        rows = len(record.scores)
        _limits.require(max(rows * ROW, len(record.packed) * RECORD), f"its {rows:,} score rows in the tables")
    except _limits.OverLimit as error:
        return _packed(not_read(record, str(error), "limit"))
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        return _packed(not_read(record, f"what it holds cannot be kept: {error}"[:300], "broken"))
    return record


def _ended(file: Found, code: int) -> Record:
    """Return the record of a file that ended the process that read it."""
    if code == -signal.SIGALRM:
        text = f"reading it takes more than the {_limits.seconds()} s of one file ({_limits.SECONDS_SWITCH})"
    elif code == NO_MEMORY:
        most = _limits.memory() // _limits.MEGABYTE
        text = f"reading it takes more than the {most} MB of memory of one file ({_limits.MEMORY_SWITCH})"
    else:
        return not_read(file, f"reading it ended the process (code {code}; out of memory?)", "broken")
    return not_read(file, text, "limit")
