"""Where a merged model comes from: mergekit's recipe, a model card, or a name that carries a recipe."""

import json
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from functools import cache
from typing import Any

import pandas as pd

from mergekit_eval.merge_forms import LARGEST, MARKS, documents_of
from mergekit_eval.merge_recipe import Recipe, understood
from mergekit_eval.packaged import packaged_yaml
from mergekit_eval.readers._lm_eval import tidy
from mergekit_eval.readers._model_names import is_default
from mergekit_eval.rows import grouped

CARD = "model card"
COLUMNS = ["merge", "method", "parents", "base", "known_from", "inert", "stages", "unclear"]
_OF_SCORES = ["method", "parents", "base", "from", "inert", "stages", "unclear"]
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)[^\n]*\n(.*?)^ {0,3}\1", re.DOTALL | re.MULTILINE)
# Files that speak of the folder they lie in; other recipes do so only where they are the only one there.
_OF_FOLDER = re.compile(r"(mergekit_(moe_)?config|best_config)\.ya?ml|readme\.md", re.IGNORECASE)


@cache
def _data() -> dict[str, Any]:
    return packaged_yaml("lineage.yaml")


def recipes_in(text: str, known_from: str = "mergekit_config.yml") -> list[Recipe]:
    """Return the merge that mergekit's YAML describes, then its named stages; [] if it is no recipe.

    Raises
    ------
    ValueError
        If the text looks like a recipe and is not YAML.
    """
    return understood(documents_of(text), known_from) if MARKS.search(text) else []


def recipes_of_card(text: str) -> list[Recipe]:
    """Return the merge of a model card (code blocks, else metadata), then its named stages; [] if it is no merge."""
    documents, broken = [], []
    for _, block in _FENCE.findall(text[:LARGEST]):
        try:
            documents += documents_of(block) if MARKS.search(block) else []
        except ValueError as error:
            broken.append(f"a block of the card: {error}")
    recipes = understood(documents, CARD, last_wins=True)
    if recipes:
        return [replace(recipes[0], unclear=(*recipes[0].unclear, *broken)), *recipes[1:]]
    return [replace(found, unclear=(*found.unclear, *broken))] if (found := _from_metadata(text)) else []


def _from_metadata(text: str) -> Recipe | None:
    if not text.startswith("---"):
        return None
    try:
        head = next(iter(documents_of(text[3:LARGEST].split("\n---", 1)[0])), {})
    except ValueError:
        return None
    tags = {str(tag).lower() for tag in head["tags"]} if isinstance(head.get("tags"), list) else set()
    if not (tags & {"merge", "mergekit"} or head.get("base_model_relation") == "merge"):
        return None
    models = head.get("base_model")
    named = [models] if isinstance(models, str) else models if isinstance(models, list) else []
    parents = tuple(dict.fromkeys(tidy(model) for model in named if isinstance(model, str) and tidy(model)))
    why = "the card's metadata names the models of the merge, not its method nor which of them is the base"
    return Recipe("unknown", parents, known_from=CARD, unclear=(why,))


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


