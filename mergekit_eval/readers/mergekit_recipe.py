"""Recipes of merges that lie beside results: ``mergekit_config.yml`` and model cards. No result, but lineage."""

from __future__ import annotations

import re
from pathlib import Path

from mergekit_eval import lineage
from mergekit_eval.merge_forms import LARGEST, documents_of
from mergekit_eval.readers._base import Context, Head, Readout, Skipped
from mergekit_eval.readers._lm_eval import canonical, short_hash

NAME = "merge recipe"
KINDS = ("text",)
_STATED = re.compile(rb"^merge_method\s*:", re.MULTILINE)


def claims(head: Head) -> bool | str:
    """Claim texts that hold a recipe of mergekit, or metadata of a merged model; a broken recipe is refused."""
    try:
        return bool(recipes(head))
    except ValueError as error:
        return f"a recipe of mergekit that cannot be read: {error}" if _STATED.search(head.start) else False


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Pass the recipes on."""
    raise Skipped("no result: the recipe of a merge", {"lineage": facts(head), "recipe": _digest(head)})


def _digest(head: Head) -> str:
    """Return what tells recipes apart that differ in a number alone, "" for a model card; no order of keys counts."""
    try:
        return short_hash(canonical(documents_of(_text(head)))) if lineage.from_recipe(_text(head)) else ""
    except (ValueError, TypeError):  # not YAML; keys of several types cannot be sorted
        return ""


def facts(head: Head) -> list[dict]:
    """Return the recipes of a text as facts of its record: the merge first, then stages that have a name."""
    return [lineage.as_fact(recipe) for recipe in recipes(head)]


def recipes(head: Head) -> list[lineage.Recipe]:
    """Return the recipes of a text.

    Raises
    ------
    ValueError
        If it looks like a recipe and is not YAML.
    """
    if not any(mark in head.start for mark in (b"merge", b"experts")):
        return []
    text = _text(head)
    try:
        found = lineage.recipes_in(text)
    except ValueError:
        if not (found := lineage.recipes_of_card(text)):
            raise
    return found or lineage.recipes_of_card(text)


def _text(head: Head) -> str:
    data = head.start if head.size <= len(head.start) else head.path.read_bytes()[:LARGEST]
    return data.decode("utf-8", "replace").replace("\r\n", "\n")
