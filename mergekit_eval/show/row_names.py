"""How the rows of a figure are named: by the columns that differ between them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mergekit_eval.errors import DataError
from mergekit_eval.show import layout, pairs
from mergekit_eval.show.text import plain, short_names

ALWAYS, NEEDED = ("merge", "reference", "task"), ("metric", "filter", "capability")
NAMED = ALWAYS + NEEDED


def varying(table: pd.DataFrame, who: str = "rows") -> list[str]:
    """Return the naming columns that differ between rows (the first one there is, if none does).

    Merge, reference and task are named wherever they differ, the others where rows would else share a name.
    """
    have = [name for name in NAMED if name in table]
    if not have:
        raise DataError(
            f"{who}: needs one of the columns {list(NAMED)} to name its rows; the table has {list(table.columns)}"
        )
    chosen = [name for name in have if name in ALWAYS and len(table[name].unique()) > 1]
    for name in have:
        apart = len(table[chosen].drop_duplicates()) if chosen else 1
        if name not in chosen and len(table[[*chosen, name]].drop_duplicates()) > apart:
            chosen.append(name)
    return chosen or have[:1]


def row_names(
    table: pd.DataFrame, names: Mapping[str, str] | None = None, share: float = 0.3, who: str = "rows"
) -> list[str]:
    """Return one unique printable name per row from the columns that differ between rows."""
    parts = varying(table, who)
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
