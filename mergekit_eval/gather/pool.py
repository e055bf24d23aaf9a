"""Read many files with few processes."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from mergekit_eval.gather.store import pack, spool, unpack
from mergekit_eval.gather.walk import Found
from mergekit_eval.gather.work import Record, read_file
from mergekit_eval.processes import become_worker
from mergekit_eval.readers._base import problem, readers

SMALL = 1 << 22
BATCH_BYTES = 1 << 24
BATCH_FILES = 64
_given: Any = None


def read_all(files: list[Found], registry: Any, workers: int | None, parts: Path | None = None) -> Iterator[Record]:
    """Yield the record of every file, in the order they are finished; items go into the folder ``parts`` if given."""
    count = workers if workers is not None else min(os.cpu_count() or 1, 8)
    if count <= 1 or sum(file.size for file in files) < SMALL:
        for batch in _batches(files):
            yield from _read(batch, registry, parts)
        return
    readers()
    left = {file.path: file for file in files}
    try:
        for record in _parallel(files, (registry, parts), count):
            left.pop(record.path, None)
            yield record
    except BrokenProcessPool:
        for file in left.values():
            yield _alone(file, (registry, parts))


def _parallel(files: list[Found], given: tuple, count: int) -> Iterator[Record]:
    # Biggest first, so that no worker is left alone with a big file at the end; few batches wait, so memory is bounded.
    batches = iter(sorted(_batches(files), key=lambda batch: -sum(file.size for file in batch)))
    with _pool(given, count) as pool:
        waiting: set[Future] = set()
        while True:
            while len(waiting) < 2 * count and (batch := next(batches, None)):
                waiting.add(pool.submit(_read_batch, batch))
            if not waiting:
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield from map(_unpacked, future.result())


def _unpacked(result: Record | bytes) -> Record:
    if isinstance(result, Record):
        return result
    record = unpack(result)
    record.packed = result
    return record


def _batches(files: list[Found]) -> Iterator[list[Found]]:
    batch: list[Found] = []
    size = 0
    for file in files:
        batch.append(file)
        size += file.size
        if size >= BATCH_BYTES or len(batch) >= BATCH_FILES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _pool(given: tuple, count: int) -> ProcessPoolExecutor:
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    return ProcessPoolExecutor(count, mp_context=context, initializer=_start, initargs=given)


def _start(*given: Any) -> None:
    """Prepare a worker; rows are many and hold no cycles, so garbage is looked for once a batch."""
    global _given
    _given = given
    become_worker()
    gc.disable()
    gc.freeze()


def _read_batch(batch: list[Found]) -> list[Record] | list[bytes]:
    records = _read(batch, *_given)
    gc.collect()
    return records if _given[1] is None else [pack(record) for record in records]


def _read(batch: list[Found], registry: Any, parts: Path | None) -> list[Record]:
    records = [read_file(file, registry) for file in batch]
    return records if parts is None else spool(records, parts)


def _alone(file: Found, given: tuple) -> Record:
    """Read a file in a process of its own, after some file has killed a worker."""
    with _pool(given, 1) as pool:
        try:
            return _unpacked(pool.submit(_read_batch, [file]).result()[0])
        except BrokenProcessPool:
            text = "reading it ended the process (out of memory?)"
            return Record(file.path, file.name, "unread", problems=[problem("broken", text)], facts={"reason": text})
