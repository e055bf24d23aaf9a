"""Where a merged model comes from: mergekit's recipe, a model card, or a name that carries a recipe."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd
import yaml

from mergekit_eval.readers._model_names import is_default

COLUMNS = ["merge", "method", "parents", "base", "known_from"]
LARGEST = 1 << 20
_FENCE = re.compile(r"^```(?:ya?ml)?[ \t]*\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Recipe:
    """One merge.

    Parameters
    ----------
    method, base : str
        Empty where unknown or without base.
    parents : tuple of str
        Models that go in, each once, in the order of the recipe; stages of a staged merge are replaced by theirs.
    parameters : dict
        What the recipe says of the whole merge.
    stages : tuple of Recipe
        Earlier stages of a staged merge.
    known_from : str
        Where this was read.
    """

    method: str
    parents: tuple[str, ...] = ()
    base: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    stages: tuple[Recipe, ...] = ()
    known_from: str = ""

    @property
    def idle(self) -> tuple[str, ...]:
        """Parents whose task vector is zero because they are the base."""
        return tuple(p for p in self.parents if p == self.base) if self.method in _data()["task_vectors"] else ()


@cache
def _data() -> dict[str, Any]:
    return yaml.safe_load(files("mergekit_eval").joinpath("lineage.yaml").read_text(encoding="utf-8"))


def from_recipe(text: str, known_from: str = "mergekit_config.yml") -> Recipe | None:
    """Return the merge that mergekit's YAML describes, several documents being stages; None if it is no recipe."""
    if len(text) > LARGEST or not re.search(r"^\s*(merge_method|experts|slices)\s*:", text, re.MULTILINE):
        return None
    try:
        documents = [one for one in yaml.safe_load_all(text) if isinstance(one, dict)]
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    stages: dict[str, Recipe] = {}
    last: Recipe | None = None
    for number, one in enumerate(documents):
        last = _stage(one, stages, known_from)
        if last is None:
            return None
        stages[str(one.get("name") or f"stage {number + 1}")] = last
    return last


def _stage(document: dict[str, Any], stages: dict[str, Recipe], known_from: str) -> Recipe | None:
    method = document.get("merge_method") or ("moe" if isinstance(document.get("experts"), list) else "")
    if not isinstance(method, str) or not method:
        return None
    named = list(dict.fromkeys(name for name in map(_model, _sources(document)) if name))
    used = tuple(stages[name] for name in named if name in stages)
    parents = [p for name in named for p in (stages[name].parents if name in stages else (name,))]
    base = _model(document.get("base_model"))
    parameters = document.get("parameters") if isinstance(document.get("parameters"), dict) else {}
    base = stages[base].base if base in stages else base
    return Recipe(method, tuple(dict.fromkeys(parents)), base, parameters, used, known_from)


def _sources(document: dict[str, Any]) -> Iterable[Any]:
    """Yield every place of a recipe that names a model."""
    for entry in _list(document.get("models")) + _list(document.get("experts")):
        yield entry.get("model", entry.get("source_model")) if isinstance(entry, dict) else entry
    for part in _list(document.get("slices")):
        for source in _list(part.get("sources") if isinstance(part, dict) else None):
            yield source.get("model") if isinstance(source, dict) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _model(value: Any) -> str:
    """Return the name in mergekit's two spellings of a model, a text or a mapping with ``model: {path: ...}``."""
    while isinstance(value, dict):
        value = value.get("model", value.get("path"))
    return value.strip().rstrip("/") if isinstance(value, str) else ""


def from_card(text: str) -> Recipe | None:
    """Return the merge a model card tells of: its recipe in a code block, else its metadata; None if it is no merge."""
    for block in _FENCE.findall(text[:LARGEST]):
        if recipe := from_recipe(block, "model card"):
            return recipe
    if not text.startswith("---"):
        return None
    try:
        head = yaml.safe_load(text[3:LARGEST].split("\n---", 1)[0])
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    if not isinstance(head, dict):
        return None
    tags = {str(tag).lower() for tag in _list(head.get("tags"))}
    if not (tags & {"merge", "mergekit"} or head.get("base_model_relation") == "merge"):
        return None
    models = head.get("base_model")
    parents = tuple(m for m in ([models] if isinstance(models, str) else _list(models)) if isinstance(m, str))
    return Recipe("unknown", parents, known_from="model card")


