"""Tables turned for reading: long rows to one row per merge, numbers with their interval to one text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from mergekit_eval.wording import counted


def shares(value: float, low: float, high: float) -> str:
    """Return a share with its interval as percent, '' where missing."""
    if pd.isna(value):
        return ""
    return f"{value:.1%}" + ("" if pd.isna(low) else f" [{low:.1%}, {high:.1%}]")


def crossed(table: pd.DataFrame, rows: str, columns: str, text: Callable[[Any], str], reason: str) -> pd.DataFrame:
    """Return a table with one line per value of ``rows`` and one column per value of ``columns``.

    A pair without a row is an empty cell; both keep the order in which they come. Without any there is a ``reason``.
    """
    if table.empty:
        return bare(reason)
    told = table.assign(_text=[text(row) for row in table.itertuples()])
    wide = told.pivot_table(index=rows, columns=columns, values="_text", aggfunc="first", sort=False)
    return (
        wide.reindex(columns=table[columns].drop_duplicates())
        .astype(object)
        .fillna("")
        .rename_axis(columns=None)
        .reset_index()
    )


def words(column: pd.Series, missing: str = "") -> pd.Series:
    """Return a column of text in which what is missing reads ``missing``."""
    return column.astype(object).where(column.notna(), missing)


def picked(table: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return some columns under plain names, in the given order; what a table calls missing is empty."""
    out = table[list(columns)].rename(columns=dict(columns))
    texts = [name for name in out if not pd.api.types.is_numeric_dtype(out[name])]
    return out.assign(**{name: words(out[name]) for name in texts})


NO_MERGE = "no merge is known here, or none has a bounded score"
NO_RELATIVE = "no merge has a {} here, or one of the two was not evaluated"


def having(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return a table as its figure draws it; where ``column`` has no value at all, no rows and the notes as reason."""
    if table.empty:
        return table if table.attrs.get("reason") else bare(NO_MERGE)
    if table[column].notna().any():
        return table
    told = list(dict.fromkeys(text for text in words(table["note"]).astype(str) if text))
    more = f" (and {counted(len(told) - 3, 'more reason')})" if len(told) > 3 else ""
    return bare("; ".join(told[:3]) + more or f"no {column} is known")


def bare(reason: str) -> pd.DataFrame:
    """Return a table without rows and columns that says why."""
    return without_rows(pd.DataFrame(), reason)


def without_rows(table: pd.DataFrame, reason: str) -> pd.DataFrame:
    """Return the columns of a table, no rows, and why."""
    out = table.iloc[:0].copy()
    out.attrs["reason"] = reason
    return out


def listed(names: pd.Series) -> str:
    """Return names in one text."""
    return ", ".join(map(str, names))
