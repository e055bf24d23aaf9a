"""The merges of a study as recipes, and which of them differ in one parameter (a sweep) or in nothing but the seed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.rows import grouped
from mergekit_eval.schema import require


class Sweep(NamedTuple):
    """Merges that differ in one number of their recipe: its name, the common rest, and merge -> setting."""

    series: str
    parameter: str
    settings: dict[str, float]


@tables.makes("recipes")
def recipe_table(study: Any) -> pd.DataFrame:
    """Return the merges a study builds: merge, method, parents, base, parameters (flat mapping), seed, dtype.

    A merge that is given by a recipe file has no parameters here.
    """
    merges = study.merges.values() if study is not None else ()
    rows = [(m.name, m.method, tuple(m.parents), m.base, flat(m.parameters, m.recipe), m.seed, m.dtype) for m in merges]
    return pd.DataFrame(rows, columns=tables.columns("recipes"))


def flat(parameters: Mapping[str, Any], recipe: Any = None) -> dict[str, Hashable]:
    """Return name -> number, text or tuple; ``{weight: {math: 0.4}}`` becomes ``weight of math``."""
    out: dict[str, Hashable] = {"recipe": str(recipe)} if recipe else {}
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            out |= {f"{name} of {who}": _plain(one) for who, one in value.items()}
        else:
            out[name] = _plain(value)
    return out


def _plain(value: Any) -> Hashable:
    return tuple(map(_plain, value)) if isinstance(value, list | tuple) else value


def find_sweeps(recipes: pd.DataFrame, known: Iterable[str] | None = None) -> list[Sweep]:
    """Return every set of two or more merges that differ in one number and in nothing else.

    Parameters
    ----------
    recipes : DataFrame
        From `recipe_table`.
    known : iterable of str, optional
        Only these merges, e.g. the evaluated ones.
    """
    require(recipes, tables.columns("recipes"), "find_sweeps")
    rows = _kept(recipes, known)
    found = []
    names = dict.fromkeys(name for row in rows for name in row.parameters if is_number(row.parameters[name]))
    for name in names:
        sets: dict[Hashable, dict[str, float]] = {}
        for row in rows:
            if is_number(row.parameters.get(name)):
                sets.setdefault(_rest(row, name), {})[row.merge] = float(row.parameters[name])
        several = {rest: settings for rest, settings in sets.items() if len(set(settings.values())) > 1}
        labels = _labels(list(several), rows, several)
        found += [Sweep(labels[rest], name, settings) for rest, settings in several.items()]
    return found


class Replicates(NamedTuple):
    """Merges that differ in nothing but their seed, the first one of each seed, and which others are left out."""

    merges: list[str]
    note: str


def find_replicates(recipes: pd.DataFrame, known: Iterable[str] | None = None) -> dict[str, Replicates]:
    """Return name of the recipe -> its merges, one for each seed.

    A second merge of the same recipe and seed is the same merge again: it adds no seed, and the note names it.
    """
    require(recipes, tables.columns("recipes"), "find_replicates")
    rows = _kept(recipes, known)
    sets = grouped(rows, lambda row: _rest(row, None, seed=False))
    firsts = {rest: _first_of_each_seed(group) for rest, group in sets.items()}
    several = {rest: one for rest, one in firsts.items() if len(one.merges) > 1}
    labels = _labels(list(several), rows, {rest: dict.fromkeys(one.merges, 0.0) for rest, one in several.items()})
    return {labels[rest]: one for rest, one in several.items()}


def is_number(value: Any) -> bool:
    """Return whether a setting is a number (True and False are none)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kept(recipes: pd.DataFrame, known: Iterable[str] | None) -> list[Any]:
    wanted = None if known is None else set(known)
    return [row for row in recipes.itertuples(index=False) if wanted is None or row.merge in wanted]


def _first_of_each_seed(rows: Iterable[Any]) -> Replicates:
    by_seed = grouped(rows, lambda row: _plain_seed(row.seed))
    left_out = [
        f"without {again.merge}: same recipe and seed as {first.merge}"
        for first, *others in by_seed.values()
        for again in others
    ]
    return Replicates([same[0].merge for same in by_seed.values()], "; ".join(left_out))


def _rest(row: Any, without: str | None, *, seed: bool = True) -> Hashable:
    """Return everything about a merge except one parameter; equal for merges that differ in it alone."""
    others = tuple(sorted((k, repr(v)) for k, v in row.parameters.items() if k != without))
    return (row.method, tuple(row.parents), row.base, row.dtype, others, _plain_seed(row.seed) if seed else None)


def _plain_seed(seed: Any) -> Any:
    """Return a seed, None where there is none: a table may hold that as NaN, which differs from itself."""
    return None if pd.isna(seed) else seed


def _labels(keys: list[Any], rows: list[Any], members: Mapping[Any, Mapping[str, float]]) -> dict[Any, str]:
    """Return a name per set: its method, and what tells it from the others of that method."""
    first = {key: next(row for row in rows if row.merge in members[key]) for key in keys}
    return {key: _label(key, first[key], [k for k in keys if k[0] == key[0]]) for key in keys}


def _label(key: Any, row: Any, same: list[Any]) -> str:
    parts = [row.method]
    if len({other[1] for other in same}) > 1:
        parts.append(" + ".join(row.parents))
    common = set.intersection(*(set(other[4]) for other in same))
    parts += [f"{name}={value}" for name, value in key[4] if (name, value) not in common]
    if len({other[5] for other in same}) > 1:
        parts.append(f"seed {key[5]}")
    parts += [str(key[at]) for at in (2, 3) if len({other[at] for other in same}) > 1]
    return ", ".join(parts)
