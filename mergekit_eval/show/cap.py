"""A figure carries so many rows and columns; of more it shows those that tell most, and says how many there are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mergekit_eval.show import layout
from mergekit_eval.wording import share_of

TALLEST = 22.0  # inches
NARROWEST = 2.0  # points of a column
MOST_TEXTS = 2000  # in the cells of a matrix


def most_rows() -> int:
    """Return how many rows a figure of the current style carries."""
    return int(TALLEST / layout.row_height(1000))


def most_columns() -> int:
    """Return how many columns a matrix of the current style carries."""
    return int(layout.column_width(1) / NARROWEST)


def telling(decided: pd.Series, size: pd.Series, most: int) -> np.ndarray:
    """Return where the ``most`` rows are that tell most, in their order: decided first, then largest."""
    order = np.lexsort([-size.astype(float).fillna(-np.inf), -decided.astype(float)])
    return np.sort(order[:most])


def telling_rows(
    table: pd.DataFrame, decided: pd.Series, size: pd.Series, noun: str = "row"
) -> tuple[pd.DataFrame, str]:
    """Return the rows that a figure of rows shows, and a word about the others ("" if it shows all)."""
    most = most_rows()
    if len(table) <= most:
        return table, ""
    return table.iloc[telling(decided, size, most)], f"{share_of(most, len(table), noun)} shown"


def telling_cells(
    table: pd.DataFrame, rows: str, columns: str, decided: pd.Series, size: pd.Series
) -> tuple[pd.DataFrame, str]:
    """Return the part of a table of cells that a matrix shows, and a word about the rest ("" if it shows all).

    A row, or a column, tells by the number of its decided cells, then by their size.
    """
    sides = [(rows, most_rows(), "row"), (columns, most_columns(), "column")]
    inside, words = np.ones(len(table), dtype=bool), []
    for side, most, noun in sides:
        of, names = pd.factorize(table[side], use_na_sentinel=False)
        if len(names) > most:
            sums = (values.astype(float).abs().groupby(of).sum() for values in (decided, size))
            inside &= np.isin(of, telling(*sums, most))
            words.append(share_of(most, len(names), noun))
    return table[inside], f"{', '.join(words)} shown" if words else ""


def telling_names(
    table: pd.DataFrame, x: str, y: str, decided: pd.Series, size: pd.Series, noun: str
) -> tuple[pd.DataFrame, str]:
    """Return the pairs of a square matrix (names down and across are one list) that it shows, and a word."""
    names, most = pd.unique(pd.concat([table[x], table[y]])), min(most_rows(), most_columns())
    if len(names) <= most:
        return table, ""
    both = pd.concat([pd.DataFrame({"name": table[side], "decided": decided, "size": size}) for side in (x, y)])
    sums = both.astype({"decided": float}).assign(size=both["size"].abs()).groupby("name").sum().reindex(names)
    chosen = set(names[telling(sums["decided"], sums["size"], most)])
    return table[table[x].isin(chosen) & table[y].isin(chosen)], f"{share_of(most, len(names), noun)} shown"
