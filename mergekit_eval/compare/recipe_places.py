"""Where a recipe stands that was merged with several seeds: the variance between seeds is part of the error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.engine import OVERALL
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.compare.place import ABOVE, BELOW, OPEN
from mergekit_eval.compare.recipes import Replicates, find_replicates
from mergekit_eval.compare.references import BASE, PARENT, total
from mergekit_eval.compare.sweeps import Counted, levels, shared_blocks
from mergekit_eval.compare.task_averages import mean_contrast, unknown_between
from mergekit_eval.compare.testing import gain_share, quantile
from mergekit_eval.rows import merge_rows
from mergekit_eval.shares import shares_checked

LEAST_SEEDS = 3


@tables.makes("recipe_places")
@shares_checked
def recipe_place_table(context: MergeContext, recipes: pd.DataFrame, *, alpha: float = 0.05) -> pd.DataFrame:
    """Return the place of every recipe that has several seeds against its base and each parent, on average.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`.
    recipes : DataFrame
        From `recipe_table`.
    alpha : float
        Chance of any false statement in the table, at most (Bonferroni over its rows).

    Returns
    -------
    DataFrame
        Table `recipe_places`. ``gain`` is the mean over the seeds minus the reference, on the tasks that all of them
        share. Its error holds the items' and the seeds' part: the items' variance of the mean merge plus the variance
        of the scores over the seeds by their number, degrees of freedom by Satterthwaite, seeds - 1 for the second. The
        scores vary with the items, too, so that few seeds make the limits wide rather than narrow. Two seeds have no
        place.
    """
    rows = [
        row for recipe, seeds in find_replicates(recipes, context.rows).items() for row in _rows(context, recipe, seeds)
    ]
    tested = sum("_df" in row for row in rows)
    decided = [placed(row, 1 - alpha / tested) if "_df" in row else row for row in rows]
    out = pd.DataFrame(decided, columns=tables.columns("recipe_places"))
    return out.assign(gain_share=gain_share(out))


def _rows(context: MergeContext, recipe: str, seeds: Replicates) -> Iterator[dict[str, Any]]:
    merges = seeds.merges
    head = {"recipe": recipe, "merges": ", ".join(merges), "seeds": len(merges), "place": "", "note": seeds.note}
    origin = next(row for row in merge_rows(context.merges) if row.merge == merges[0])
    for name in [*origin.parents, *([origin.base] if origin.base else [])]:
        about = head | {"relation": BASE if name == origin.base else PARENT, "reference": name}
        blocks = shared_blocks(context, [*merges, name]) if name in context.rows else []
        used = levels(blocks, context.votes).get((OVERALL, OVERALL), [])
        if len(merges) < LEAST_SEEDS:
            yield about | {"note": text_note("two seeds: a claim on the recipe needs three", seeds.note)}
        elif not used:
            yield about | {"note": text_note("no bounded task that it shares with all seeds", seeds.note)}
        else:
            yield about | recipe_gain(used)


def recipe_gain(used: Sequence[Counted]) -> dict[str, Any]:
    """Return the gain of the mean over seeds, the last model of each block being the reference."""
    shares = [share for _, share in used]
    scores = np.sum([share * block.means for block, share in used], axis=0)
    seeds = len(scores) - 1
    weights = np.append(np.full(seeds, 1 / seeds), -1.0)
    blocks, mixes = [block for block, _ in used], [weights] * len(used)
    gain, stderr, df = mean_contrast(blocks, mixes, shares)
    between = float(scores[:-1].var(ddof=1)) / seeds
    variance = stderr**2 + between
    spread = (stderr**4 / df if df > 0 else 0.0) + between**2 / (seeds - 1)
    return {
        "merge_value": float(scores[:-1].mean()), "reference_value": float(scores[-1]), "gain": gain,
        "stderr": float(np.sqrt(variance)), "n": total(block.n for block, _ in used), "n_tasks": len(used),
        "_df": variance**2 / spread if spread > 0 else np.inf, "note": unknown_between(blocks, mixes),
    }  # fmt: skip


def placed(row: dict[str, Any], level: float) -> dict[str, Any]:
    """Return a gain with its limits at a confidence level, and the place that follows from them."""
    half = quantile(level, row["_df"]) * row["stderr"]
    low, high = row["gain"] - half, row["gain"] + half
    return row | {"gain_low": low, "gain_high": high, "place": ABOVE if low > 0 else BELOW if high < 0 else OPEN}
