"""What was read and what was not, for a person: files by reader, models by name, problems by kind."""

from __future__ import annotations

import re

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.collect.folders import Collection


@tables.makes("files_read")
def files_read(collection: Collection) -> pd.DataFrame:
    """Return how many files were read, refused, unread and skipped, by reader and in all; the four add up."""
    census = collection.census
    if not census:
        return pd.DataFrame()
    rows = [{"reader": name, "files": sum(counts.values()), **counts} for name, counts in census["by_reader"].items()]
    total = {name: census[name] for name in ("files", "read", "refused", "unread", "skipped")}
    return pd.DataFrame([*rows, {"reader": "all", **total}])


@tables.makes("models_read")
def models_read(collection: Collection) -> pd.DataFrame:
    """Return one row per model: its names, which rule named it, its role, how much was read for it."""
    groups = collection.scores.groupby(["model", "role", "model_name", "model_from", "tool"], dropna=False, sort=False)
    counts: pd.DataFrame = groups.agg(n_tasks=("task", "nunique"), files=("source_file", "nunique"))
    return counts.reset_index()


@tables.makes("problems_read")
def problems_read(problems: pd.DataFrame) -> pd.DataFrame:
    """Return the problems by kind and message, most files first; messages that differ in numbers only share a row."""
    shape = problems["message"].map(lambda text: re.sub(r"\d+", "#", text)[:80])
    groups = problems.assign(shape=shape).groupby(["kind", "shape"], sort=False)
    rows = groups.agg(
        files=("file", "nunique"), file=("file", "first"), message=("message", "first"), todo=("todo", "first")
    )
    return rows.reset_index().drop(columns="shape").sort_values(["kind", "files"], ascending=[True, False])
