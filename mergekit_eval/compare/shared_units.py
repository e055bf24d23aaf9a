"""The unit of an average is the source question: one that stands in several tasks counts once in its error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Part = tuple[float, float, float]
OWN = -1
FLAT = 1e-12


class Asked(NamedTuple):
    """What one task of an average was measured on.

    Parameters
    ----------
    values : (n, m)
        Scores of m models, or m differences, item by item.
    questions : (n,) or None
        Number of the source question of each item, alike in all tasks; `OWN` where no other task asks it. None where no
        other task asks any of them.
    clusters : (n,) or None
        Items of one number belong together.
    difference : bool
        Whether only units on which the values are not 0 bear information.
    """

    values: Floats
    questions: Ints | None
    clusters: Ints | None
    difference: bool = True


class Shared(NamedTuple):
    """Tasks that share questions: their places, the unit of each of their items, and the number of units.

    A unit holds the items of one question in all tasks, and all questions of a cluster.
    """

    places: list[int]
    units: list[Ints]
    size: int

    def errors(self, tasks: Sequence[Asked | None]) -> list[Floats]:
        """Return `unit_errors` of each task of the group, from all tasks that were asked for."""
        values = [one.values for at in self.places if (one := tasks[at]) is not None]
        return [unit_errors(one, units, self.size) for one, units in zip(values, self.units, strict=True)]

    def summed(self, values: Sequence[Floats], shares: Sequence[float]) -> Floats:
        """Return one row per unit, (units, m), whose mean is the weighted mean of the tasks of the group."""
        parts = [unit_sums(one, units, self.size) for one, units in zip(values, self.units, strict=True)]
        return np.asarray(np.average(parts, axis=0, weights=shares))

    def overlap(self) -> Floats:
        """Return the share of common items of each two tasks of the group: 1 for the same items."""
        items = np.column_stack([np.sqrt(np.bincount(units, minlength=self.size) / len(units)) for units in self.units])
        return np.asarray(items.T @ items)


def degrees(units: int) -> float:
    """Return the degrees of freedom of a difference that ``units`` items or clusters separate: at least one."""
    return float(max(units - 1, 1))


def separating(differences: Floats, clusters: Ints | None) -> int:
    """Return how many units (items, or clusters by their sum) a difference is not zero on.

    Parameters
    ----------
    differences : (n,)
        Item by item.
    clusters : (n,) or None
        Items of one number belong together.
    """
    sums = differences if clusters is None else np.bincount(clusters, weights=differences)
    return int(np.count_nonzero(np.abs(sums) > FLAT))


def shared_units(tasks: Sequence[Asked | None]) -> list[Shared]:
    """Return the tasks that share questions, in groups of two or more; None stands for a task without items."""
    known = [(at, one) for at, one in enumerate(tasks) if one is not None and one.questions is not None]
    if len(known) < 2:
        return []
    units = _units([one for _, one in known])
    rows = np.repeat(np.arange(len(known)), [len(one) for one in units])
    group = _connected(rows, np.concatenate(units) + len(known))[: len(known)]
    found = []
    for label in dict.fromkeys(group.tolist()):
        at = np.flatnonzero(group == label)
        if len(at) > 1:
            present, again = np.unique(np.concatenate([units[i] for i in at]), return_inverse=True)
            ends = np.cumsum([len(units[i]) for i in at])[:-1]
            found.append(Shared([known[i][0] for i in at], np.split(again, ends), len(present)))
    return found


def units_of(tasks: Sequence[Asked]) -> list[Ints]:
    """Return the unit of each item of some tasks, numbered from 0 over all of them."""
    groups, start = shared_units(tasks), 0
    units: dict[int, Ints] = {}
    for group in groups:
        units |= {at: start + ids for at, ids in zip(group.places, group.units, strict=True)}
        start += group.size
    for at in outside(groups, len(tasks)):
        own = tasks[at].clusters
        units[at] = start + (np.arange(len(tasks[at].values)) if own is None else own)
        start = int(units[at].max()) + 1
    return [units[at] for at in range(len(tasks))]


def outside(groups: Sequence[Shared], count: int) -> list[int]:
    """Return which of ``count`` tasks are in no group."""
    return sorted(set(range(count)).difference(*(group.places for group in groups)))


def _units(tasks: Sequence[Asked]) -> list[Ints]:
    """Return the unit of each item: its question, or all questions that clusters join."""
    questions = [np.array(one.questions, dtype=np.intp) for one in tasks]
    size = max(int(ids.max(initial=OWN)) for ids in questions) + 1
    left, right = [], []
    for ids, one in zip(questions, tasks, strict=True):
        alone = ids == OWN
        ids[alone] = size + np.arange(alone.sum())
        size += int(alone.sum())
        if one.clusters is not None:
            left.append(ids)
            right.append(size + one.clusters)
            size += int(one.clusters.max(initial=-1)) + 1
    if not left:
        return questions
    label = _connected(np.concatenate(left), np.concatenate(right), size)
    return [label[ids] for ids in questions]


def _connected(left: Ints, right: Ints, size: int = 0) -> Ints:
    """Return the component of each node of a graph from its edges."""
    size = max(size, int(left.max()) + 1, int(right.max()) + 1)
    graph = sparse.coo_array((np.ones(len(left)), (left, right)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def unit_sums(values: Floats, units: Ints, count: int) -> Floats:
    """Return one row per unit, shape (units, m), whose mean is that of the items."""
    sums = np.zeros((count, values.shape[1]))
    np.add.at(sums, units, count / len(values) * values)
    return sums


def unit_errors(values: Floats, units: Ints, count: int) -> Floats:
    """Return how each unit moves the means of the columns, shape (units, m): the squares sum to their variance (CR1).

    Products of two tasks sum to the covariance of their means, since a unit has one number in both.
    """
    sums = np.zeros((count, values.shape[1]))
    np.add.at(sums, units, values - values.mean(axis=0))
    own = len(np.unique(units))
    return sums * (np.sqrt(own / (own - 1)) if own > 1 else np.nan) / len(values)


def joined(
    parts: Sequence[Part], weights: Sequence[float], tasks: Sequence[Asked | None]
) -> tuple[list[Part], list[float]]:
    """Return the parts of an average, those of tasks that share questions made one.

    Parameters
    ----------
    parts : sequence of (estimate, standard error, df)
        Of each task.
    weights : sequence of float
        Of each task in the average, above 0.
    tasks : sequence of Asked or None
        The differences behind each part, shape (n, 1).

    Returns
    -------
    tuple of list
        Parts and weights whose errors are independent. The error of a joined part is that of the weighted differences
        summed over tasks for each question. Each task keeps its own error; how two vary together is the correlation of
        their sums by unit, or the share of common items where neither has any spread. Its df are those of the units
        whose weighted sum is not 0; where all parts have normal errors, it has, too.
    """
    groups = shared_units(tasks)
    alone = outside(groups, len(parts))
    sums = [_joined(group, parts, weights, tasks) for group in groups]
    return (
        [parts[at] for at in alone] + [part for part, _ in sums],
        [weights[at] for at in alone] + [weight for _, weight in sums],
    )


def _joined(
    group: Shared, parts: Sequence[Part], weights: Sequence[float], tasks: Sequence[Asked | None]
) -> tuple[Part, float]:
    estimates, errors, dfs = np.array([parts[at] for at in group.places], dtype=float).T
    share = np.array([weights[at] for at in group.places], dtype=float)
    variance = share * errors @ correlation(group, tasks) @ (share * errors)
    total = float(share.sum())
    df = float(np.inf) if np.isinf(dfs).all() else degrees(_moving(group, share, tasks))
    return (float(share @ estimates) / total, float(np.sqrt(max(variance, 0.0))) / total, df), total


def _moving(group: Shared, shares: Floats, tasks: Sequence[Asked | None]) -> int:
    """Return how many units bear information: of differences, those whose weighted sum over the tasks is not 0."""
    held = [one for at in group.places if (one := tasks[at]) is not None]
    if not all(one.difference for one in held):
        return group.size
    sums = np.zeros(group.size)
    for share, one, units in zip(shares, held, group.units, strict=True):
        sums += share * np.bincount(units, one.values[:, 0], group.size) / len(units)
    return int(np.count_nonzero(np.abs(sums) > FLAT))


def correlations(tasks: Sequence[Asked | None]) -> Floats:
    """Return how the means of tasks move together, shape (tasks, tasks): 0 between tasks without a common question."""
    out = np.eye(len(tasks))
    for group in shared_units(tasks):
        out[np.ix_(group.places, group.places)] = correlation(group, tasks)
    return out


def correlation(group: Shared, tasks: Sequence[Asked | None]) -> Floats:
    """Return the correlation of the means of tasks; without any spread in both, their share of common items."""
    errors = np.column_stack(group.errors(tasks))
    size = np.linalg.norm(errors, axis=0)
    flat = size <= FLAT
    moved = errors / np.where(flat, 1.0, size)
    return np.where(flat[:, None] & flat, group.overlap(), moved.T @ moved)
