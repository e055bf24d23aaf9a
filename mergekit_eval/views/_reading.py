"""What was read, and what was not."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd


def identities(collection: Any) -> pd.DataFrame:
    """Return one row per model: its names, which rule named it, its role, how much was read for it."""
    groups = collection.scores.groupby(["model", "role", "model_name", "model_from", "tool"], dropna=False, sort=False)
    counted = groups.agg(tasks=("task", "nunique"), files=("source_file", "nunique"))
    return counted.reset_index().rename(columns={"model_name": "name in the files", "model_from": "named by"})


def problems(table: pd.DataFrame) -> pd.DataFrame:
    """Return the problems, gathered by kind and message where many files share one."""
    if table.empty:
        return pd.DataFrame(columns=["kind", "files", "first file", "message", "what to do"])
    shape = table["message"].map(lambda text: re.sub(r"\d+", "#", text)[:80])
    groups = table.assign(shape=shape).groupby(["kind", "shape"], sort=False)
    rows = groups.agg(
        files=("file", "nunique"), first=("file", "first"), message=("message", "first"), do=("todo", "first")
    )
    named = rows.reset_index().drop(columns="shape").sort_values(["kind", "files"], ascending=[True, False])
    return named.rename(columns={"first": "first file", "do": "what to do"})


def census(collection: Any) -> pd.DataFrame:
    """Return how many files were read, refused, unread and skipped, by reader and in all; the four add up."""
    counted = collection.census
    columns = ["read", "refused", "unread", "skipped"]
    if not counted:
        return pd.DataFrame(columns=["reader", "files", *columns])
    rows = [{"reader": name, "files": sum(c.values()), **c} for name, c in counted["by_reader"].items()]
    rows.append({"reader": "all", "files": counted["files"], **{name: counted[name] for name in columns}})
    return pd.DataFrame(rows, columns=["reader", "files", *columns])
