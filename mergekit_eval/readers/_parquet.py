"""Parquet files, which may hold far more than their bytes: a dictionary of one long text, a run of a billion rows.

What the footer states is checked before anything is read, and what is found while it is read. Texts stay in Arrow's
dictionaries, where a repeated one takes no room, until a few rows at a time become Python objects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mergekit_eval.readers import _limits

ROWS = 1000
# Bytes of a cell as a Python object beside its text; the share of the memory that rows may take at a time; how often
# the memory of one file the texts of all rows together may be, for they are looked at and dropped.
CELL, SLICE, PASSES = 100, 8, 16
_TEXT = (pa.types.is_string, pa.types.is_binary, pa.types.is_large_string, pa.types.is_large_binary)


@contextmanager
def parquet_file(path: Path, texts: Collection[str] = ()) -> Iterator[pq.ParquetFile]:
    """Open a parquet file, ``texts`` being the columns that stay dictionaries.

    Raises
    ------
    pyarrow.ArrowException, OSError
        If it is none.
    """
    limits = {"thrift_string_size_limit": 1 << 24, "thrift_container_size_limit": 1 << 17}
    with _limits.opened(path) as source, pq.ParquetFile(source, read_dictionary=list(texts), **limits) as file:
        yield file


def column_names(path: Path) -> list[str]:
    """Return the names of the columns."""
    with parquet_file(path) as file:
        return list(file.schema_arrow.names)


def parquet_rows(path: Path, columns: Collection[str] | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (row number, {column: value}), of some columns if given; ``a.b`` is the field b of a column a of structs.

    Raises
    ------
    OverLimit
        If its cells or texts would take more than one file may.
    """
    with parquet_file(path) as file:
        texts = _checked(file, path.name)
        held = set(file.schema_arrow.names)
        wanted = None if columns is None else [name for name in columns if name.partition(".")[0] in held]
    number = passed = 0
    with parquet_file(path, texts) as file:
        for batch in file.iter_batches(ROWS, columns=wanted):
            size = sum(map(_size, batch.columns))
            passed += size
            _limits.require(passed // PASSES, f"{path.name}: its texts, {passed // _limits.MEGABYTE:,} MB in all")
            step = max(1, batch.num_rows * _limits.memory() // (SLICE * max(size, 1)))
            for start in range(0, batch.num_rows, step):
                for row in batch.slice(start, step).to_pylist():
                    yield number, row
                    number += 1
            _limits.require(number * batch.num_columns * CELL, f"{path.name}: its {number:,} rows so far")


def _checked(file: pq.ParquetFile, name: str) -> list[str]:
    """Return the columns of text, by path, after a look at how many cells the footer states."""
    told = file.metadata
    groups = [told.row_group(i) for i in range(told.num_row_groups)]
    cells = sum(group.column(i).num_values for group in groups for i in range(group.num_columns))
    cells = max(cells, told.num_rows * len(file.schema_arrow.names))
    _limits.require(cells * CELL, f"{name}: a table of {told.num_rows:,} rows and {cells:,} cells")
    columns = [file.schema.column(i) for i in range(len(file.schema))]
    return [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]


def _size(values: pa.Array) -> int:
    """Return the bytes that values take as Python objects, a text counted as often as it stands there."""
    if pa.types.is_dictionary(values.type):
        if not any(is_text(values.type.value_type) for is_text in _TEXT):
            return len(values) * CELL
        lengths = pc.binary_length(values.dictionary).take(values.indices)
        return int(pc.sum(lengths.cast(pa.int64())).as_py() or 0) + len(values) * CELL
    if pa.types.is_struct(values.type) or pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        inner = values.flatten()
        return len(values) * CELL + sum(map(_size, inner if isinstance(inner, list) else [inner]))
    if pa.types.is_map(values.type):
        return len(values) * CELL + _size(values.keys) + _size(values.items)
    return int(values.nbytes) + len(values) * CELL
