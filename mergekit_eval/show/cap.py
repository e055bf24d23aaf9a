"""A figure carries so many rows and columns; of more it shows those that tell most, and says how many there are."""

import numpy as np
import pandas as pd

from mergekit_eval.show import layout
from mergekit_eval.wording import share_of

TALLEST = 22.0  # inches
NARROWEST = 2.0  # points of a column
MOST_TEXTS = 2000  # in the cells of a matrix


def most_rows() -> int:
    """Return how many rows a figure of the current style carries."""
    return int(TALLEST / layout.rows_height(1000) * 1000)


def most_columns() -> int:
    """Return how many columns a matrix of the current style carries."""
    return int(layout.wide(0.62) / NARROWEST)


def telling(decided: pd.Series, size: pd.Series, most: int) -> np.ndarray:
    """Return where the ``most`` rows are that tell most, in their order: decided first, then largest."""
    order = np.lexsort([-size.astype(float).fillna(-np.inf), -decided.astype(float)])
    return np.sort(order[:most])


def telling_rows(
    table: pd.DataFrame, decided: pd.Series, size: pd.Series, noun: str = "row", height: float = 1.0
) -> tuple[pd.DataFrame, str]:
    """Return the rows that a figure of rows shows, and a word about the others ("" if it shows all).

    ``height`` is that of one row, in rows of the usual height.
    """
    most = int(most_rows() / height)
    if len(table) <= most:
        return table, ""
    return table.iloc[telling(decided, size, most)], f"{share_of(most, len(table), noun)} shown"


def telling_cells(
    table: pd.DataFrame, rows: str, columns: str, decided: pd.Series, size: pd.Series, square: str = ""
) -> tuple[pd.DataFrame, str]:
    """Return the part of a table of cells that a matrix shows, and a word about the rest ("" if it shows all).

    A row, or a column, tells by the number of its decided cells, then by their size. Where rows and columns are one
    list of names, ``square`` says of what, and a name tells by the cells of both its sides.
    """
    high, across = most_rows(), most_columns()
    sides = [([rows], high, "row"), ([columns], across, "column")]
    cells = pd.DataFrame({"decided": decided.astype(float), "size": size.astype(float).abs()})
    inside, words = np.ones(len(table), dtype=bool), []
    for keys, most, noun in [([rows, columns], min(high, across), square)] if square else sides:
        of, names = pd.factorize(pd.concat([table[key] for key in keys]), use_na_sentinel=False)
        if len(names) > most:
            sums = pd.concat([cells] * len(keys)).groupby(of).sum()
            chosen = np.isin(of, telling(sums["decided"], sums["size"], most))
            inside &= chosen.reshape(len(keys), -1).all(axis=0)
            words.append(share_of(most, len(names), noun))
    return table[inside], f"{', '.join(words)} shown" if words else ""
