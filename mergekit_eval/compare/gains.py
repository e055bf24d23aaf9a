"""Gain over the mean parent against the parents' score: the plain correlation, and one without shared noise."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergekit_eval import stats, tables
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.compare.shared_units import Asked, Ints, shared_units, unit_sums, units_of
from mergekit_eval.rows import merge_rows, score_rows
from mergekit_eval.schema import Tables
from mergekit_eval.shares import shares_checked

Floats = NDArray[np.float64]
Half = NDArray[np.bool_] | slice
NAIVE, GUARDED = "same items on both axes", "separate halves of the items"
POOLED = "all tasks"


class _Sides(NamedTuple):
    names: list[str]
    merge: Floats
    parent: Floats
    questions: Ints | None = None


@shares_checked
def gain_correlation(collection: Tables, merges: pd.DataFrame, *, level: float = 0.95, seed: int = 0) -> pd.DataFrame:
    """Return, per task, the correlation of gain with the parents' score, plain and guarded.

    Parameters
    ----------
    collection : Collection
        What was read.
    merges : DataFrame
        merge, parents. The parent score of a merge is the mean over its parents, item by item.
    level, seed
        Of the intervals, halves and permutations.

    Returns
    -------
    DataFrame
        Table `gain_correlation`, two rows per task (``kind``), and two for all tasks with their items pooled (the
        merges that have them all; a question of several tasks is in one half in all of them). The plain figure is
        negative by construction: the parents' noise enters both axes with opposite signs (regression to the mean). The
        guarded one takes score and gain from separate halves. Without items there is neither.
    """
    by_task = _tasks(Evidence(collection), merges)
    whole = _pooled(by_task)
    rows = [
        row
        for task, sides in [*by_task.items(), *([(POOLED, whole)] if whole and len(by_task) > 1 else [])]
        for row in _rows(task, sides, level, seed)
    ]
    return tables.conform(rows, "gain_correlation")


@tables.makes("gain_points")
def gain_points(collection: Tables, merges: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Return each merge twice as a point (x: mean of its parents, y: gain over it): plain, and from separate halves.

    Columns name, family (which of the two), x, y in points of 100, over the pooled items of all tasks of shares.
    """
    whole = _pooled(_tasks(Evidence(collection), merges))
    if whole is None:
        return tables.empty("gain_points")
    first = np.random.default_rng(seed).permutation(len(whole.merge)) < len(whole.merge) // 2
    halves: dict[str, tuple[Half, Half]] = {NAIVE: (slice(None), slice(None)), GUARDED: (first, ~first)}
    parts = []
    for kind, (one, other) in halves.items():
        x, y = whole.parent[one].mean(axis=0), (whole.merge - whole.parent)[other].mean(axis=0)
        parts.append(pd.DataFrame({"name": whole.names, "family": kind, "x": 100 * x, "y": 100 * y}))
    return pd.concat(parts, ignore_index=True)


def _rows(task: str, sides: _Sides, level: float, seed: int) -> list[dict[str, Any]]:
    correlation = stats.gain_against_parent(sides.merge, sides.parent, level=level, seed=seed)
    pairs = ((NAIVE, correlation.naive), (GUARDED, correlation.guarded))
    keys = ("r", "low", "high", "p", "n", "note")
    head = {"task": task, "items": len(sides.merge)}
    return [head | {"kind": kind, **{key: getattr(one, key) for key in keys}} for kind, one in pairs]


def _tasks(evidence: Evidence, merges: pd.DataFrame) -> dict[str, _Sides]:
    """Return the shared items of merges and their parents' means per task of shares, higher better."""
    by_task: dict[str, dict[str, Any]] = {}
    for row in score_rows(evidence.scores):
        if row.scale != "natural" and pd.notna(row.oriented) and evidence.carries(row):
            by_task.setdefault(row.task, {})[row.model] = row
    sides = {}
    for task, rows in by_task.items():
        layouts = pd.Series({name: evidence.layout(row) for name, row in rows.items()})
        same = {name for name in rows if layouts[name] == layouts.mode().iloc[0]}
        parents_of = {m.merge: m.parents for m in merge_rows(merges) if m.parents and {m.merge, *m.parents} <= same}
        if parents_of and len(evidence.known(rows[next(iter(parents_of))]).values) > 1:
            values = {
                name: evidence.oriented(rows[name]) for name in {n for m, p in parents_of.items() for n in (m, *p)}
            }
            parents = np.column_stack([np.mean([values[p] for p in own], axis=0) for own in parents_of.values()])
            questions = evidence.questions.of(rows[next(iter(parents_of))])
            sides[task] = _Sides(list(parents_of), np.column_stack([values[m] for m in parents_of]), parents, questions)
    return sides


def _pooled(by_task: dict[str, _Sides]) -> _Sides | None:
    """Return the items of all tasks one below the other, for the merges that are in each; a question comes once."""
    if not by_task:
        return None
    names = [n for n in next(iter(by_task.values())).names if all(n in sides.names for sides in by_task.values())]
    if not names:
        return None
    at = [[sides.names.index(n) for n in names] for sides in by_task.values()]
    both = [np.hstack([sides.merge[:, i], sides.parent[:, i]]) for sides, i in zip(by_task.values(), at, strict=True)]
    asked = [Asked(one, sides.questions, None) for one, sides in zip(both, by_task.values(), strict=True)]
    if shared_units(asked):
        units = np.concatenate(units_of(asked))
        both = [unit_sums(np.vstack(both), units, int(units.max()) + 1)]
    merge, parent = np.hsplit(np.vstack(both), 2)
    return _Sides(names, merge, parent)
