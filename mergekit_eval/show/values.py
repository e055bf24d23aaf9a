"""One value of a table as plain text, the same in notebooks and in the report; no markup, and nothing is escaped."""

import math
import numbers
from typing import Any

import pandas as pd

MISSING = "—"


def printed(value: Any, decimals: int | None = None) -> str:
    """Return one value as it is printed: missing as a dash, a flag as yes or no, several names with commas.

    Parameters
    ----------
    value : object
        What a cell of a frame holds.
    decimals : int, optional
        Of a number that is not whole; by default it has four significant digits.
    """
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(str, value))
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, numbers.Integral):
        return f"{int(value):,}"
    return _real(float(value), decimals) if is_number(value) else str(value)


def is_number(value: Any) -> bool:
    """Whether a value is a number; a flag is none."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _real(value: float, decimals: int | None) -> str:
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if decimals is None:
        return f"{value:.2g}" if 0 < abs(value) < 0.001 else f"{value:,.4g}"
    small = value != 0 and abs(value) < 0.5 * 10**-decimals
    return f"{value:.1e}" if small or abs(value) >= 1e7 else f"{value:,.{decimals}f}"
