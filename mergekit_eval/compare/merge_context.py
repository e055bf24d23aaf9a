"""A merge beside its base and parents on the same items, from which the tables on merges are made."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from copy import copy
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergekit_eval import orientation
from mergekit_eval.compare import task_matrix
from mergekit_eval.compare.domains import Domains, with_merges
from mergekit_eval.compare.item_index import Evidence, Results
from mergekit_eval.compare.task_matrix import Block
from mergekit_eval.compare.votes import Votes, votes_of
from mergekit_eval.rows import MergeRow, ScoreRow, merge_rows
from mergekit_eval.shares import require_shares
from mergekit_eval.wording import counted

Floats = NDArray[np.float64]


class View(NamedTuple):
    """One merge beside its base and parents on one task, everything turned so that higher is better.

    Parameters
    ----------
    merge, task, metric, filter, capability, scale : str
        What is looked at; ``scale`` is unit or natural.
    block : Block
        Means, covariance and items; the merge is model 0.
    parents : tuple of int
        Places of the parents in the block; parents without a usable score are in ``block.absent`` only.
    base : int or None
        Place of the base.
    specialists : tuple of int
        Those parents whose domain is the task's capability.
    chance : float
        Score of a guesser, turned like the means; NaN where unknown.
    """

    merge: str
    task: str
    metric: str
    filter: str
    capability: str
    scale: str
    block: Block
    parents: tuple[int, ...]
    base: int | None
    specialists: tuple[int, ...]
    chance: float

    @property
    def family(self) -> tuple[str, ...]:
        """The parents and the base that are in the block."""
        places = self.parents if self.base is None else (*self.parents, self.base)
        return tuple(self.block.models[at] for at in places)


class MergeContext:
    """Every merge of a study beside its base and parents, task by task: what the tables on merges start from.

    Parameters
    ----------
    collection : Collection
        What was read.
    merges : DataFrame
        merge, method, parents (tuple), base (`Session.merges`).
    domains : mapping, optional
        Model -> capabilities it was trained for (`domains_of`).
    level : float
        Confidence level of the intervals.
    votes : Votes, optional
        What counts how much in an average; by default a benchmark is one vote, by the known facts.
    """

    def __init__(
        self,
        collection: Results,
        merges: pd.DataFrame,
        domains: Domains | None = None,
        *,
        level: float = 0.95,
        votes: Votes | None = None,
    ) -> None:
        require_shares("MergeContext", {"level": level})
        self.evidence = Evidence.of(collection)
        self.merges = merges
        self.domains = with_merges(domains or {}, merges)
        self.level = level
        self.rows = self.evidence.by_model
        self.votes = votes or votes_of(self.evidence.scores)
        self.luck: dict[Hashable, tuple[float | None, bool]] = {}  # of best parents, as `best_gain` has worked it out

    def __repr__(self) -> str:
        return f"MergeContext of {counted(len(self.merges), 'merge')} among {counted(len(self.rows), 'model')}"

    @cached_property
    def views(self) -> list[View]:
        """Return a view for every merge and every task it has a score of known direction on."""
        return [view for views in self._by_merge.values() for view in views]

    @cached_property
    def _by_merge(self) -> dict[str, list[View]]:
        return {merge.merge: self._of(merge) for merge in merge_rows(self.merges)}

    def of(self, merge: str) -> list[View]:
        """Return the views of one merge."""
        return self._by_merge.get(merge, [])

    def _of(self, merge: MergeRow) -> list[View]:
        scores = self.rows.get(merge.merge, {}).values()
        return [self._view(merge, row) for row in scores if orientation.known(row)]

    def _view(self, merge: MergeRow, row: ScoreRow) -> View:
        block = self.joint(row.task, filter(None, dict.fromkeys((merge.merge, *merge.parents, merge.base))))
        parents = tuple(at for at, name in enumerate(block.models) if at and name in merge.parents)
        base = block.models.index(merge.base) if merge.base in block.models else None
        specialists = tuple(at for at in parents if row.capability in self.domains.get(block.models[at], ()))
        about = (merge.merge, row.task, row.metric, row.filter, row.capability, orientation.unit_of(row.scale))
        return View(*about, block, parents, base, specialists, block.chance)

    def joint(self, task: str, models: Iterable[str]) -> Block:
        """Return some models beside one another on one task, the first of them setting what is compared."""
        rows = {model: self.rows.get(model, {}).get(task) for model in models}
        return task_matrix.block(self.evidence, rows, self.level)

    def counted(self, votes: Votes) -> MergeContext:
        """Return the same models and items under other votes."""
        other = copy(self)
        other.votes = votes
        return other

    def tasks_of(self, models: Iterable[str]) -> list[str]:
        """Return the tasks of known direction that every one of some models has, in the order of the first."""
        names = list(models)
        first = self.rows.get(names[0], {}) if names else {}
        return [
            task
            for task, row in first.items()
            if orientation.known(row) and all(task in self.rows.get(name, {}) for name in names)
        ]

    def named_parent(self, merge: str) -> str:
        """Return the parent that the study names for the verdict on a merge, '' without one."""
        return self._named.get(merge, "")

    @cached_property
    def _named(self) -> Mapping[str, str]:
        named = self.merges.get("reference")
        return (
            {}
            if named is None
            else {str(merge): str(name) for merge, name in zip(self.merges["merge"], named, strict=True)}
        )

    def doubts(self, merge: MergeRow) -> str:
        """Return what cannot be said of a merge, and why; '' if nothing is missing."""
        doubts = []
        if merge.merge not in self.rows:
            doubts.append("the merge is not evaluated")
        if not merge.parents:
            doubts.append("no parent is known")
        elif absent := [name for name in merge.parents if name not in self.rows]:
            doubts.append(f"parents not evaluated: {', '.join(absent)}")
        if not merge.base:
            doubts.append("no base is known")
        elif merge.base not in self.rows:
            doubts.append(f"the base {merge.base} is not evaluated")
        if len(merge.parents) == 1:
            doubts.append("one parent only: nothing lies between parents")
        return "; ".join(doubts)
