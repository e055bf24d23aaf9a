"""Recipes of merges that lie beside results: ``mergekit_config.yml`` and model cards. No result, but lineage."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from mergekit_eval import lineage
from mergekit_eval.merge_forms import LARGEST, documents_of
from mergekit_eval.merge_recipe import Recipe
from mergekit_eval.readers._base import Context, Readout, Skipped, readers_of
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._limits import opened
from mergekit_eval.readers._lm_eval import canonical, short_hash

NAME = "merge recipe"
KINDS = ("text",)
# Readers of texts that hold scores; they pass on the lineage of a card that they read.
SCORES_IN_TEXT = ("model card", "lm-eval printed table", "model-table")
_STATED = re.compile(rb"^merge_method\s*:", re.MULTILINE)


def claims(head: Head) -> bool | str:
    """Claim texts with a recipe of mergekit or metadata of a merge, and no scores; a broken recipe is refused."""
    try:
        found = bool(_recipes(head))
    except ValueError as error:
        return f"a recipe of mergekit that cannot be read: {error}" if _STATED.search(head.start) else False
    scored = (reader for reader in readers_of(head.kind) if reader.NAME in SCORES_IN_TEXT)
    return found and not any(reader.holds_scores(head) for reader in scored)


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Pass the recipes on."""
    raise Skipped("no result: the recipe of a merge", told_lineage(head))


def told_lineage(head: Head) -> dict[str, Any]:
    """Return the facts that pass on what a text says of a merge, {} where it says nothing."""
    try:
        found = _recipes(head)
    except ValueError:
        found = []
    return {"lineage": [lineage.as_fact(recipe) for recipe in found], "recipe": _digest(head, found)} if found else {}


def _digest(head: Head, found: list[Recipe]) -> str:
    """Return what tells recipes apart that differ in a number alone, "" for a model card; no order of keys counts."""
    if found[0].known_from == lineage.CARD:
        return ""
    try:
        return short_hash(canonical(documents_of(_text(head))))
    except TypeError:  # keys of several types cannot be sorted
        return ""


def _recipes(head: Head) -> list[Recipe]:
    """Return the recipes of a text; raises ValueError if it looks like one and is not YAML."""
    marked = any(mark in head.start for mark in (b"merge", b"experts"))
    return _recipes_in(_text(head)) if marked else []


@lru_cache(maxsize=2)
def _recipes_in(text: str) -> list[Recipe]:
    """Return the recipes of a text; kept, since readers ask for them when they claim a file and when they read it."""
    try:
        found = lineage.recipes_in(text)
    except ValueError:
        if not (found := lineage.recipes_of_card(text)):
            raise
    return found or lineage.recipes_of_card(text)


def _text(head: Head) -> str:
    if head.size <= len(head.start):
        return _decoded(head.start)
    with opened(head.path) as file:
        return _decoded(file.read(LARGEST))


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n")
