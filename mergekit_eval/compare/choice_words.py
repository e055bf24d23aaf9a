"""The sentence on which model to take, made from the numbers of the table of choice."""

from __future__ import annotations

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.choice import POSSIBLE
from mergekit_eval.shares import shares_checked
from mergekit_eval.thresholds import thresholds
from mergekit_eval.wording import counted, first_names, percent


@shares_checked
def choice_paragraph(table: pd.DataFrame, alpha: float = 0.05) -> str:
    """Return which model to take, or which cannot be told apart, and how many items would tell.

    A chance is stated from `likely_best` of `thresholds.yaml` on; below it, it would not hold where models are alike.

    Parameters
    ----------
    table : DataFrame
        From `choice_table`.
    alpha : float
        It was made with.
    """
    ranked = table[table["p_best"].notna()]
    if ranked.empty:
        return f"No recommendation: {tables.reason(table).removesuffix('.')}."
    top, others = ranked.iloc[0], ranked.iloc[1:]
    rivals = others[others["stands"].eq(POSSIBLE)]
    take = _taken(top, len(ranked)) if top["p_best"] >= thresholds()["likely_best"] else ""
    if rivals.empty:
        return f"{take} No other model is likely to be the best (together below {percent(alpha)})."
    names, sure = rivals["model"].tolist(), percent(1 - alpha)
    if take:
        apart = f"{take} Not told apart from it: {first_names(names)} (the best is among them at {sure})."
    else:
        group, models = first_names([top["model"], *names]), counted(len(ranked), "model")
        apart = (
            f"{group} cannot be told apart (the best of {models} is among them at {sure}). "
            f"{top['model']} ({top['role']}) has the smallest {_cost(top)}."
        )
    return f"{apart} {_what_would_tell(top, rivals.iloc[0])}"


def _taken(top: pd.Series, models: int) -> str:
    lead = f"Take {top['model']} (merge)" if top["role"] == "merge" else _no_merge(top)
    return f"{lead}: {top['p_best']:.0%} chance to be the best of {counted(models, 'model')}, {_cost(top)}."


def _cost(top: pd.Series) -> str:
    regret = f"expected regret {100 * top['regret']:.1f} points"
    return f"{regret} (average {top['macro']:.1%}, shrunk {top['shrunk']:.1%})"


def _no_merge(top: pd.Series) -> str:
    return f"No merge has a smaller expected regret than the {top['role']} {top['model']}"


def _what_would_tell(top: pd.Series, rival: pd.Series) -> str:
    """Return what the items show of the first two models, and how many would show the difference that is expected."""
    if pd.isna(rival["mde"]):
        return f"{top['model']} and {rival['model']} gave the same answers: no item here tells them apart."
    sizes = "these items" if pd.isna(rival["n_items"]) else f"these {counted(rival['n_items'], 'item')}"
    shown = f"Between {top['model']} and {rival['model']} {sizes} show {100 * rival['mde']:.1f} points or more"
    if pd.isna(rival["items_needed"]):
        return f"{shown} (80 % power)."
    gap = 100 * (top["shrunk"] - rival["shrunk"])
    return f"{shown}; the {gap:.2f} points expected there need {counted(rival['items_needed'], 'item')} (80 % power)."
