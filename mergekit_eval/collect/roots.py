"""Paths in tables: full while they are in memory, relative to what was collected where they are written.

A table on disk says nothing of the machine it was made on. The way from its folder to the root of its paths is kept in
the file of scores, so that a workspace may be moved as a whole and item texts are still found.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

KEY = b"mergekit_eval.root"
COLUMN = {"scores": "source_file", "items": "source_file", "problems": "file"}


def common_root(files: Sequence[tuple[str, str]]) -> Path | None:
    """Return the folder that the names of some files, given as (path, name), start from; None without a file."""
    for path, name in files:
        if path.endswith(f"/{name}"):  # a name that is no valid text is not the end of its path
            return Path(path.removesuffix(name))
    return Path(os.path.commonpath([path for path, _ in files])).parent if files else None


def cut(path: str, root: Path) -> str:
    """Return a path below the root without it, any other as it is."""
    return path.removeprefix(_start(root))


def relative(frame: pd.DataFrame, table: str, root: Path) -> pd.DataFrame:
    """Return one of the three tables with its paths relative to ``root``."""
    column = COLUMN[table]
    return frame.assign(**{column: frame[column].str.removeprefix(_start(root))})


def without(frame: pd.DataFrame, columns: Sequence[str], root: Path) -> pd.DataFrame:
    """Return a frame whose sentences name files relative to ``root``."""
    return frame.assign(**{name: frame[name].str.replace(_start(root), "", regex=False) for name in columns})


def recorded(root: Path, folder: Path) -> dict[bytes, bytes]:
    """Return what the file of scores in ``folder`` keeps: the way from there to the root."""
    return {KEY: os.fsencode(os.path.relpath(root, folder))}


def root_of(schema: pa.Schema, folder: Path) -> Path | None:
    """Return the root that a file of scores in ``folder`` has kept, None where it has none."""
    way = (schema.metadata or {}).get(KEY)
    return None if way is None else Path(os.path.normpath(Path(folder).absolute() / os.fsdecode(way)))


def resolved(table: pa.Table, name: str, root: Path) -> pa.Table:
    """Return one of the three tables as read from disk with full paths."""
    column = COLUMN[name]
    if column not in table.column_names:
        return table
    paths = table[column].cast(pa.string())
    full = pc.binary_join_element_wise(_start(root), paths, "")
    bare = pc.or_(pc.equal(paths, ""), pc.starts_with(paths, "/"))
    return table.set_column(table.column_names.index(column), column, pc.if_else(bare, paths, full))


def _start(root: Path) -> str:
    return f"{str(root).rstrip('/')}/"
