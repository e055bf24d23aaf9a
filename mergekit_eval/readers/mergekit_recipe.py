"""Recipes of merges that lie beside results: ``mergekit_config.yml`` and model cards. No result, but lineage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mergekit_eval import lineage
from mergekit_eval.readers._base import Context, Head, Readout, Skipped, readers_of

NAME = "merge recipe"
KINDS = ("text",)
# Readers of texts that hold scores; they pass on the lineage of a card that they read.
SCORES_IN_TEXT = ("model card", "lm-eval printed table", "model-table")


def claims(head: Head) -> bool | str:
    """Claim texts that hold a recipe of mergekit, or metadata of a merged model, and no scores."""
    if head.kind != "text" or _recipe(head) is None:
        return False
    scored = (reader for reader in readers_of(head.kind) if reader.NAME in SCORES_IN_TEXT)
    return not any(reader.holds_scores(head) for reader in scored)


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Pass the recipe on."""
    raise Skipped("no result: the recipe of a merge", told_lineage(head))


def told_lineage(head: Head) -> dict[str, Any]:
    """Return the fact that passes on what a text says of a merge, {} where it says nothing."""
    recipe = _recipe(head)
    if recipe is None:
        return {}
    told = {"method": recipe.method, "parents": list(recipe.parents), "base": recipe.base, "from": recipe.known_from}
    return {"lineage": told}


def _recipe(head: Head) -> lineage.Recipe | None:
    if head.size > len(head.start) or not any(mark in head.start for mark in (b"merge", b"experts")):
        return None
    text = head.start.decode("utf-8", "replace").replace("\r\n", "\n")
    return lineage.from_recipe(text) or lineage.from_card(text)
