"""Numbers as a person reads them."""

from __future__ import annotations

import pandas as pd


def percent(value: float) -> str:
    """Return a share as percent with one decimal, '' where missing."""
    return "" if pd.isna(value) else f"{value:.1%}"


def points(value: float, low: float, high: float, scale: str = "unit") -> str:
    """Return a gain with its interval: in points for shares, in the metric's own unit else; '' where missing."""
    if pd.isna(value):
        return ""
    reach = "" if pd.isna(low) else f" [{_signed(low, scale)}, {_signed(high, scale)}]"
    return f"{_signed(value, scale)}{reach}"


def _signed(value: float, scale: str) -> str:
    """Return one decimal for points, three digits that tell for a unit of its own: 0.004 is no 0.0."""
    return f"{100 * value:+.1f}" if scale == "unit" else f"{value:+.3g}"
