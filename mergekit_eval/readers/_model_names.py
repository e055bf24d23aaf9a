"""Words that stand where a model's name should and name none; the words are data (``model_names.yaml``)."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def _data() -> dict[str, Any]:
    text = files("mergekit_eval.readers").joinpath("model_names.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found | {key: frozenset(found[key].split()) for key in ("backends", "classes", "defaults", "folders")}


def is_backend(name: str) -> bool:
    """Return whether a name is that of a program or a class that loads models, as no model is called."""
    known = name.lower() in _data()["backends"] | _data()["classes"]
    return known or ("/" not in name and name.endswith(tuple(_data()["class_endings"])))


def is_default(name: str) -> bool:
    """Return whether the last part of a name holds only words that many people use (``merged``, ``checkpoint-500``).

    ``org/merged`` is a hub id, and says who made it.
    """
    parts = name.rstrip("/").split("/")
    if len(parts) == 2 and parts[0] and not (_is_plain(parts[0]) or holds_results(parts[0]) or is_relative(name)):
        return False
    return _is_plain(parts[-1])


def _is_plain(part: str) -> bool:
    words = re.findall(r"[^\W\d_]+", part.lower())
    return bool(words) and _data()["defaults"].issuperset(words)


def is_relative(name: str) -> bool:
    """Return whether a file states a path that means something only in the folder its writer worked in."""
    return name.startswith(("./", "../", ".\\", "..\\")) or name in (".", "..")


def holds_results(folder: str) -> bool:
    """Return whether a folder is called after what it holds (``results``), not after a model."""
    return folder.lower() in _data()["folders"]
