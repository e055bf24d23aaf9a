"""Holmes beside the harness, from one collection: datasets against tasks, competencies against task groups."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.probe_vs_task import FEWEST, agreement, group_agreement, wide_scores
from mergekit_eval.compare.probes import holmes_probes
from mergekit_eval.schema import Tables
from mergekit_eval.shares import shares_checked
from mergekit_eval.wording import counted


class HolmesHarness(NamedTuple):
    """Agreement of probes with tasks over models; both tables are empty where ``reason`` says why.

    ``datasets`` has one row per dataset and task, ``groups`` two per competency and task group: the mean of all taus,
    and the tau of the groups' means.
    """

    datasets: pd.DataFrame
    groups: pd.DataFrame
    reason: str

    def __repr__(self) -> str:
        sizes = f"{counted(len(self.datasets), 'pair')} of a dataset and a task, {len(self.groups):,} of groups"
        return f"HolmesHarness: {self.reason or sizes}"


@shares_checked
def holmes_harness(collection: Tables, scores: pd.DataFrame, *, level: float = 0.95, seed: int = 0) -> HolmesHarness:
    """Return Kendall's tau-b of every Holmes dataset with every harness task, and of their groups.

    Parameters
    ----------
    collection : Collection
        What was read, Holmes results among it.
    scores : DataFrame
        From `score_table`; task groups are its capabilities.
    level, seed
        Of the intervals and permutations.
    """
    probes = holmes_probes(collection)
    nothing = tables.empty("agreement"), tables.empty("group_agreement")
    if probes.empty:
        return HolmesHarness(*nothing, "There are no Holmes results among these files to set beside the tasks.")
    tasks = harness_scores(collection, scores)
    shared = set(probes["model"]) & set(tasks["model"])
    if tasks.empty or len(shared) < FEWEST:
        both = f"{counted(len(shared), 'model has', 'models have')} Holmes and harness results"
        why = both if len(tasks) else "there is no harness task"
        return HolmesHarness(*nothing, f"Holmes cannot be set beside the harness: {why}, and it takes {FEWEST} models.")
    x, y = wide_scores(probes, "dataset"), wide_scores(tasks)
    competencies = dict(zip(probes["dataset"], probes["competency"], strict=True))
    groups = dict(zip(tasks["task"], tasks["capability"], strict=True))
    return HolmesHarness(
        agreement(x, y, x_groups=competencies, y_groups=groups, level=level, seed=seed),
        group_agreement(x, y, competencies, groups, level=level, seed=seed),
        "",
    )


def harness_scores(collection: Tables, scores: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `score_table` that are no probing dataset of Holmes: what models answered."""
    probes = holmes_probes(collection)
    return scores if probes.empty else scores[~scores["task"].isin(probes["dataset"])].reset_index(drop=True)
