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
    times = 100 if scale == "unit" else 1
    reach = "" if pd.isna(low) else f" [{low * times:+.1f}, {high * times:+.1f}]"
    return f"{value * times:+.1f}{reach}"