def as_fact(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as plain values that a record of a file can hold; `from_fact` makes it a recipe again."""
    return asdict(replace(recipe, stages=())) | {"parameters": {}, "stages": [str(stage) for stage in recipe.stages]}


def from_fact(fact: Mapping[str, Any]) -> Recipe:
    """Return the recipe of `as_fact`; its stages are texts."""
    stated: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in fact.items()}
    return Recipe(**stated)


def from_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the lineage that the columns of ``scores`` carry, one row per merge; lists are tuples."""
    columns = ["model", *(f"merge_{name}" for name in _OF_SCORES)]
    rows = scores.loc[scores["merge_method"] != "", columns].drop_duplicates("model")
    for name in ("merge_parents", "merge_inert", "merge_stages"):
        rows[name] = rows[name].map(lambda text: tuple(json.loads(text or "[]")))
    return rows.set_axis(COLUMNS, axis="columns").reset_index(drop=True)


def join_lineage(
    scores: pd.DataFrame, recipes: Mapping[str, list[Recipe]]
) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    """Return the rows with their lineage columns filled, and what is odd about it.

    Parameters
    ----------
    scores : DataFrame
        With ``file``, the relative name of each row's file.
    recipes : mapping
        Relative name of a file -> the recipes in it, the merge first. A recipe belongs to a model of its own name, to
        the one named like its file or folder, or to the only model below its folder that it does not name itself.
    """
    unknown = scores["merge_method"] == ""
    pairs = scores.loc[unknown, ["model", "model_name", "file", "source_file"]].drop_duplicates()
    owners, problems = _owners(pairs, recipes)
    for model, name in pairs[["model", "model_name"]].drop_duplicates("model").itertuples(index=False):
        if model not in owners and (found := from_name(name or model)):
            owners[model] = found
    first = pairs.drop_duplicates("model").set_index("model")["source_file"].to_dict()
    problems += [one for model, recipe in sorted(owners.items()) for one in _doubts(model, recipe, first[model])]
    return _filled(scores, unknown, owners), problems


def _owners(pairs: pd.DataFrame, recipes: Mapping[str, list[Recipe]]) -> tuple[dict[str, Recipe], list[dict[str, str]]]:
    """Return model -> its recipe, and the recipes that belong to no model or compete for one."""
    claims: dict[str, dict[str, Recipe]] = defaultdict(dict)
    speaking, ends = _speaking(recipes), _by_last_part(pairs)
    counted = {
        file: found for file, found in recipes.items() if file in speaking or not _OF_FOLDER.fullmatch(_name(file))
    }
    left = []
    for file, found in sorted(counted.items(), key=lambda one: -one[0].count("/")):
        for place, recipe in enumerate(found):
            models = _named(ends, recipe.name)
            if place == 0 and not models:
                models = _named(ends, _own_name(file)) or (_below(pairs, recipe, file) if file in speaking else set())
            for model in models:
                claims[model].setdefault(file, recipe)
            left += [(file, recipe)] if place == 0 and not models else []
    problems = [
        _problem(
            file,
            f"{recipe.method} of {_few(recipe.parents)}: belongs to no model read here",
            "put it beside the merge's results, or state the lineage in a study",
        )
        for file, recipe in left
    ]
    owners = {}
    for model, by_file in claims.items():
        kinds = {(one.method, one.parents, one.base, one.inert): file for file, one in by_file.items()}
        owners[model] = next(iter(by_file.values()))
        if len(kinds) > 1:
            told = f"{model}: unequal recipes in {_few(sorted(by_file))}; none is taken"
            problems.append(_problem(next(iter(by_file)), told, "keep the one the merge was made by"))
            owners[model] = Recipe("unknown", known_from="several recipes", unclear=("unequal recipes",))
    return owners, problems


def _speaking(recipes: Iterable[str]) -> set[str]:
    """Return the files that speak of their folder: a configuration before a card, another file only if it is alone."""
    speaking = set()
    for here in grouped(recipes, posixpath.dirname).values():
        known = [file for file in here if _OF_FOLDER.fullmatch(_name(file))]
        config = [file for file in known if not file.lower().endswith(".md")]
        speaking |= set(config or known or (here if len(here) == 1 else ()))
    return speaking


def _own_name(file: str) -> str:
    """Return what a recipe's file is called: its own name, its folder's where the name is one that all recipes have."""
    name = _name(file)
    return _name(posixpath.dirname(file)) if _OF_FOLDER.fullmatch(name) else posixpath.splitext(name)[0]


def _name(path: str) -> str:
    """Return the last part of a path or of a model's name."""
    return posixpath.basename(path.rstrip("/"))


def _by_last_part(pairs: pd.DataFrame) -> dict[str, set[str]]:
    """Return last part of a name -> the models that are called so, by their own name or by their file's."""
    found: dict[str, set[str]] = defaultdict(set)
    for model, stated in pairs[["model", "model_name"]].drop_duplicates().itertuples(index=False, name=None):
        for name in (model, stated):
            found[_name(name)].add(model)
    return found


def _named(ends: Mapping[str, set[str]], name: str) -> set[str]:
    """Return the models whose name ends in a name; a default name such as ``merged`` is that of any model."""
    return set() if not name or is_default(name) else ends.get(name, set())


def _below(pairs: pd.DataFrame, recipe: Recipe, file: str) -> set[str]:
    """Return the only model below the recipe's folder that is none of the recipe's own sources, or nothing."""
    folder = posixpath.dirname(file)
    below = pairs[pairs["file"].str.startswith(f"{folder}/" if folder else "")]
    sources = {*recipe.parents, *recipe.inert, recipe.base} - {""}
    own = ~below["model"].isin(sources) & ~below["model_name"].map(tidy).isin(sources)
    models = set(below.loc[own, "model"])
    return models if len(models) == 1 else set()


def _doubts(model: str, recipe: Recipe, file: str) -> Iterable[dict[str, str]]:
    for text in recipe.unclear:
        yield _problem(file, f"{model}: {recipe.known_from}: {text}", "state method, parents and base in a study")
    if recipe.inert:
        text = f"{model}: {_few(recipe.inert)} adds nothing in its recipe (weight or density 0) and is no parent"
        yield _problem(file, text, "nothing")


def _problem(file: str, message: str, todo: str) -> dict[str, str]:
    return {"file": file, "kind": "lineage", "message": message, "todo": todo}


def _few(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:4]) + (f" and {len(listed) - 4} more" if len(listed) > 4 else "")


def _filled(scores: pd.DataFrame, unknown: pd.Series, owners: Mapping[str, Recipe]) -> pd.DataFrame:
    if not owners:
        return scores
    cells = {model: _cells(recipe) for model, recipe in owners.items()}
    new = {}
    for name in _OF_SCORES:
        told = scores["model"].map({model: cell[name] for model, cell in cells.items()}).fillna("")
        new[f"merge_{name}"] = scores[f"merge_{name}"].mask(unknown, told)
    return scores.assign(**new)


def _cells(recipe: Recipe) -> dict[str, str]:
    lists = {"parents": recipe.parents, "inert": recipe.inert, "stages": tuple(map(str, recipe.stages))}
    texts = {"method": recipe.method or "unknown", "base": recipe.base, "from": recipe.known_from}
    return (
        texts
        | {name: json.dumps(many) if many else "" for name, many in lists.items()}
        | {"unclear": "; ".join(recipe.unclear)}
    )
