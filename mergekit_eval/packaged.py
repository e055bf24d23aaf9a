"""Facts that the package carries as YAML."""

from importlib.resources import files
from typing import Any

import yaml


def packaged_yaml(name: str) -> dict[str, Any]:
    """Return the mapping in a YAML file of the package; ``name`` is its path inside ``mergekit_eval``."""
    data: dict[str, Any] = yaml.safe_load(files("mergekit_eval").joinpath(name).read_text(encoding="utf-8"))
    return data
