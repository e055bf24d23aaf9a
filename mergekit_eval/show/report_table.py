"""Frames as rows of printed text for the report's template; nothing here is markup, the template escapes all of it."""

from __future__ import annotations

import math
import numbers
from typing import Any, NamedTuple

import pandas as pd

from mergekit_eval.schema import require
from mergekit_eval.show.encodings import VERDICTS
from mergekit_eval.wording import counted, one_line

KINDS = {"better than every parent": "better", "between": "between", "worse": "worse", "collapsed": "collapsed"}
BADGES = ("better", "worse", "undecided")


class Printed(NamedTuple):
    """One cell: its text, its CSS classes, its full text for a tooltip."""

    text: str
    kind: str
    full: str


def rows(frame: pd.DataFrame, decimals: int) -> dict[str, Any]:
    """Return heads and cells of a frame; numbers right-aligned with ``decimals``, missing as a dash."""
    heads = [(one_line(name), "number" if pd.api.types.is_numeric_dtype(frame[name]) else "") for name in frame]
    body = [[printed(value, decimals) for value in row] for row in frame.itertuples(index=False, name=None)]
    return {"heads": heads, "body": body}


def printed(value: object, decimals: int) -> Printed:
    """Return one value as it is printed."""
    if isinstance(value, list | tuple | set | frozenset):
        return _text(", ".join(map(str, value)))
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return Printed("—", "missing", "")
    if isinstance(value, bool) or not isinstance(value, numbers.Number):
        return _text(str(value))
    if isinstance(value, numbers.Integral):
        return Printed(f"{int(value):,}", "number", "")
    return Printed(_real(float(value), decimals), "number", repr(float(value)))  # type: ignore[arg-type]


def _real(value: float, decimals: int) -> str:
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    small = value != 0 and abs(value) < 0.5 * 10**-decimals
    text = f"{value:.1e}" if small or abs(value) >= 1e7 else f"{value:,.{decimals}f}"
    return text.replace("-", "−")


def _text(text: str) -> Printed:
    line = one_line(text)
    badge = f"badge {line}" if line in BADGES else ""
    return Printed(line if len(line) <= 160 else line[:157] + "…", badge, line if len(line) > 160 else "")


def verdict_rows(table: pd.DataFrame) -> tuple[list[dict[str, Any]], tuple[str, str]]:
    """Return the verdict table (badge, merge, reason, gain as an interval on one axis) and the ends of that axis."""
    require(table, ("merge", "verdict", "reason"), "report: verdicts")
    bounds = [name for name in ("gain", "gain_low", "gain_high") if name in table]
    most = float(table[bounds].abs().max().max()) if len(bounds) == 3 and len(table) else math.nan
    ends = ("", "") if math.isnan(most) else (f"−{100 * most:.0f}", f"+{100 * most:.0f}")
    return [_verdict(row, most) for row in table.to_dict("records")], ends


def _verdict(row: dict[str, Any], most: float) -> dict[str, Any]:
    verdict = one_line(row["verdict"])
    code = VERDICTS.get(verdict, VERDICTS["not decided"])
    parents = row.get("parents")
    shown = (
        ", ".join(map(str, parents)) if isinstance(parents, list | tuple) else "" if pd.isna(parents) else str(parents)
    )
    return {
        "merge": one_line(row["merge"]), "verdict": verdict, "symbol": code.symbol, "kind": KINDS.get(verdict, "open"),
        "reason": one_line(row["reason"]), "parents": one_line(shown),
        "method": "" if pd.isna(row.get("method")) else one_line(row.get("method")),
        "macro": _percent(row.get("macro"), sign=False), "gain": _percent(row.get("gain"), sign=True),
        "strip": _strip(row, most), "n": _count(row),
    }  # fmt: skip


def _percent(value: object, *, sign: bool) -> str:
    if value is None or pd.isna(value):
        return "—"
    return f"{100 * float(value):{'+' if sign else ''}.1f}".replace("-", "−")  # type: ignore[arg-type]


def _count(row: dict[str, Any]) -> str:
    items, tasks = row.get("n_items"), row.get("n_tasks")
    parts = [(tasks, "task"), (items, "item")]
    return ", ".join(counted(float(value), what) for value, what in parts if value is not None and not pd.isna(value))


def _strip(row: dict[str, Any], most: float) -> dict[str, float] | None:
    """Return positions in 0..200 of the gain's interval on an axis from -most to +most."""
    values = [row.get(name) for name in ("gain", "gain_low", "gain_high")]
    if not most or math.isnan(most) or any(value is None or pd.isna(value) for value in values):
        return None
    at, low, high = (100 + 96 * float(value) / most for value in values)  # type: ignore[arg-type]
    return {"at": round(at, 2), "low": round(low, 2), "width": round(high - low, 2)}
