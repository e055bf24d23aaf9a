"""Recipes of merges that lie beside results: ``mergekit_config.yml`` and model cards. No result, but lineage."""

from __future__ import annotations

import re
from pathlib import Path

from mergekit_eval import lineage
from mergekit_eval.merge_forms import LARGEST
from mergekit_eval.readers._base import Context, Head, Readout, Skipped
from mergekit_eval.readers._lm_eval import short_hash

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
    """Return what tells recipes apart that differ in a number alone; comments and blank lines do not count."""
    if not lineage.from_recipe(head.start.decode("utf-8", "replace").replace("
", "
")):
        return ""
    lines = (line.partition(" #")[0].rstrip() for line in head.start.decode("utf-8", "replace").splitlines())
    return short_hash("
".join(line for line in lines if line and not line.lstrip().startswith("#")))


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
    data = head.start if head.size <= len(head.start) else head.path.read_bytes()[:LARGEST]
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    try:
        found = lineage.recipes_in(text)
    except ValueError:
        if not (found := lineage.recipes_of_card(text)):
            raise
    return found or lineage.recipes_of_card(text)
