"""Which verdicts hang on how the tasks are weighted."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.benchmark import WEIGHTS
from mergekit_eval.compare.engine import averageable
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.compare.place import by_merge, place_table
from mergekit_eval.compare.verdicts import verdict_of
from mergekit_eval.compare.votes import Votes, votes_of
from mergekit_eval.errors import DataError
from mergekit_eval.shares import MARGIN, shares_checked
from mergekit_eval.study import Study


@tables.makes("sensitivity")
@shares_checked
def sensitivity_table(
    context: MergeContext,
    differences: pd.DataFrame,
    study: Study | None = None,
    *,
    places: pd.DataFrame | None = None,
    alpha: float = 0.05,
    margin: float = MARGIN,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the verdict of every merge by its places alone, under each way to weigh the tasks.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`.
    differences : DataFrame
        From `differences` of the same collection.
    study : Study, optional
        Its benchmarks.
    places : DataFrame, optional
        From `place_table` with the arguments given here: the places by the weights of ``context``, which need not be
        made again.
    alpha, margin, seed
        As for `place_table`.

    Returns
    -------
    DataFrame
        Table `sensitivity`: a column for each of benchmark, capability, task and item weights; ``changes`` where they
        do not agree. A weighting that is not possible (items of unknown number) has '' and is named in ``note``.
    """
    rows: dict[str, dict[str, Any]] = {merge: {"merge": merge, "note": ""} for merge in context.merges["merge"]}
    averaged = list(averageable(differences).groupby("merge", sort=False)["task"].unique())
    # Ways to weigh that share the same tasks out alike are one.
    made = {} if places is None else {_shares(context.votes, averaged): places}
    for kind in WEIGHTS:
        try:
            votes = votes_of(context.evidence.scores, study, kind)
            shares = _shares(votes, averaged)
            if shares not in made:
                how = {"alpha": alpha, "margin": margin}
                made[shares] = place_table(context.counted(votes), differences, **how, seed=seed, benchmarks=False)
        except DataError as error:
            for row in rows.values():
                row["note"] = text_note(row["note"], str(error))
            continue
        for merge, own in by_merge(made[shares]).items():
            rows[merge][f"by_{kind}"] = verdict_of(own, context.named_parent(merge))
    return pd.DataFrame([_compared(row) for row in rows.values()], columns=tables.columns("sensitivity"))


def _shares(votes: Votes, tasks: Iterable[Sequence[str]]) -> Hashable:
    """Return what each task weighs in the average of each merge."""
    return tuple(tuple(votes.shares(list(names)).items()) for names in tasks)


def _compared(row: dict[str, Any]) -> dict[str, Any]:
    words = {row[f"by_{kind}"] for kind in WEIGHTS if f"by_{kind}" in row}
    return {**dict.fromkeys((f"by_{kind}" for kind in WEIGHTS), ""), **row, "changes": len(words) > 1}
