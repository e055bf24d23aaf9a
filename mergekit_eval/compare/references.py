"""The references of a merge, on one task and on several, with their names and weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from mergekit_eval.compare.engine import scopes
from mergekit_eval.compare.merge_context import Relatives, View

BASE, PARENT, BEST, MEAN, SPECIALIST = "base", "parent", "best parent", "mean parent", "specialist"
REFERENCE = "reference"
OWN = "each task's own"

# Some tasks, each with the places of the models that are averaged there.
Used = Sequence[tuple[View, tuple[int, ...]]]


def against(view: View, places: Iterable[int]) -> np.ndarray:
    """Return the weights of the merge minus the mean of some relatives."""
    weights, places = np.zeros(len(view.block.models)), list(places)
    weights[0], weights[places] = 1.0, -1 / len(places)
    return weights


def mean_of(view: View) -> str:
    """Return the name of the mean parent."""
    return f"mean of {', '.join(view.block.models[i] for i in view.parents)}"


def references(view: View) -> Iterator[tuple[str, str, Used]]:
    """Yield every relative on one task: kind, name, and the view with the places of the models."""
    names = view.block.models
    for place in view.parents:
        yield PARENT, names[place], [(view, (place,))]
    if len(view.parents) > 1:
        yield MEAN, mean_of(view), [(view, view.parents)]
    for place in view.specialists:
        yield SPECIALIST, names[place], [(view, (place,))]
    if view.base is not None:
        yield BASE, names[view.base], [(view, (view.base,))]


def averages(views: list[View]) -> Iterator[tuple[str, str, Used]]:
    """Yield every relative over tasks that were measured against the same parents (`shared_views`)."""
    first = views[0]
    if based := [(view, (view.base,)) for view in views if view.base is not None]:
        yield BASE, based[0][0].block.models[based[0][1][0]], based
    for name in (first.block.models[i] for i in first.parents):
        yield PARENT, name, [(view, (view.block.models.index(name),)) for view in views]
    yield from several(views)


def several(views: list[View]) -> Iterator[tuple[str, str, Used]]:
    """Yield the references that are made of several parents: their mean, and each task's specialist."""
    first = views[0]
    if len(first.parents) > 1:
        yield MEAN, mean_of(first), [(view, view.parents) for view in views]
    if special := [(view, view.specialists) for view in views if view.specialists]:
        yield SPECIALIST, OWN, special


def shared_views(kin: Relatives, merge: str) -> tuple[list[View], list[str]]:
    """Return the views of a merge that may be averaged (shares, with every evaluated parent), and the tasks left."""
    views = [view for view in kin.of(merge) if view.scale == "unit"]
    parents = {view.block.models[i] for view in views for i in view.parents}
    whole = [v for v in views if parents <= {v.block.models[i] for i in v.parents}]
    kept = {view.task for view in whole}
    return whole, [view.task for view in views if view.task not in kept]


def groups(views: list[View]) -> dict[tuple[str, str], list[View]]:
    """Return views by (level, name): each capability, and all of them as overall."""
    return scopes(views, lambda view: view.capability)


def items(used: Used) -> int | None:
    """Return how many items stand behind some tasks; None where one does not say."""
    return total(view.block.n for view, _ in used)


def total(sizes: Iterable[int | None]) -> int | None:
    """Return the sum of numbers of items; None where one is not known."""
    known = list(sizes)
    return None if None in known or not known else sum(filter(None, known))
