"""The capability that each model was trained for, which tells whether a task lies inside or outside of it."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pandas as pd

from mergekit_eval.packaged import packaged_yaml
from mergekit_eval.rows import reached

Domains = Mapping[str, frozenset[str]]


@cache
def _data() -> dict[str, Any]:
    return packaged_yaml("compare/domains.yaml")


def capability_of(domain: str) -> str:
    """Return the capability that a person's word for a domain means, e.g. coding -> code; unknown words as they are."""
    word = domain.strip().lower().replace(" ", "_").replace("-", "_")
    return next((name for name, others in _data()["aliases"].items() if word in others), word)


def held_out(task: str) -> str:
    """Return which of MergeBench's held-out benchmarks a task is, '' if none."""
    tasks = _data()["held_out"]
    return next((name for name, globs in tasks.items() if any(fnmatchcase(task, g) for g in globs)), "")


def domains_of(study: Any, merges: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Return the capabilities of every model that has a domain; a merge has those of its parents.

    Parameters
    ----------
    study : Study or None
        Its models state their domain; without a study no domain is known.
    merges : DataFrame
        merge, parents.

    Returns
    -------
    dict
        model -> capabilities; models of unknown domain are left out.
    """
    models = study.models.values() if study is not None else ()
    known = {model.name: frozenset({capability_of(model.domain)}) for model in models if model.domain}
    return with_merges(known, merges)


def with_merges(known: Domains, merges: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Return ``known`` with every merge that has no domain of its own given those of its parents, also in stages."""
    parents = dict(zip(merges["merge"], merges["parents"], strict=True))
    above = {name: reached([name], lambda one: () if one in known else parents.get(one, ())) for name in parents}
    found = {name: frozenset().union(*(known.get(one, ()) for one in models)) for name, models in above.items()}
    return dict(known) | {name: domains for name, domains in found.items() if domains}
