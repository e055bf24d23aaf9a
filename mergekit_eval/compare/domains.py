"""The capability that each model was trained for, which tells whether a task lies inside or outside of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pandas as pd

from mergekit_eval.packaged import packaged_yaml

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
    out, parents = dict(known), dict(zip(merges["merge"], merges["parents"], strict=True))
    for _ in range(len(parents)):
        inherited = {m: _union(out, p) for m, p in parents.items() if m not in known and _union(out, p)}
        if all(out.get(name) == value for name, value in inherited.items()):
            break
        out |= inherited
    return out


def _union(known: Domains, models: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*(known.get(name, frozenset()) for name in models))
