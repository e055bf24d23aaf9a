"""Tables on disk: written beside their place and moved there when whole; linked, not copied, where possible."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mergekit_eval.collect import roots
from mergekit_eval.errors import DataError
from mergekit_eval.files import replacing
from mergekit_eval.schema import conform


def write_frame(frame: pd.DataFrame, path: Path, kept: Mapping[bytes, bytes] | None = None) -> None:
    """Write a frame as parquet, with what the file is to keep besides (see `roots`)."""
    with replacing(path) as temporary:
        pq.write_table(_keeping(pa.Table.from_pandas(frame, preserve_index=False), kept or {}), temporary)


def _keeping(table: pa.Table, kept: Mapping[bytes, bytes]) -> pa.Table:
    return table.replace_schema_metadata({**(table.schema.metadata or {}), **kept}) if kept else table


def root_of(scores: Path) -> Path | None:
    """Return the folder that the paths of the tables beside a file of scores start from, None where it is not known."""
    try:
        return roots.root_of(pq.read_schema(scores), scores.parent)
    except (OSError, pa.ArrowException):  # said when the table is looked at
        return None


def read_frame(path: Path, table: str, root: Path | None = None) -> pd.DataFrame:
    """Return one of the three tables from its file, its paths made full with the ``root`` they start from.

    Raises
    ------
    DataError
        If it is missing, no parquet, or has other columns.
    """
    try:
        found = pq.read_table(path)
        return conform((roots.resolved(found, table, root) if root else found).to_pandas(), table)
    except FileNotFoundError:
        raise DataError(f"{path}: missing; run `mergekit-eval collect PATH --out {path.parent}`") from None
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: cannot be read as a table: {error}") from error


def place(source: Path, target: Path, kept: Mapping[bytes, bytes] | None = None) -> None:
    """Put a finished file at a second place, by a link where the file system allows it and it keeps nothing else."""
    with replacing(target) as temporary:
        if kept:
            pq.write_table(_keeping(pq.read_table(source), kept), temporary)
            return
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copyfile(source, temporary)
