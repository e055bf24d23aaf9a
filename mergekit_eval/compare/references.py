"""The references of a merge, on one task and on several, with their names and weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mergekit_eval import stats
from mergekit_eval.compare.engine import scopes
from mergekit_eval.compare.merge_context import MergeContext, View
from mergekit_eval.compare.task_averages import macro
from mergekit_eval.compare.votes import Votes
from mergekit_eval.rows import Row
from mergekit_eval.wording import counted

BASE, PARENT, BEST, MEAN, SPECIALIST = "base", "parent", "best parent", "mean parent", "specialist"
REFERENCE, MULTITASK = "reference", "multitask"
OWN = "each task's own"


class Used(NamedTuple):
    """One task of an average: the view, the places of the models whose mean is the reference there, and its share."""

    view: View
    places: tuple[int, ...]
    share: float


def against(view: View, places: Iterable[int]) -> np.ndarray:
    """Return the weights of the merge minus the mean of some references."""
    weights, places = np.zeros(len(view.block.models)), list(places)
    weights[0], weights[places] = 1.0, -1 / len(places)
    return weights


def mean_of(view: View) -> str:
    """Return the name of the mean parent."""
    return f"mean of {', '.join(view.block.models[i] for i in view.parents)}"


def best_gain(context: MergeContext, parents: Sequence[Row], shares: Mapping[str, float], high: float) -> Row:
    """Return the gain of a merge over the best of several parents, whichever truly is best, in the columns of a table.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`.
    parents : sequence of dict
        The gains of one merge over each of them, on the same tasks.
    shares : mapping
        Task -> its share of these gains, summing to 1.
    high : float
        Upper limit of the gain, which its estimate does not pass; nor 0, if a parent gave the same answers.

    Returns
    -------
    dict
        ``gain_raw``, the smallest gain: the parent that is highest here is partly so by luck; ``gain``, without what
        `stats.luck_of_the_highest` expects of that; and ``note``, which says so.
    """
    names, gains = [row["reference"] for row in parents], np.array([row["gain"] for row in parents], dtype=float)
    asked = (parents[0]["merge"], *names, gains.tobytes(), *shares.items())
    if asked not in context.luck:  # places and differences ask the same
        context.luck[asked] = _luck(context, parents[0]["merge"], names, gains, shares)
    raw, (luck, same) = float(gains.min()), context.luck[asked]
    best = f"the best of {counted(len(parents), 'parent')} is named by the same items"
    if luck is None:
        return {"gain": raw, "gain_raw": raw, "note": f"{best}: with one item its luck is not known"}
    note = f"{best}: the gain is without the luck of the highest, the raw gain with it"
    return {"gain": min(raw + luck, min(high, 0.0) if same else high), "gain_raw": raw, "note": note}


def _luck(
    context: MergeContext, merge: str, names: Sequence[str], gains: NDArray[np.float64], shares: Mapping[str, float]
) -> tuple[float | None, bool]:
    """Return by how much the smallest gain is expected to be too small, and whether a parent gave the same answers.

    The first is None where an error is not known.
    """
    views = [view for view in context.of(merge) if shares.get(view.task, 0) > 0]
    _, covariance = macro([view.block.only(names) for view in views], [shares[view.task] for view in views])
    same = any(not any(_separated(view, name) for view in views) for name in names)
    return stats.luck_of_the_highest(-gains, covariance) if np.isfinite(covariance).all() else None, same


def _separated(view: View, reference: str) -> bool:
    return view.block.separates(0, view.block.models.index(reference))


def left_out(view: View) -> str:
    """Return who cannot be compared on a task, and why."""
    return "; ".join(f"{name} left out: {why}" for name, why in view.block.absent.items())


def references(view: View) -> Iterator[tuple[str, str, list[Used]]]:
    """Yield every relative on one task: kind, name, and the view with the places of the models."""
    names = view.block.models
    for place in view.parents:
        yield PARENT, names[place], [Used(view, (place,), 1.0)]
    if len(view.parents) > 1:
        yield MEAN, mean_of(view), [Used(view, view.parents, 1.0)]
    for place in view.specialists:
        yield SPECIALIST, names[place], [Used(view, (place,), 1.0)]
    if view.base is not None:
        yield BASE, names[view.base], [Used(view, (view.base,), 1.0)]


def averages(views: list[View], votes: Votes) -> Iterator[tuple[str, str, list[Used]]]:
    """Yield every reference over tasks that the merge shares with all of them (`shared_views`)."""
    for name in views[0].family:
        kind = BASE if name not in parents_of(views[0]) else PARENT
        if used := shared(((view, (view.block.models.index(name),)) for view in views), votes):
            yield kind, name, used
    yield from several(views, votes)


def several(views: list[View], votes: Votes) -> Iterator[tuple[str, str, list[Used]]]:
    """Yield the references that are made of several parents: their mean, and each task's specialist."""
    first = views[0]
    if len(first.parents) > 1 and (means := shared(((view, view.parents) for view in views), votes)):
        yield MEAN, mean_of(first), means
    if special := shared(((view, view.specialists) for view in views if view.specialists), votes):
        yield SPECIALIST, OWN, special


def shared(places: Iterable[tuple[View, tuple[int, ...]]], votes: Votes) -> list[Used]:
    """Return some tasks with the share of each in their average; what does not count is left out."""
    known = list(places)
    shares = votes.shares([view.task for view, _ in known])
    return [Used(view, at, shares[view.task]) for view, at in known if shares[view.task] > 0]


def parents_of(view: View) -> tuple[str, ...]:
    """Return the names of the parents."""
    return tuple(view.block.models[at] for at in view.parents)


def shared_views(context: MergeContext, merge: str) -> tuple[list[View], list[str]]:
    """Return the views of a merge that may be averaged (shares, with base and all parents), and the tasks left."""
    views = [view for view in context.of(merge) if view.scale == "unit"]
    wanted = {name for view in views for name in view.family}
    whole = [view for view in views if wanted <= set(view.family)]
    tasks = {view.task for view in whole}
    return whole, [view.task for view in views if view.task not in tasks]


def groups(views: list[View], votes: Votes) -> dict[tuple[str, str], list[View]]:
    """Return views by (level, name): benchmarks of several tasks, each capability, and all of them as overall."""
    by_task = {view.task: view for view in views}
    tasks_of = scopes(list(by_task), lambda task: by_task[task].capability, votes)
    return {place: [by_task[task] for task in tasks] for place, tasks in tasks_of.items()}


def items(used: Sequence[Used]) -> int | None:
    """Return how many items stand behind some tasks; None where one does not say."""
    return total(one.view.block.n for one in used)


def total(sizes: Iterable[int | None]) -> int | None:
    """Return the sum of numbers of items; None where one is not known."""
    known = list(sizes)
    return None if None in known or not known else sum(filter(None, known))
