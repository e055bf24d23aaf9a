"""The thresholds of `thresholds.yaml`, by name."""

from functools import cache
from pathlib import Path

import yaml


@cache
def thresholds() -> dict[str, float]:
    """Return name -> value; the reason for each stands in the file."""
    raw = yaml.safe_load((Path(__file__).parent / "thresholds.yaml").read_text(encoding="utf-8"))
    return {name: entry["value"] for name, entry in raw.items()}
