"""Linguistic probes of whichever tool there are results of, and each merge's gains on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.paired_differences import differences
from mergekit_eval.compare.probes import (
    ACCURACY,
    ITEMS,
    NOT_SHARED,
    PAIRS,
    holmes_probes,
    minimal_pair_probes,
    pairs_only,
    probe_differences,
)
from mergekit_eval.compare.testing import corrected, decide
from mergekit_eval.errors import DataError, explain
from mergekit_eval.readers._holmes import TOOL
from mergekit_eval.schema import Tables
from mergekit_eval.shares import shares_checked
from mergekit_eval.workspace import located


@shares_checked
def linguistic_probes(
    collection: Tables, tool: str = "", competencies: str = "", *, level: float = 0.95
) -> pd.DataFrame:
    """Return the probes of one kind: Holmes where there are results of it, else minimal pairs, unless a tool is named.

    Parameters
    ----------
    collection : Collection
        What was read.
    tool : {"", "holmes", "pairs"}
        Which; '' for Holmes if it has results.
    competencies : str
        File that says which competency each probing dataset of Holmes belongs to: a Holmes leaderboard or a bare map.
    level : float
        Confidence level of the minimal pairs' errors.

    Returns
    -------
    DataFrame
        Table `probes`; `probes_paragraph` says in a sentence which and why.
    """
    if tool not in ("", TOOL, PAIRS):
        raise DataError(explain("linguistic_probes", "tool", tool, f"'', {TOOL}, {PAIRS}"))
    known = _competencies(competencies) if competencies else None
    found = holmes_probes(collection, known) if tool != PAIRS else tables.empty("probes")
    chosen = tool or (TOOL if len(found) else PAIRS)
    return found if chosen == TOOL else minimal_pair_probes(collection, level=level)


def _competencies(file: str) -> Mapping[str, Any]:
    from mergekit_eval.readers.holmes_leaderboard import competencies

    return competencies(located("competencies", file)[0])


@tables.makes("probe_differences")
@shares_checked
def probe_gains(
    collection: Tables,
    probes: pd.DataFrame,
    merges: pd.DataFrame,
    domains: Mapping[str, Any] | None = None,
    *,
    alpha: float = 0.05,
) -> pd.DataFrame:
    """Return each merge against its base and parents on the probes: paired items for minimal pairs, seeds for Holmes.

    Parameters
    ----------
    probes : DataFrame
        From `linguistic_probes`.
    merges, domains, alpha
        As for `probe_differences`.

    Returns
    -------
    DataFrame
        As from `probe_differences`, whatever the tool.
    """
    if not probes["tool"].eq(PAIRS).any():
        return probe_differences(probes, merges, domains, alpha=alpha)
    table = differences(pairs_only(collection), merges, alpha=alpha)
    trained = [name for name, known in (domains or {}).items() if known]
    about = probes.drop_duplicates("dataset").set_index("dataset")
    special = table["relation"].eq("parent") & table["reference"].isin(trained)
    table = table.assign(
        capability=table["task"].map(about["competency"]), phenomenon=table["task"].map(about["phenomenon"]),
        measure=ACCURACY, n_of=ITEMS, relation=table["relation"].mask(special, "specialist"),
    )  # fmt: skip
    if table.empty:
        return tables.empty("probe_differences", NOT_SHARED)
    out = decide(table, corrected(table, families=["merge", "reference"]), alpha)
    return out[tables.columns("probe_differences")]
