"""Groups of models that share weights (families), and the size of each model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import pandas as pd

from mergekit_eval.rows import merge_rows, reached
from mergekit_eval.wording import counted


class Family(NamedTuple):
    """Models that share weights, and what a legend calls them: the family, or the model that they were made from."""

    members: frozenset[str]
    label: str


Families = dict[str, Family]


def families_of(study: Any, merges: pd.DataFrame, models: Iterable[str]) -> Families:
    """Return the families among some models: those the study names, else each parent with all that was made from it.

    Parameters
    ----------
    study : Study or None
        Its models may say their ``family``; a merge belongs to that of its parents.
    merges : DataFrame
        merge, parents.
    models : iterable of str
        Who is asked about.

    Returns
    -------
    dict
        Name -> `Family`. Named families divide the models. Families by descent overlap, since a merge descends from all
        of its parents; "made from X" holds X too. Empty where nothing is known.
    """
    here, parents = list(models), {row.merge: tuple(row.parents) for row in merge_rows(merges)}
    named = _named(study, parents, here)
    if len(set(named.values())) > 1:
        kinds = dict.fromkeys(named[model] for model in here if model in named)
        return {kind: Family(frozenset(m for m in here if named.get(m) == kind), kind) for kind in kinds}
    roots = [name for name in dict.fromkeys(p for model in here for p in parents.get(model, ())) if name not in parents]
    descent = {root: frozenset(m for m in here if root in _ancestors(m, parents) | {m}) for root in roots}
    return {f"made from {root}": Family(members, root) for root, members in descent.items() if len(members) > 1}


def _named(study: Any, parents: dict[str, tuple[str, ...]], models: list[str]) -> dict[str, str]:
    known = {m.name: m.family for m in study.models.values() if m.family} if study is not None else {}
    for model in models:
        theirs = {known.get(name, "") for name in _ancestors(model, parents) if name not in parents}
        if model not in known and len(theirs) == 1 and "" not in theirs:
            known[model] = theirs.pop()
    return known


def _ancestors(model: str, parents: dict[str, tuple[str, ...]]) -> set[str]:
    return set(reached(parents.get(model, ()), lambda name: parents.get(name, ())))


def family_label(families: Families, models: Iterable[str]) -> dict[str, str]:
    """Return one label per model for a figure: its family, or that of its only ancestor, else "several" or "none"."""
    out = {}
    for model in models:
        names = [family.label for family in families.values() if model in family.members]
        out[model] = names[0] if len(names) == 1 else counted(len(names), "parent") if names else "no family known"
    return out


def sizes_of(study: Any, merges: pd.DataFrame) -> dict[str, float]:
    """Return billions of parameters where the study says so; a merge has the size of its parents if that is one.

    A mixture of experts is larger than its parents, so a merge by that method keeps no size but its own.
    """
    known = {m.name: float(m.params_b) for m in study.models.values() if m.params_b} if study is not None else {}
    for row in merge_rows(merges):
        sizes = {known[name] for name in row.parents if name in known}
        whole = all(name in known for name in row.parents)
        if row.merge not in known and whole and len(sizes) == 1 and "moe" not in str(row.method):
            known[row.merge] = sizes.pop()
    return known
