"""Recipes of merges that lie beside results: ``mergekit_config.yml`` and model cards. No result, but lineage."""

from __future__ import annotations

from pathlib import Path

from mergekit_eval import lineage
from mergekit_eval.readers._base import Context, Head, Readout, Skipped

NAME = "merge recipe"
KINDS = ("text",)


def claims(head: Head) -> bool | str:
    """Claim texts that hold a recipe of mergekit, or metadata of a merged model."""
    return head.kind == "text" and _recipe(head) is not None


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Pass the recipe on."""
    recipe = _recipe(head)
    told = {"method": recipe.method, "parents": list(recipe.parents), "base": recipe.base, "from": recipe.known_from}
    raise Skipped("no result: the recipe of a merge", {"lineage": told})


def _recipe(head: Head) -> lineage.Recipe | None:
    if head.size > len(head.start) or not any(mark in head.start for mark in (b"merge", b"experts")):
        return None
    text = head.start.decode("utf-8", "replace").replace("\r\n", "\n")
    return lineage.from_recipe(text) or lineage.from_card(text)
