"""Rows that stand for a merge and one of its references: keyed by both, the merge named once per group."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mergekit_eval.show import layout
from mergekit_eval.show.text import plain, short_names


def keys(table: pd.DataFrame) -> pd.Series:
    """Return (merge, reference) of every row as one value."""
    return pd.Series(list(zip(table["merge"], table["reference"], strict=True)), index=table.index, dtype=object)


def several(table: pd.DataFrame) -> bool:
    """Return whether a merge has more than one reference in the table."""
    return "reference" in table and bool(table[["merge", "reference"]].drop_duplicates()["merge"].duplicated().any())


def labels(pairs: pd.DataFrame, names: Mapping[str, str] | None, share: float = 0.2) -> list[str]:
    """Name the merge on the first row of its group only, its reference on every row."""
    limit = layout.label_limit(share)
    short = short_names(pairs["merge"], limit) | short_names(pairs["reference"], limit) | dict(names or {})
    first = starts(pairs["merge"])
    return [plain(f"{short[str(m)]}  vs {short[str(r)]}" if new else f"vs {short[str(r)]}")
            for m, r, new in zip(pairs["merge"], pairs["reference"], first, strict=True)]  # fmt: skip


def starts(merges: pd.Series) -> np.ndarray:
    """Return where another merge begins than in the row before."""
    return merges.ne(merges.shift()).to_numpy()


def part(ax: Axes, merges: pd.Series, colour: str = "#555555") -> None:
    """Draw a line between the groups of rows, if there is a group of several."""
    at = np.flatnonzero(starts(merges))
    if len(at) < len(merges):
        for row in at[1:]:
            ax.axhline(row - 0.5, color=colour, linewidth=0.7, zorder=1)
