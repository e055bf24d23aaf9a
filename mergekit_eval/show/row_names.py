"""How the rows of a figure are named: by the columns that differ between them, the merge of a group only once."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mergekit_eval.errors import DataError
from mergekit_eval.show import layout
from mergekit_eval.show.text import plain, short_names

ALWAYS, NEEDED = ("merge", "reference", "task"), ("metric", "filter", "capability")
PAIR = ["merge", "reference"]


def varying(table: pd.DataFrame, who: str) -> list[str]:
    """Return the naming columns that differ between rows (the first one there is, if none does).

    Merge, reference and task are named wherever they differ, the others where rows would else share a name.
    """
    have = [name for name in ALWAYS + NEEDED if name in table]
    if not have:
        known = list(ALWAYS + NEEDED)
        raise DataError(
            f"{who}: needs one of the columns {known} to name its rows; the table has {list(table.columns)}"
        )
    chosen = [name for name in have if name in ALWAYS and len(table[name].unique()) > 1]
    for name in have:
        apart = len(table[chosen].drop_duplicates()) if chosen else 1
        if name not in chosen and len(table[[*chosen, name]].drop_duplicates()) > apart:
            chosen.append(name)
    return chosen or have[:1]


def row_names(table: pd.DataFrame, names: layout.Names, who: str) -> list[str]:
    """Return one unique printable name per row from the columns that differ between rows."""
    parts = varying(table, who)
    if parts == PAIR and several_references(table):
        return pair_names(table, names)
    columns = [short_names(table[name], layout.characters(0.3 / len(parts), 10)) | dict(names or {}) for name in parts]
    before = ["vs " if name == "reference" and len(parts) > 1 else "" for name in parts]
    return [
        plain("  ".join(vs + short[str(value)] for vs, short, value in zip(before, columns, row, strict=True)))
        for row in table[parts].itertuples(index=False)
    ]


def several_references(table: pd.DataFrame) -> bool:
    """Return whether a merge has more than one reference in the table."""
    return "reference" in table and bool(table[PAIR].drop_duplicates()["merge"].duplicated().any())


def pair_names(table: pd.DataFrame, names: layout.Names) -> list[str]:
    """Name the merge on the first row of its group only, its reference on every row."""
    limit = layout.characters(0.2)
    short = short_names(table["merge"], limit) | short_names(table["reference"], limit) | dict(names or {})
    merges = [f"{short[str(name)]}  " if new else "" for name, new in zip(table["merge"], starts(table), strict=True)]
    return [plain(f"{merge}vs {short[str(name)]}") for merge, name in zip(merges, table["reference"], strict=True)]


def starts(table: pd.DataFrame) -> np.ndarray:
    """Return where another merge begins than in the row before."""
    return np.asarray(table["merge"].ne(table["merge"].shift()))


def part_merges(ax: Axes, table: pd.DataFrame, colour: str) -> None:
    """Draw a line between the merges of the rows, if one of them has several rows."""
    first = starts(table)
    for row in () if first.all() else np.flatnonzero(first)[1:]:
        ax.axhline(row - 0.5, color=colour, linewidth=0.7, zorder=1)
