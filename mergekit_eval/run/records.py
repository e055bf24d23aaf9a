"""What became of merges and cells, as tables."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from mergekit_eval import tables

SHOWN = ("name", "model", "suite", "part", "status", "seconds", "peak_memory_mb", "reason")


@tables.makes("records")
def record_table(records: Iterable[Any]) -> pd.DataFrame:
    """Return the records of `merge_all` or `evaluate`, one row each."""
    rows = [record._asdict() for record in records]
    return pd.DataFrame([{name: row[name] for name in SHOWN if name in row} for row in rows])


@tables.makes("failures")
def failure_table(records: Iterable[Any]) -> pd.DataFrame:
    """Return what failed, with its reason and its log (folder and name); no rows is good news."""
    failed = [record for record in records if record.status == "failed"]
    return pd.DataFrame([{"name": r.name, "reason": r.reason, "log": "/".join(Path(r.log).parts[-2:])} for r in failed])
