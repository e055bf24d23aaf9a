"""One gain, one error: what a task's difference is worth, and every average of differences that any table shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergekit_eval import tables
from mergekit_eval.compare.item_index import Evidence, text_note
from mergekit_eval.compare.questions import unknown_sharing
from mergekit_eval.compare.shared_units import Asked, joined
from mergekit_eval.compare.testing import averaged, tested
from mergekit_eval.compare.votes import Votes
from mergekit_eval.rows import Row, grouped, records

Floats = NDArray[np.float64]
# Agresti and Min (2005, doi:10.1002/sim.1781) add half an item to each cell of a matched 2 x 2 table: a quarter of
# variance for each of two items. An item, also where items come in clusters: half a cluster made intervals of averages
# 24 % too wide.
PSEUDO = 0.5
SIDES = ("merge", "reference")
PAIRED, UNPAIRED, PARTLY = "paired items", "aggregates only", "paired in part"
TASK, BENCHMARK, CAPABILITY, OVERALL, NO_CAPABILITY = "task", "benchmark", "capability", "overall", "other"


def evidence_of(kinds: Iterable[str]) -> str:
    """Return what several comparisons rest on together."""
    found = set(kinds)
    return found.pop() if len(found) == 1 else PARTLY if found else ""


def parts_of(rows: Sequence[Row]) -> list[tuple[float, float, float]]:
    """Return estimate, standard error and df of the differences of some tasks, as `averaged` takes them."""
    found: list[tuple[float, float, float]] = []
    for row in rows:
        unseen = np.sqrt(2 * PSEUDO) / float(row["n"]) if row["n"] else 0.0  # half an item for each of the two models
        found.append((row["gain"], float(row["stderr"]) or unseen, np.inf if pd.isna(row["df"]) else row["df"]))
    return found


def of_known_error(differences: pd.DataFrame) -> pd.DataFrame:
    """Return the differences of shares whose error is known: no other can be averaged."""
    return differences[differences["scale"].eq("unit") & differences["gain"].notna() & differences["stderr"].notna()]


def averageable(differences: pd.DataFrame) -> pd.DataFrame:
    """Return the differences that may be averaged: shares of known error, on tasks shared with base and all parents.

    All gains of a merge so average the same tasks; a model that shares no usable task is no reason to leave one out.
    """
    known = of_known_error(differences)
    family = known[known["relation"].isin(["parent", "base"])]
    wanted = family.groupby("merge")["reference"].nunique()
    have = family.groupby(["merge", "task"])["reference"].nunique()
    places = pd.MultiIndex.from_frame(known[["merge", "task"]])
    missing = known["merge"].map(wanted).fillna(0).to_numpy() - have.reindex(places).fillna(0).to_numpy()
    return known[missing <= 0]


def average(rows: Sequence[Row], level: float, shares: Mapping[str, float], evidence: Evidence) -> dict[str, Any]:
    """Return the weighted mean of the differences of some tasks.

    Parameters
    ----------
    rows : sequence of dict
        Rows of `differences` of one merge and one reference.
    level : float
        Confidence level of the limits.
    shares : mapping
        Task -> its share of the mean (`Votes.shares`); a task with a share of 0 does not count.
    evidence : Evidence
        Knows which questions stand in several tasks.

    Returns
    -------
    dict
        gain, stderr, df, gain_low, gain_high, p, mde; the mean values turned so that higher is better; n (None where
        a task does not say), n_tasks, tasks, evidence. The error is sqrt(sum (w_t se_t)^2), df after Satterthwaite from
        the units that separate the two on each task; tasks that share questions are one part (`shared_units.joined`).
        ``note`` names benchmarks whose tasks may share some that are not known.
    """
    used = [row for row in rows if shares[row["task"]] > 0]
    weights = [shares[row["task"]] for row in used]
    sizes, asked = [row["n"] for row in used], [asked_of(row, evidence) for row in used]
    found = averaged(*joined(parts_of(used), weights, asked))
    numbers = tested(*found, level)
    return {
        **numbers,
        "df": found[2],
        **{f"{side}_value": float(np.dot(weights, [row[f"{side}_oriented"] for row in used])) for side in SIDES},
        "n": None if any(pd.isna(n) for n in sizes) else int(sum(sizes)),
        "n_tasks": len(used),
        "tasks": tuple(row["task"] for row in used),
        "evidence": evidence_of(row["evidence"] for row in used),
        "scale": "unit",
        "note": text_note(numbers.get("note", ""), unknown_sharing([row["task"] for row in used], asked)),
    }


def asked_of(row: Row, evidence: Evidence) -> Asked | None:
    """Return the differences behind a row item by item, where other tasks ask some of its questions."""
    if row["evidence"] != PAIRED or row["task"] not in evidence.questions.sharing:
        return None
    merge, reference = (evidence.by_model[row[side]][row["task"]] for side in SIDES)
    questions = evidence.questions.of(merge)
    if questions is None:
        return None
    pairing = evidence.pair(merge, reference)
    return Asked((pairing.a - pairing.b)[:, None], questions[pairing.places], pairing.cluster)


@tables.makes("averages")
def averages(differences: pd.DataFrame, votes: Votes, evidence: Evidence, *, level: float = 0.95) -> pd.DataFrame:
    """Return the gain of each merge over each single reference: by benchmark of several tasks, capability and overall.

    Parameters
    ----------
    differences : DataFrame
        From `differences`.
    votes : Votes
        What counts how much, see `votes_of`.
    evidence : Evidence
        Of the same collection.
    level : float
        Confidence level of the limits.

    Returns
    -------
    DataFrame
        Table `averages`; ``task`` holds the capability's name or "overall", see `average`. What of a merge's shares
        had to be left out stands in ``note`` of its overall rows.
    """
    given = differences[differences["scale"].eq("unit")].groupby("merge")["task"].unique()
    measured = grouped(records(averageable(differences)), lambda row: row["merge"])
    rows = [row for merge, mine in measured.items() for row in _of_merge(mine, given[merge], level, votes, evidence)]
    return pd.DataFrame(rows, columns=tables.columns("averages"))


def _of_merge(rows: list[Row], given: Iterable[str], level: float, votes: Votes, evidence: Evidence) -> Iterator[Row]:
    tasks = {row["task"] for row in rows}
    left = [task for task in given if task not in tasks]
    gone = f"without {', '.join(left)}: not shared with the base and every parent, or of unknown error" if left else ""
    by_task = grouped(rows, lambda row: row["task"])
    for (scope, name), names in scopes(list(by_task), lambda task: by_task[task][0]["capability"], votes).items():
        shares = votes.shares(names)
        if not any(shares.values()):  # weights of the user's own that name none of these
            continue
        mine = [row for task in names for row in by_task[task]]
        for (relation, reference), same in grouped(mine, lambda row: (row["relation"], row["reference"])).items():
            about = {"level": scope, "merge": rows[0]["merge"], "relation": relation, "reference": reference}
            whole = shares if len(same) == len(names) else votes.shares([row["task"] for row in same])
            found = average(same, level, whole, evidence)
            note = text_note(found["note"], gone if scope == OVERALL else "")
            yield {**about, "task": name, "capability": name if scope == CAPABILITY else "", **found, "note": note}


def scopes(tasks: Sequence[str], capability: Callable[[str], str], votes: Votes) -> dict[tuple[str, str], list[str]]:
    """Return tasks by (scope, name): benchmarks of several tasks, capabilities in their order, all as overall."""
    benchmarks = grouped(tasks, lambda task: (BENCHMARK, votes.benchmark(task)))
    several = {place: names for place, names in benchmarks.items() if len(names) > 1}
    found = grouped(tasks, lambda task: (CAPABILITY, capability(task) or NO_CAPABILITY))
    return {**several, **found, (OVERALL, OVERALL): list(tasks)} if tasks else {}
