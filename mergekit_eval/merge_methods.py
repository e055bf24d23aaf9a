"""The merge methods of mergekit and what each does with its base and its sources, from ``merge_methods.yaml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def methods() -> dict[str, dict[str, Any]]:
    """Return method -> its row of ``merge_methods.yaml``, whose head explains the keys."""
    rows: dict[str, dict[str, Any]] = yaml.safe_load(
        files("mergekit_eval").joinpath("merge_methods.yaml").read_text(encoding="utf-8")
    )
    return rows


def buildable() -> dict[str, dict[str, Any]]:
    """Return the methods that a study can name without a recipe file."""
    return {name: row for name, row in methods().items() if "inputs" in row}
