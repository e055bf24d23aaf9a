"""What was measured, and the mean of each model per capability."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.compare.shared_units import correlation, shared_units
from mergekit_eval.compare.votes import Votes
from mergekit_eval.schema import Tables

ENDS = ("below", "above")


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
def capability_table(scores: pd.DataFrame, votes: Votes) -> pd.DataFrame:
    """Return the mean score per model and capability, each benchmark one vote, turned so that higher is better.

    Parameters
    ----------
    scores : DataFrame
        From `score_table`. Unbounded scores do not enter a mean of shares.
    votes : Votes
        What counts how much, see `votes_of`.

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
    out = oriented_means(usable, ["capability", "model"]).reset_index()
    out = out.iloc[pd.Categorical(out["capability"], tasks.index).codes.argsort(kind="stable")]
    absent = [
        sorted(set(tasks[name]).difference(have)) for name, have in zip(out["capability"], out["have"], strict=True)
    ]
    whole = [not one for one in absent]
    numbers = ["value", "low", "high", "n", "chance"]
    out[numbers] = out[numbers].where(pd.Series(whole, index=out.index), np.nan)
    out["n"] = out["n"].astype("Int64").astype(object).infer_objects()
    notes = [f"no mean: {', '.join(one)} missing" if one else "" for one in absent]
    out = out.rename(columns={"capability": "task"}).assign(higher_is_better=True, scale="unit", note=notes)
    return out[tables.columns("capability_table")].reset_index(drop=True)


def oriented_means(rows: pd.DataFrame, by: list[str], evidence: Evidence | None = None) -> pd.DataFrame:
    """Return the means of oriented scores between 0 and 1 over distinct tasks, and their limits.

    ``m - sqrt(sum (m_t - l_t)^2) / T`` and its mirror (MOVER; Zou & Donner 2008, doi:10.1002/sim.3095), at the level of
    the limits of the tasks. Score intervals carry over: no width is lost where a task has no spread.

    Parameters
    ----------
    rows : DataFrame
        From `score_table`, one row per task in each group, with the ``share`` of each in its mean.
    by : list of str
        Columns of the groups, in the order of their first row.
    evidence : Evidence, optional
        Where ``by`` is the model: adds what questions of several tasks add to the distances of the limits.

    Returns
    -------
    DataFrame
        value, low, high (NaN where a task has none), n (NaN where a task has none), chance,
        role, and the tasks in ``have``.
    """
    value, low, high, chance = (rows[f"oriented{end}"] for end in ("", "_low", "_high", "_chance"))
    share = rows["share"]
    ends = pd.DataFrame({"below": share * (value - low), "above": share * (high - value)})
    parts = {"value": share * value, "chance": share * chance, "below": ends["below"] ** 2, "above": ends["above"] ** 2}
    groups = rows.assign(**parts, n=pd.to_numeric(rows["n"]).astype(float)).groupby(by, sort=False)
    size = groups.size()
    sums = {
        name: groups[name].sum().where(groups[name].count().eq(size))
        for name in ("value", "below", "above", "n", "chance")
    }
    for model, between in _between(rows, ends, evidence) if evidence else ():
        for name in ENDS:
            sums[name][model] += between[name]
    mean = sums["value"]
    low, high = mean - np.sqrt(sums["below"]), mean + np.sqrt(sums["above"])
    known = np.isfinite(low) & np.isfinite(high)
    return pd.DataFrame(
        {
            **{"value": mean, "low": low.where(known), "high": high.where(known), "n": sums["n"]},
            **{"chance": sums["chance"], "role": groups["role"].first(), "have": groups["task"].agg(tuple)},
        }
    )


def _between(rows: pd.DataFrame, ends: pd.DataFrame, evidence: Evidence) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield a model and what questions of several tasks add to its squared distances ``ends``, group by group."""
    for model, mine in rows[rows["task"].isin(evidence.questions.sharing)].groupby("model", sort=False):
        held = [evidence.by_model[str(model)][task] for task in mine["task"]]
        asked = [evidence.questions.asked([row]) if evidence.carries(row) else None for row in held]
        for group in shared_units(asked):
            alike = correlation(group, asked) - np.eye(len(group.places))
            sides = {name: ends[name].loc[mine.index[group.places]].to_numpy(float) for name in ENDS}
            yield str(model), {name: float(side @ alike @ side) for name, side in sides.items()}
