"""Which models of the results take part, and how many can be compared at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from mergekit_eval.errors import DataError, explain
from mergekit_eval.rows import reached
from mergekit_eval.study import Study
from mergekit_eval.wording import counted

if TYPE_CHECKING:  # the readers are loaded only where something is read
    from mergekit_eval.collect.folders import Collection

# What one notebook computes in two minutes and a page of 10 MB shows; whole leaderboards have several times as many.
MOST_MODELS, MOST_COMPARISONS = 1_000, 300_000


def keep_named(collection: Collection, study: Study) -> str:
    """Drop every model that the study does not name from a collection, and return the sentence that says so."""
    left = _keep(collection, study.names())
    return f"Left out: {counted(left, 'model')} of the results that the study does not name." if left else ""


def keep_related(collection: Collection, merges: pd.DataFrame, models: Iterable[str]) -> str:
    """Drop every model but some, their parents and their bases from a collection, and return the sentence on it.

    Parameters
    ----------
    collection : Collection
        Its ``scores`` and ``items`` are replaced.
    merges : DataFrame
        merge, parents, base (`origins.merge_table`).
    models : iterable of str
        Names as in the tables or as the result files spell them.

    Raises
    ------
    DataError
        For a name that no model has.
    """
    names = collection.scores[["model", "model_name"]].drop_duplicates()
    kept: set[str] = set()
    for name in models:
        meant = names.loc[names["model"].eq(name) | names["model_name"].eq(name), "model"]
        if meant.empty:
            known = list(names["model"].drop_duplicates())
            near = difflib.get_close_matches(str(name), known, n=5)
            todo = f"Nearest: {', '.join(near)}." if near else ""
            raise DataError(
                explain("results", "models", name, f"any of the {counted(len(known), 'model')} there", todo)
            )
        kept |= set(meant)
    origins = _origins(merges)
    left = _keep(collection, reached(kept, lambda name: origins.get(name, set())))
    return f"Left out: {counted(left, 'model')} that are not in `models` and no parent or base of one that is."


def _origins(merges: pd.DataFrame) -> dict[str, set[str]]:
    """Return merge -> its parents and its base."""
    columns = zip(merges["merge"], merges["parents"], merges["base"], strict=True)
    return {merge: {*parents, base} for merge, parents, base in columns}


def _keep(collection: Collection, names: Iterable[str]) -> int:
    """Keep the models of these names, and return how many are left out."""
    wanted, before = set(names), collection.scores["model"].nunique()
    collection.scores = collection.scores[collection.scores["model"].isin(wanted)]
    collection.items = collection.items[collection.items["model"].isin(wanted)]
    return int(before - collection.scores["model"].nunique())


def ask_what_to_compare(collection: Collection, merges: pd.DataFrame) -> str:
    """Return the question which models to compare, where there are more than one notebook computes and shows, else ''.

    The question has the numbers, the limits, and the parameters that choose. Where it is asked, no model is kept.
    """
    tasks = collection.scores.groupby("model")["task"].nunique()
    present = set(tasks.index)
    references = {merge: len(models & present) for merge, models in _origins(merges).items()}
    comparisons = sum(int(tasks.get(merge, 0)) * count for merge, count in references.items())
    if len(tasks) <= MOST_MODELS and comparisons <= MOST_COMPARISONS:
        return ""
    merged = [merge for merge in merges["merge"] if references[merge] and merge in present]
    example = ", ".join(f'"{name}"' for name in (merged or list(tasks.index))[:2])
    _keep(collection, ())
    return (
        f"Nothing is computed yet: {counted(len(tasks), 'model')} and {counted(comparisons, 'comparison')} of a merge "
        f"with its base or a parent on one task; at most {MOST_MODELS:,} and {MOST_COMPARISONS:,} are compared at "
        f"once. Choose with the parameter `models`, such as models = [{example}]: these, their parents and their "
        "bases; or, with a study, others = False: only the models that it names."
    )
