"""Differences with their intervals: the forest plot."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from mergekit_eval.errors import DataError
from mergekit_eval.show import layout, pairs
from mergekit_eval.show.encodings import OUTCOMES, REFUSED_NAME, outcome_code, present
from mergekit_eval.show.figure_data import remember
from mergekit_eval.show.style import GRID
from mergekit_eval.show.text import plain, short_names

ALWAYS, NEEDED = ("merge", "reference", "task"), ("metric", "filter", "capability")
NAMED = ALWAYS + NEEDED


def forest(
    table: pd.DataFrame, *, ax: Axes | None = None, numbers: bool = True, names: Mapping[str, str] | None = None
) -> Axes:
    """Draw one row per comparison: gain, adjusted interval, zero line; the estimate and n as text at the right.

    Parameters
    ----------
    table : DataFrame
        ``gain, gain_low, gain_high, n, decided`` and at least one of ``merge, reference, capability, task, metric,
        filter``, in the order to draw. Those that differ between rows name the row; optional ``scale`` must be one
        for the whole table (differences of accuracy and of perplexity share no axis).
    """
    layout.need(table, ("gain", "gain_low", "gain_high", "n", "decided"), "forest")
    times = layout.factor(layout.one(table, "scale", "forest"))
    ax = layout.axes_for_rows(ax, len(table))
    layout.zero_line(ax)
    for at, row in enumerate(table.to_dict("records")):
        _row(ax, at, row, times, numbers)
    layout.row_axis(ax, row_names(table, names), printed=True)
    if varying(table) == ["merge", "reference"]:
        pairs.part(ax, table["merge"], GRID)
    layout.value_grid(ax)
    layout.x_label(ax, gain_label(table, times, names))
    remember(ax, table, "forest")
    layout.legend(
        ax,
        [
            layout.swatch(name, code)
            for name, code in present(OUTCOMES, table.loc[table["gain"].notna(), "decided"], REFUSED_NAME).items()
        ],
    )
    return ax


def _row(ax: Axes, at: int, row: Mapping[str, object], times: float, numbers: bool) -> None:
    gain, low, high = (float(row[name]) * times for name in ("gain", "gain_low", "gain_high"))  # type: ignore[arg-type]
    if pd.isna(gain):
        layout.no_value(ax, at, "no comparison")
        return
    layout.interval(ax, at, gain, low, high, outcome_code(row["decided"]))
    if numbers:
        text = "{} [{}, {}]".format(*(layout.gained(value, times) for value in (gain, low, high)))
        layout.right_text(ax, at, f"{text}  n={_count(row['n'])}")


def _count(n: object) -> str:
    return "?" if pd.isna(n) else f"{int(n):,}"  # type: ignore[arg-type, call-overload]


def varying(table: pd.DataFrame) -> list[str]:
    """Return the naming columns that differ between rows (the first one there is, if none does).

    Merge, reference and task are named wherever they differ, the others where rows would else share a name.
    """
    have = [name for name in NAMED if name in table]
    if not have:
        raise DataError(
            f"forest: needs one of the columns {list(NAMED)} to name its rows; the table has {list(table.columns)}"
        )
    chosen = [name for name in have if name in ALWAYS and len(table[name].unique()) > 1]
    for name in have:
        told = len(table[chosen].drop_duplicates()) if chosen else 1
        if name not in chosen and len(table[[*chosen, name]].drop_duplicates()) > told:
            chosen.append(name)
    return chosen or have[:1]


def row_names(table: pd.DataFrame, names: Mapping[str, str] | None = None, share: float = 0.3) -> list[str]:
    """Return one unique printable name per row from the columns that differ between rows."""
    parts = varying(table)
    if parts == ["merge", "reference"] and pairs.several(table):
        return pairs.labels(table, names, share * 0.7)
    limit = max(10, layout.label_limit(share) // len(parts))
    columns = []
    for name in parts:
        short = short_names(table[name], limit) | {str(k): v for k, v in (names or {}).items()}
        columns.append(
            [("vs " if name == "reference" and len(parts) > 1 else "") + short[str(value)] for value in table[name]]
        )
    return [plain("  ".join(words)) for words in zip(*columns, strict=True)]


def gain_label(table: pd.DataFrame, times: float, names: Mapping[str, str] | None) -> str:
    """Return the name of an axis of gains: whose, over whom (where one for all rows), in what unit."""

    def fixed(column: str) -> str:
        known = column in table and len(table[column].unique()) == 1 and len(table) > 1
        value = str(table[column].iloc[0]) if known else ""
        return (names or {}).get(value) or short_names([value], 24)[value] if value else ""

    merge, reference = fixed("merge") or "the merge", fixed("reference") or "its reference"
    return f"gain of {merge} over {reference}{' (points of 100)' if times == 100 else ''}  (→ better)"
