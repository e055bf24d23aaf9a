"""The thresholds of `thresholds.yaml`, by name."""

from functools import cache

from mergekit_eval.packaged import packaged_yaml


@cache
def thresholds() -> dict[str, float]:
    """Return name -> value; the reason for each stands in the file."""
    return {name: entry["value"] for name, entry in packaged_yaml("thresholds.yaml").items()}
