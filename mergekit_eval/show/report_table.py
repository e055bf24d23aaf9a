"""Frames as rows of printed text for the report's template; nothing here is markup, the template escapes all of it."""

import math
import numbers
from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from mergekit_eval.schema import require
from mergekit_eval.show.values import MISSING, is_number, printed
from mergekit_eval.tables import statuses
from mergekit_eval.wording import counted, one_line


class Printed(NamedTuple):
    """One cell: its text, its CSS classes, its full text for a tooltip."""

    text: str
    kind: str
    full: str


def rows(frame: pd.DataFrame, decimals: int) -> dict[str, Any]:
    """Return heads and cells of a frame; numbers right-aligned with ``decimals``, missing as a dash."""
    heads = [(one_line(name), "number" if pd.api.types.is_numeric_dtype(frame[name]) else "") for name in frame]
    body = [[_cell(value, decimals) for value in row] for row in frame.itertuples(index=False, name=None)]
    return {"heads": heads, "body": body}


def _cell(value: Any, decimals: int) -> Printed:
    text = printed(value, decimals)
    if text == MISSING:
        return Printed(text, "missing", "")
    if is_number(value):
        exact = "" if isinstance(value, numbers.Integral) else repr(float(value))
        return Printed(text.replace("-", "−"), "number", exact)
    line = one_line(text)
    if line and (status := statuses()["outcome"].get(line)):
        return Printed(f"{status.mark} {line}", f"badge {status.colour}", "")
    return Printed(line if len(line) <= 160 else line[:157] + "…", "", line if len(line) > 160 else "")


def verdict_rows(table: pd.DataFrame) -> tuple[list[dict[str, Any]], tuple[str, str]]:
    """Return the verdict table (badge, merge, reason, gain as an interval on one axis) and the ends of that axis."""
    require(table, ("merge", "verdict", "reason"), "report: verdicts")
    bounds = [name for name in ("gain", "gain_low", "gain_high") if name in table]
    most = float(table[bounds].abs().max().max()) if len(bounds) == 3 and len(table) else math.nan
    ends = ("", "") if math.isnan(most) else (f"−{100 * most:.0f}", f"+{100 * most:.0f}")
    return [_verdict(row, most) for row in table.to_dict("records")], ends


def _verdict(row: Mapping[Any, Any], most: float) -> dict[str, Any]:
    verdict, known = one_line(row["verdict"]), statuses()["verdict"]
    status = known.get(verdict, known["not decided"])
    return {
        "merge": one_line(row["merge"]), "verdict": verdict, "symbol": status.mark, "kind": status.colour,
        "reason": one_line(row["reason"]), "parents": _named(row.get("parents")), "method": _named(row.get("method")),
        "macro": _percent(row.get("macro"), ""), "gain": _percent(row.get("gain"), "+"),
        "strip": _strip(row, most), "n": _count(row), "gains": _named(row.get("sure_gains")),
        "losses": _named(row.get("sure_losses")), "fairness": _named(row.get("fairness")),
    }  # fmt: skip


def _named(value: Any) -> str:
    """Return one or several names, empty where there is none."""
    text = printed(value)
    return "" if text == MISSING else one_line(text)


def _percent(value: Any, sign: str) -> str:
    return MISSING if pd.isna(value) else f"{100 * value:{sign}.1f}".replace("-", "−")


def _count(row: Mapping[Any, Any]) -> str:
    parts = [(row.get("n_tasks"), "task"), (row.get("n_items"), "item")]
    return ", ".join(counted(float(value), what) for value, what in parts if not pd.isna(value))


def _strip(row: Mapping[Any, Any], most: float) -> dict[str, float] | None:
    """Return positions in 0..200 of the gain's interval on an axis from -most to +most."""
    values: list[Any] = [row.get(name) for name in ("gain", "gain_low", "gain_high")]
    if not most or math.isnan(most) or any(map(pd.isna, values)):
        return None
    at, low, high = (100 + 96 * value / most for value in values)
    return {"at": round(at, 2), "low": round(low, 2), "width": round(high - low, 2)}
