"""Remembers which table a figure was plotted from, so that it can be saved beside the picture."""

from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mergekit_eval.errors import DataError

_DATA: WeakKeyDictionary[Figure, dict[str, pd.DataFrame]] = WeakKeyDictionary()


def figure_of(thing: Any) -> Figure:
    """Return the figure of a figure or of axes.

    Raises
    ------
    DataError
        If it is neither.
    """
    figure = thing.get_figure(root=True) if isinstance(thing, Axes) else thing
    if not isinstance(figure, Figure):
        raise DataError(f"a figure or axes are needed, not {type(thing).__name__}")
    return figure


def remember(thing: Axes | Figure, table: pd.DataFrame, name: str) -> None:
    """Note that ``thing`` shows ``table``; a second table of a figure gets the name of its plot and a number."""
    tables = _DATA.setdefault(figure_of(thing), {})
    tables[name if name not in tables else f"{name}-{len(tables) + 1}"] = table.copy()


def data_of(thing: Any) -> dict[str, pd.DataFrame]:
    """Return the tables a figure shows, by the name of the plot function."""
    return dict(_DATA.get(figure_of(thing), {}))
