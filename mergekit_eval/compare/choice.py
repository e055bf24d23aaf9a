"""Which one to take: chance of being best and expected regret among merges, parents and base."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mergekit_eval import stats, tables
from mergekit_eval.compare.coverage import oriented_means
from mergekit_eval.compare.engine import PAIRED, UNPAIRED, evidence_of
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.compare.questions import unknown_sharing
from mergekit_eval.compare.ranking import bounded_scores, costliest, rectangle
from mergekit_eval.compare.task_averages import macro, mean_contrast
from mergekit_eval.compare.task_matrix import Block
from mergekit_eval.shares import shares_checked
from mergekit_eval.wording import counted

Floats = NDArray[np.float64]
BEST, POSSIBLE, UNLIKELY = "smallest regret", "may be best", "unlikely best"
LEAST_GAP = 1e-5  # a thousandth of a point: no number of items is worth stating for less
NO_ERROR = "a standard error is not known"


class Candidates(NamedTuple):
    """Models side by side on the tasks that all of them have, the share of each, what was left out, who costs most."""

    models: list[str]
    blocks: list[Block]
    shares: list[float]
    left_out: dict[str, str]
    costs: str = ""


@tables.makes("choice")
@shares_checked
def choice_table(context: MergeContext, scores: pd.DataFrame, *, alpha: float = 0.05, seed: int = 0) -> pd.DataFrame:
    """Return merges, parents and base by expected regret, with the chance of each to be the best of them.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`.
    scores : DataFrame
        From `score_table`.
    alpha : float
        Models that together are best with probability 1 - alpha are named; ``mde`` and ``items_needed`` are for a
        test at this error rate with 80 % power.
    seed : int
        Of the draws.

    Returns
    -------
    DataFrame
        Table `choice`, the smallest regret first. Merges share a normal prior and parents another one, whose means and
        standard deviations are unknown (`stats.choose`). ``shrunk`` is the average without what they take for chance.
        ``mde`` and ``items_needed`` hold a model against the first: the smallest difference these
        items show, and the items that the difference of the shrunk averages would need.
    """
    roles = candidate_roles(context)
    found = shared_tasks(context, list(roles))
    left = [{"model": name, "role": roles[name], "note": why} for name, why in found.left_out.items() if name in roles]
    if len(found.models) < 2 or not found.blocks:
        few = "fewer than two of the merges, parents and bases share a task of bounded scores with a known error"
        return tables.empty("choice", "" if context.merges.empty else few)
    rows = _rows(found, roles, _averages(found, scores, context), 1 - alpha, seed)
    rows.loc[0, "note"] = text_note(rows["note"][0], *_about_tasks(found, roles))
    return pd.concat([rows, pd.DataFrame(left)], ignore_index=True).reindex(columns=list(tables.columns("choice")))


def _about_tasks(found: Candidates, roles: dict[str, str]) -> Iterator[str]:
    """Yield which tasks are left out, and which are compared on a part of their items."""
    gone = [f"{name}: {why}" for name, why in found.left_out.items() if name not in roles]
    if gone:
        yield f"without {counted(len(gone), 'task')}: {'; '.join(gone)}"
    if found.costs:
        yield found.costs
    tasks = [block.rows[0].task for block in found.blocks]
    mix = np.eye(len(found.models))
    if unknown := unknown_sharing(tasks, [block.asked(mix) for block in found.blocks]):
        yield unknown
    partial = [block.rows[0].task for block in found.blocks if _misses_items(block)]
    if partial:
        yield f"compared on the items that all share: {', '.join(partial)}"


def _misses_items(block: Block) -> bool:
    sizes = [row.n for has, row in zip(block.with_items, block.rows, strict=True) if has and not pd.isna(row.n)]
    return block.n is not None and any(size > block.n for size in sizes)


def candidate_roles(context: MergeContext) -> dict[str, str]:
    """Return the evaluated merges, then their parents and bases, each with its role; a merge stays one as parent."""
    merges = context.merges
    named = [(name, "merge") for name in merges["merge"]]
    named += [(name, "parent") for parents in merges["parents"] for name in parents]
    named += [(name, "base") for name in merges["base"] if name]
    roles: dict[str, str] = {}
    for name, role in named:
        if name in context.rows:
            roles.setdefault(name, role)
    return roles


def shared_tasks(context: MergeContext, models: list[str]) -> Candidates:
    """Return models on the bounded tasks where all of them can be compared; who or what lacks most is left out."""
    whole_table = bounded_scores(context.evidence.scores, models).reindex(models)
    table, left_out = rectangle(whole_table)
    blocks = {task: context.joint(task, table.index) for task in table.columns}
    reasons = {(name, task): why for task, block in blocks.items() for name, why in _unusable(block).items()}
    for name, task in reasons:
        table.loc[name, task] = np.nan
    usable, dropped = rectangle(table)
    for name in dropped:
        pairs = [(who, why) for (who, task), why in reasons.items() if name in (who, task)]
        left_out[name] = next(why if who == name else f"{who}: {why}" for who, why in pairs)
    names = list(usable.index)
    if names[:1] != list(table.index[:1]):  # others were held against a model that is gone
        again = shared_tasks(context, names)
        return again._replace(left_out=left_out | again.left_out)
    whole = len(names) == len(table)
    shares = {task: share for task, share in context.votes.shares(list(usable.columns)).items() if share > 0}
    held = [blocks[task] if whole else context.joint(task, names) for task in shares]
    return Candidates(names, held, list(shares.values()), left_out, costliest(whole_table, names, context.votes))


def _unusable(block: Block) -> dict[str, str]:
    """Return the models of a task that cannot be held against the first, or whose error is not known."""
    bare = [name for name, variance in zip(block.models, block.cov.diagonal(), strict=True) if not variance >= 0]
    return block.absent | dict.fromkeys(bare, NO_ERROR)


def _rows(found: Candidates, roles: dict[str, str], averages: pd.DataFrame, level: float, seed: int) -> pd.DataFrame:
    """Return the rows of the models that can be compared."""
    estimates, covariance = macro(found.blocks, found.shares)
    kinds = [name if roles[name] == "base" else roles[name] for name in found.models]
    result = stats.choose(estimates, covariance, kinds, seed=seed)
    order = np.argsort(result.regret, kind="stable")
    rows = pd.DataFrame({"model": found.models, "role": [roles[name] for name in found.models]})
    rows = rows.join(averages, on="model")
    rows["p_best"], rows["regret"] = result.p_best, result.regret
    rows["shrunk"] = rows["macro"] + result.shrunk.means - estimates
    priors = [result.shrunk.kinds.get(kind, (np.nan, np.nan)) for kind in kinds]
    rows[["prior_mean", "prior_sd"]] = np.array(priors, dtype=float)
    rows["stands"] = _stands(result.p_best, order, level)
    rows["n_tasks"], rows["evidence"] = len(found.blocks), _evidence(found)
    rows = rows.join(_against_first(found, order[0], result.shrunk.means, rows["n_items"].to_numpy(float), level))
    return rows.iloc[order].reset_index(drop=True)


def _averages(found: Candidates, scores: pd.DataFrame, context: MergeContext) -> pd.DataFrame:
    """Return the macro averages with their limits and number of items, as the verdicts have them."""
    shares = {block.rows[0].task: share for block, share in zip(found.blocks, found.shares, strict=True)}
    mine = scores[scores["model"].isin(found.models) & scores["task"].isin(shares)]
    means = oriented_means(mine.assign(share=mine["task"].map(shares)), ["model"], context.evidence)
    named = {"value": "macro", "low": "macro_low", "high": "macro_high", "n": "n_items"}
    return means.rename(columns=named)[list(named.values())]


def _stands(p_best: Floats, order: NDArray[np.intp], level: float) -> NDArray[np.str_]:
    """Return who comes first, who else is in the smallest set that holds the best at ``level``, and the rest."""
    likely = np.argsort(-p_best, kind="stable")
    before = p_best[likely].cumsum() - p_best[likely]
    words = np.full(p_best.size, UNLIKELY, dtype=object)
    words[likely[before < level]] = POSSIBLE
    words[order[0]] = BEST
    return words


def _against_first(found: Candidates, first: int, means: Floats, n: Floats, level: float) -> pd.DataFrame:
    """Return, for each model against the first, what the items show and the items needed, and who has its answers."""
    rows: list[dict[str, Any]] = []
    for at, (gap, items) in enumerate(zip(means[first] - means, n, strict=True)):
        weights = np.zeros(len(means))
        weights[first] += 1
        weights[at] -= 1
        if at == first or not any(block.separates(first, at) for block in found.blocks):
            rows.append({"note": "" if at == first else f"same answers as {found.models[first]}"})
            continue
        error = mean_contrast(found.blocks, [weights] * len(found.blocks), found.shares)[1]
        known = gap > LEAST_GAP and items > 0
        needed = stats.items_needed(gap, error * np.sqrt(items), level=level) if known else pd.NA
        rows.append({"mde": stats.mde(error, level=level), "items_needed": needed, "note": ""})
    return pd.DataFrame(rows, columns=["mde", "items_needed", "note"])


def _evidence(found: Candidates) -> list[str]:
    items = np.array([block.with_items for block in found.blocks])
    return [evidence_of(PAIRED if one else UNPAIRED for one in column) for column in items.T]
