"""Recipes of merges that lie beside results: ``mergekit_config.yml`` and model cards. No result, but lineage."""

from __future__ import annotations

from pathlib import Path

from mergekit_eval import lineage
from mergekit_eval.readers._base import Context, Head, Readout, Skipped
from mergekit_eval.readers._lm_eval import short_hash

NAME = "merge recipe"
KINDS = ("text",)


def claims(head: Head) -> bool | str:
    """Claim texts that hold a recipe of mergekit, or metadata of a merged model."""
    return head.kind == "text" and _recipe(head) is not None


def read(path: Path, head: Head, ctx: Context) -> Readout:
    """Pass the recipe on."""
    recipe = _recipe(head)
    told = {"method": recipe.method, "parents": list(recipe.parents), "base": recipe.base, "from": recipe.known_from}
    raise Skipped("no result: the recipe of a merge", {"lineage": told, "recipe": _digest(head)})


def _digest(head: Head) -> str:
    """Return what tells recipes apart that differ in a number alone; comments and blank lines do not count."""
    if not lineage.from_recipe(head.start.decode("utf-8", "replace").replace("\r\n", "\n")):
        return ""
    lines = (line.partition(" #")[0].rstrip() for line in head.start.decode("utf-8", "replace").splitlines())
    return short_hash("\n".join(line for line in lines if line and not line.lstrip().startswith("#")))


def _recipe(head: Head) -> lineage.Recipe | None:
    if head.size > len(head.start) or not any(mark in head.start for mark in (b"merge", b"experts")):
        return None
    text = head.start.decode("utf-8", "replace").replace("\r\n", "\n")
    return lineage.from_recipe(text) or lineage.from_card(text)
