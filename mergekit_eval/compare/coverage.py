"""What was measured, and the mean of each model per capability."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.item_index import Evidence, Results, text_note
from mergekit_eval.compare.questions import unknown_sharing
from mergekit_eval.compare.shared_units import correlations
from mergekit_eval.compare.votes import Votes
from mergekit_eval.schema import Tables


def completeness(collection: Tables) -> pd.DataFrame:
    """Return model, role, task, n and state (items, aggregate or missing) for every model and every task.

    Missing is a state of its own: never a zero, never a rank.
    """
    evidence = Evidence(collection, primary=False)
    scores = evidence.scores
    have = {
        (model, task): (row.n, "items" if evidence.has_items(row) else "aggregate")
        for model, mine in evidence.by_model.items()
        for task, row in mine.items()
    }
    roles = scores.drop_duplicates("model")
    rows = [
        (model, role, task, *have.get((model, task), (pd.NA, "missing")))
        for model, role in zip(roles["model"], roles["role"], strict=True)
        for task in scores["task"].drop_duplicates()
    ]
    return tables.conform(pd.DataFrame(rows, columns=tables.columns("completeness")), "completeness")


@tables.makes("capability_table")
def capability_table(scores: pd.DataFrame, votes: Votes, collection: Results) -> pd.DataFrame:
    """Return the mean score per model and capability, each benchmark one vote, turned so that higher is better.

    Parameters
    ----------
    scores : DataFrame
        From `score_table`. Unbounded scores do not enter a mean of shares.
    votes : Votes
        What counts how much, see `votes_of`.
    collection : Collection
        What the scores were made from: it knows which questions stand in several tasks.

    Returns
    -------
    DataFrame
        The columns a score plot draws (task holds the capability) and ``note``. A model that lacks one of the tasks
        that others have gets no value and a note naming them; a task that does not count in its benchmark is not
        needed. Limits have the level of those of the tasks and are made of them, see `oriented_means`.
    """
    usable = scores[scores["scale"].eq("unit") & scores["oriented"].notna()]
    usable = usable.assign(capability=usable["capability"].replace("", "other"))
    tasks = usable.groupby("capability", sort=False)["task"].unique()
    shares = {name: votes.shares(list(held)) for name, held in tasks.items()}
    share = [shares[name][task] for name, task in zip(usable["capability"], usable["task"], strict=True)]
    usable = usable.assign(share=share)[np.greater(share, 0)]
    tasks = usable.groupby("capability", sort=False)["task"].unique()
    out = oriented_means(usable, ["capability", "model"], Evidence.of(collection)).reset_index()
    out = out.iloc[pd.Categorical(out["capability"], tasks.index).codes.argsort(kind="stable")]
    absent = [
        sorted(set(tasks[name]).difference(have)) for name, have in zip(out["capability"], out["have"], strict=True)
    ]
    whole = [not one for one in absent]
    numbers = ["value", "low", "high", "n", "chance"]
    out[numbers] = out[numbers].where(pd.Series(whole, index=out.index), np.nan)
    out["n"] = out["n"].astype("Int64").astype(object).infer_objects()
    reasons = [f"no mean: {', '.join(one)} missing" if one else "" for one in absent]
    notes = [text_note(*both) for both in zip(reasons, out["note"], strict=True)]
    out = out.rename(columns={"capability": "task"}).assign(higher_is_better=True, scale="unit", note=notes)
    return out[tables.columns("capability_table")].reset_index(drop=True)


def oriented_means(rows: pd.DataFrame, by: list[str], evidence: Evidence) -> pd.DataFrame:
    """Return the means of oriented scores between 0 and 1 over tasks, and their limits.

    ``m - sqrt(sum (m_t - l_t)^2) / T`` and its mirror (MOVER; Zou & Donner 2008, doi:10.1002/sim.3095), at the level of
    the limits of the tasks. Score intervals carry over: no width is lost where a task has no spread. Tasks that share
    questions add the products of their distances, by how far they move together (`shared_units.correlations`).

    Parameters
    ----------
    rows : DataFrame
        From `score_table`, one row per task in each group, with the ``share`` of each in its mean.
    by : list of str
        Columns of the groups, in the order of their first row; each group is of one model.
    evidence : Evidence
        Of the same collection: knows which questions stand in several tasks.

    Returns
    -------
    DataFrame
        value, low, high (NaN where a task has none), n (NaN where a task has none), chance, role, the tasks in
        ``have``, and in ``note`` the benchmarks whose tasks may share questions that are not known.
    """
    value, low, high, chance = (rows[f"oriented{end}"] for end in ("", "_low", "_high", "_chance"))
    share = rows["share"]
    ends = pd.DataFrame({"below": share * (value - low), "above": share * (high - value)})
    squares, notes = ends**2, []
    for _, mine in rows.groupby(by, sort=False):
        asked = [evidence.questions.behind(*who) for who in zip(mine["model"], mine["task"], strict=True)]
        if any(one is not None for one in asked):
            squares.loc[mine.index] = ends.loc[mine.index] * (correlations(asked) @ ends.loc[mine.index].to_numpy())
        notes.append(unknown_sharing(list(mine["task"]), asked))
    parts = {"value": share * value, "chance": share * chance, **squares}
    groups = rows.assign(**parts, n=pd.to_numeric(rows["n"]).astype(float)).groupby(by, sort=False)
    size = groups.size()
    sums = {
        name: groups[name].sum().where(groups[name].count().eq(size))
        for name in ("value", "below", "above", "n", "chance")
    }
    mean = sums["value"]
    low, high = mean - np.sqrt(sums["below"]), mean + np.sqrt(sums["above"])
    known = np.isfinite(low) & np.isfinite(high)
    return pd.DataFrame(
        {
            **{"value": mean, "low": low.where(known), "high": high.where(known), "n": sums["n"], "note": notes},
            **{"chance": sums["chance"], "role": groups["role"].first(), "have": groups["task"].agg(tuple)},
        }
    )
