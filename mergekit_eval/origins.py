"""Where every model of a session comes from: what the study says, else what the files say, under one set of names."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from mergekit_eval import lineage, tables
from mergekit_eval.collect.doubtful_runs import sanitized
from mergekit_eval.collect.identify import study_names
from mergekit_eval.errors import RunError
from mergekit_eval.lineage import COLUMNS
from mergekit_eval.merge_recipe import Recipe, understood
from mergekit_eval.readers._lm_eval import tidy
from mergekit_eval.schema import Tables
from mergekit_eval.study import Merge, Model, Study

_ROLES = ("parent", "base", "merge")  # a model with several is named by the last


def merge_table(study: Study | None, collection: Tables) -> pd.DataFrame:
    """Return one row per merge with its origin: from the study first, else from the files' own lineage.

    Returns
    -------
    DataFrame
        merge, method, parents (tuple), base, known_from, inert (tuple), stages (tuple of texts), unclear, reference
        (the parent that a study names for its verdict, '' without). The base is never one of the parents; a model that
        adds nothing is in ``inert`` and no parent.
    """
    told = _of_files(collection.scores, _Names(collection.scores, study))
    if study:
        told |= {name: _of_study(study, merge, told.get(name)) for name, merge in study.merged().items()}
    found = pd.DataFrame([(name, *rest) for name, rest in told.items()], columns=COLUMNS)
    named = {name: merge.reference for name, merge in study.merged().items()} if study else {}
    return tables.conform(found.assign(reference=[named.get(name, "") for name in found["merge"]]), "merges")


def lineage_table(study: Study | None, collection: Tables) -> pd.DataFrame:
    """Return one row per model of the results: model, role, and for merges the columns of `merge_table`."""
    merges = merge_table(study, collection).rename(columns={"merge": "model"}).drop(columns="reference")
    models = collection.scores[["model", "role"]].drop_duplicates("model")
    out = models.merge(merges, on="model", how="left")
    empty = {name: () if name in ("parents", "inert", "stages") else "" for name in COLUMNS[1:]}
    for name, value in empty.items():
        out[name] = [value if isinstance(one, float) else one for one in out[name]]
    return tables.conform(out, "lineage")


def with_origins(collection: Tables, study: Study | None) -> pd.DataFrame:
    """Return the scores; a model without a role that is a merge, a parent or a base of one has that."""
    scores, roles = collection.scores, dict[str, str]()
    merges = merge_table(study, collection)
    parents = [parent for parents in merges["parents"] for parent in parents]
    named: dict[str, Iterable[str]] = {"parent": parents, "base": merges["base"], "merge": merges["merge"]}
    for role in _ROLES:
        roles |= dict.fromkeys(named[role], role)
    bare = scores["role"].eq("") & scores["model"].isin(roles)
    return scores.assign(role=scores["role"].where(~bare, scores["model"].map(roles))) if bare.any() else scores


class _Names:
    """What a recipe calls a model -> what the tables call it."""

    def __init__(self, scores: pd.DataFrame, study: Study | None) -> None:
        self.known = study_names(study) if study else {}
        models = scores[["model", "model_name"]].drop_duplicates()
        self.models = set(models["model"])
        spelled: dict[str, set[str]] = {}
        for model, stated in models.itertuples(index=False):
            for one in {stated, tidy(stated), sanitized(tidy(model)), sanitized(tidy(stated))}:
                spelled.setdefault(one, set()).add(model)
        self.spelled = {name: next(iter(found)) for name, found in spelled.items() if name and len(found) == 1}

    def of(self, name: str) -> str:
        """Return the name of a model in the tables; the recipe's own where none fits or several do."""
        clean = tidy(name)
        safe = sanitized(clean)
        if found := self.known.get(clean) or self.known.get(safe):
            return found
        return clean if clean in self.models else self.spelled.get(clean) or self.spelled.get(safe) or clean


def _of_files(scores: pd.DataFrame, names: _Names) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    columns = lineage.from_scores(scores)[COLUMNS]
    for merge, method, listed, stated, known_from, without, stages, unclear in columns.itertuples(index=False):
        parents = _each(names, listed, merge)
        base = names.of(stated) if stated else ""
        # some leaderboards name a merge as its own base
        base = "" if base in (merge, *parents) else base
        inert = tuple(name for name in _each(names, without, merge) if name not in (base, *parents))
        found[merge] = (method, parents, base, known_from, inert, stages, unclear)
    return found


def _each(names: _Names, listed: Iterable[str], merge: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for found in map(names.of, listed) if found != merge))


def _of_study(study: Study, merge: Merge | Model, told: tuple[Any, ...] | None) -> tuple[Any, ...]:
    """Return the origin a study gives a merge; what it leaves out comes from the files."""
    recipe = _recipe(study, merge)
    inert = tuple(name for name in recipe.inert if name in merge.parents) if recipe else ()
    parents = tuple(name for name in merge.parents if name not in inert)
    stages, unclear = tuple(map(str, recipe.stages if recipe else ())), "; ".join(recipe.unclear if recipe else ())
    if told is None:
        return merge.method, parents, merge.base, "study", inert, stages, unclear
    method, theirs, base, known_from, *rest = told
    if not merge.parents:
        base = merge.base or base
        return merge.method or method, theirs, "" if base in theirs else base, f"study, {known_from}", *rest
    if theirs and set(theirs) != set(parents):
        unclear = "; ".join(filter(None, (unclear, f"{known_from} names other parents: {', '.join(theirs)}")))
    base = merge.base or ("" if base in parents else base)
    return merge.method or method, parents, base, "study", inert or rest[0], stages or rest[1], unclear


def _recipe(study: Study, merge: Merge | Model) -> Recipe | None:
    """Return the recipe that a study's own merge is built by, under the study's names; None for a ready-made one."""
    from mergekit_eval.run.recipes import models_of, recipe, with_paths

    if not isinstance(merge, Merge):
        return None
    try:
        config = recipe(study, merge)
    except RunError as error:
        return Recipe(merge.method, unclear=(str(error),))
    if merge.recipe:
        known, paths = study_names(study), models_of(study, merge, config)
        config = with_paths(config, {name: known.get(tidy(path), name) for name, path in paths.items()})
    return next(iter(understood([config], "study")), None)
