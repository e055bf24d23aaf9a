"""Tables on disk: written beside their place and moved there when whole; linked, not copied, where possible."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mergekit_eval.errors import DataError
from mergekit_eval.files import replacing
from mergekit_eval.schema import conform


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as parquet."""
    with replacing(path) as temporary:
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), temporary)


def read_frame(path: Path, table: str) -> pd.DataFrame:
    """Return one of the three tables from its file.

    Raises
    ------
    DataError
        If it is missing, no parquet, or has other columns.
    """
    try:
        return conform(pq.read_table(path).to_pandas(), table)
    except FileNotFoundError:
        raise DataError(f"{path}: missing; run `mergekit-eval collect PATH --out {path.parent}`") from None
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: cannot be read as a table: {error}") from error


def place(source: Path, target: Path) -> None:
    """Put a finished file at a second place, by a link where the file system allows it."""
    with replacing(target) as temporary:
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copyfile(source, temporary)
