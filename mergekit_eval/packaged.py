"""Facts that the package carries as YAML."""

from importlib.resources import files
from typing import Any

import yaml

# The safe loader in C where it was built: facts and the declared tables are read at every start.
SAFE_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def packaged_yaml(name: str) -> dict[str, Any]:
    """Return the mapping in a YAML file of the package; ``name`` is its path inside ``mergekit_eval``."""
    data: dict[str, Any] = yaml.load(files("mergekit_eval").joinpath(name).read_text(encoding="utf-8"), SAFE_LOADER)
    return data
