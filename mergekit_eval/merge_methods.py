"""The merge methods of mergekit and what each does with its base and its sources, from ``merge_methods.yaml``."""

from functools import cache
from typing import Any

from mergekit_eval.packaged import packaged_yaml


@cache
def methods() -> dict[str, dict[str, Any]]:
    """Return method -> its row of ``merge_methods.yaml``, whose head explains the keys."""
    return packaged_yaml("merge_methods.yaml")


def buildable() -> dict[str, dict[str, Any]]:
    """Return the methods that a study can name without a recipe file."""
    return {name: row for name, row in methods().items() if "inputs" in row}


def is_random(method: str) -> bool:
    """Return whether a method draws what it drops: another seed of the same recipe gives another model."""
    return bool(methods().get(method, {}).get("random", False))