def from_name(name: str) -> Recipe | None:
    """Return the merge that a folder or model name tells of, None if it tells of none."""
    for entry in _data()["names"]:
        found = re.search(entry["pattern"], name[:1000])
        if found is None:
            continue
        parts = found.groupdict()
        base = parts.get("base") or ""
        experts = [_data()["experts"].get(one) for one in (parts.get("experts") or "").split("-") if one]
        known = base and experts and all(experts)
        parents = tuple(f"MergeBench/{base}_{domain}" for domain in experts) if known else ()
        return Recipe(parts["method"], parents, base, _pairs(parts.get("rest") or ""), known_from=entry["from"])
    return None


def _pairs(text: str) -> dict[str, str]:
    """Return ``_key_value_key_value`` as a dict; a key may itself hold underscores, its value is the next number."""
    return dict(re.findall(r"_([A-Za-z_]+?)_(-?[0-9.]+(?:e-?\d+)?)(?=_|$)", text))


def from_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the lineage that the columns of ``scores`` carry: merge, method, parents (tuple), base, known_from."""
    columns = ["model", "merge_method", "merge_parents", "merge_base", "merge_from"]
    rows = scores.loc[scores["merge_method"] != "", columns].drop_duplicates()
    found = [
        (row.model, row.merge_method, tuple(json.loads(row.merge_parents or "[]")), row.merge_base, row.merge_from)
        for row in rows.itertuples(index=False)
    ]
    return pd.DataFrame(found, columns=COLUMNS)


def join_lineage(scores: pd.DataFrame, recipes: dict[str, Recipe]) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    """Return the rows with their lineage columns filled, and what is odd about it.

    Parameters
    ----------
    scores : DataFrame
        With ``file``, the relative name of each row's file.
    recipes : dict
        Relative folder -> recipe found in it. A recipe belongs to the models whose files lie in its folder or below
        (the deepest folder wins) if that is one model only, and to a model named like the folder.
    """
    unknown = scores["merge_method"] == ""
    pairs = scores.loc[unknown, ["model", "model_name", "file", "source_file"]].drop_duplicates()
    inside = _inside(scores, recipes)
    names: dict[str, str] = {}
    files: dict[str, list[tuple[str, str]]] = {}
    for model, name, file, source in pairs.itertuples(index=False, name=None):
        names.setdefault(model, model if is_default(name) else name or model)
        files.setdefault(model, []).append((file, source))
    told: dict[str, Recipe] = {}
    problems = []
    for model, mine in sorted(files.items()):
        recipe = _of_model(names[model], {file for file, _ in mine}, recipes, inside)
        if recipe is None:
            continue
        told[model] = recipe
        if recipe.idle:
            text = f"{model}: the base {recipe.base} is also a parent, so its task vector is zero in {recipe.method}"
            problems.append({"file": mine[0][1], "kind": "note", "message": text, "todo": ""})
    return _filled(scores, unknown, told), problems


def _filled(scores: pd.DataFrame, unknown: pd.Series, told: dict[str, Recipe]) -> pd.DataFrame:
    if not told:
        return scores
    columns = {
        "merge_method": {model: recipe.method or "unknown" for model, recipe in told.items()},
        "merge_parents": {m: json.dumps(recipe.parents) if recipe.parents else "" for m, recipe in told.items()},
        "merge_base": {model: recipe.base for model, recipe in told.items()},
        "merge_from": {model: recipe.known_from for model, recipe in told.items()},
    }
    new = {name: scores[name].mask(unknown, scores["model"].map(by).fillna("")) for name, by in columns.items()}
    return scores.assign(**new)


def _inside(scores: pd.DataFrame, recipes: dict[str, Recipe]) -> dict[str, set[str]]:
    """Return the files below each folder with a recipe, for folders whose files are all of one model, deepest first."""
    pairs = scores[["file", "model_name"]].drop_duplicates()
    found = {}
    for folder in sorted(recipes, key=len, reverse=True):
        below = pairs[pairs["file"].str.startswith(f"{folder}/" if folder else "")]
        if len(set(below["model_name"])) == 1:
            found[folder] = set(below["file"])
    return found


def _of_model(name: str, files: set[str], recipes: dict[str, Recipe], inside: dict[str, set[str]]) -> Recipe | None:
    for folder, recipe in recipes.items():
        if posixpath.basename(folder) and posixpath.basename(folder) == posixpath.basename(name.rstrip("/")):
            return recipe
    for folder, below in inside.items():
        if files <= below:
            return recipes[folder]
    return from_name(name)
