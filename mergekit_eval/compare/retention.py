"""The share of a reference's score over chance that a merge keeps, and whether it suffices.

The share is a ratio of two averages over the same items (Fieller's interval). Whether a merge keeps, say, 95 % is a
test of its own, fixed beforehand: merge - chance >= 0.95 (relative - chance), a linear contrast that needs no ratio.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import stats, tables
from mergekit_eval.compare.engine import CAPABILITY, OVERALL, TASK
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.compare.references import BASE, PARENT, Used, averages, groups, items, references, shared_views
from mergekit_eval.compare.task_averages import mean_covariance, unknown_between
from mergekit_eval.compare.testing import TINY, claims, tail, worded
from mergekit_eval.errors import ParameterError, explain
from mergekit_eval.rows import MergeRow, merge_rows
from mergekit_eval.shares import shares_checked
from mergekit_eval.thresholds import thresholds


@tables.makes("retention")
@shares_checked
def retention_table(context: MergeContext, *, share: float | None = None, alpha: float = 0.05) -> pd.DataFrame:
    """Return the chance-corrected share of each parent's, the mean parent's, the specialist's and the base's score.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`.
    share : float, optional
        The share that has to be kept, fixed before looking; ``retention`` of `thresholds.yaml` by default.
    alpha : float
        Family-wise error rate (Holm) of the claims "kept" and "lost" per level and kind of relative.

    Returns
    -------
    DataFrame
        Table `retention`. ``retention`` is (merge - chance) / (relative - chance), 1 = all of it, turned so that higher
        is better; on the levels capability and overall both are averages over tasks. ``margin`` is (1 - share) of the
        relative's score over chance. ``decided``: kept (surely at least the share), lost (surely below it), undecided,
        or '' where a share would mean nothing, with the reason in ``note``: chance unknown, an unbounded score, or a
        relative that is not surely above chance.
    """
    wanted = thresholds()["retention"] if share is None else share
    if not 0 < wanted <= 1:
        raise ParameterError(explain("retention_table", "share", wanted, "a share above 0 and at most 1"))
    rows = [row for merge in merge_rows(context.merges) for row in _rows(context, merge, wanted)]
    out = pd.DataFrame(rows, columns=tables.columns("retention"))
    p, words = claims(out, {"p_kept": "kept", "p_lost": "lost"}, ["level", "relation"], alpha)
    return worded(out.assign(p_adjusted=p, decided=words), reference="", capability="")


def _rows(context: MergeContext, merge: MergeRow, share: float) -> Iterator[dict[str, Any]]:
    views = context.of(merge.merge)
    for view in views:
        about = {"level": TASK, "merge": view.merge, "task": view.task, "capability": view.capability}
        for relation, reference, used in references(view):
            yield about | {"relation": relation, "reference": reference} | _measured(used, share, context.level)
        for name, why in view.block.absent.items():
            relation = PARENT if name in merge.parents else BASE
            yield about | {"relation": relation, "reference": name, "note": f"not compared: {why}"}
    whole, left = shared_views(context, merge.merge)
    able = [view for view in whole if np.isfinite(view.chance)]
    gone = ", ".join([*left, *(view.task for view in whole if view not in able)])
    without = f"without {gone}: chance unknown or not shared with the base and every parent" if gone else ""
    for (level, name), mine in groups(able, context.votes).items():
        about = {"level": level, "merge": merge.merge, "task": name, "capability": name if level == CAPABILITY else ""}
        for relation, reference, used in averages(mine, context.votes):
            row = about | {"relation": relation, "reference": reference} | _measured(used, share, context.level)
            yield row | {"note": text_note(row["note"], without if level == OVERALL else "")}
    if not views or not any(view.parents for view in views):
        why = text_note(context.doubts(merge)) or "no task in common with a parent"
        yield {"level": OVERALL, "merge": merge.merge, "relation": PARENT, "task": OVERALL, "note": why}


def _measured(used: list[Used], share: float, level: float) -> dict[str, Any]:
    first = used[0].view
    row: dict[str, Any] = {"n_tasks": len(used), "n": items(used), "note": ""}
    if first.scale != "unit":
        return row | {"note": "refused: an unbounded score has no share over chance"}
    if not all(np.isfinite(view.chance) for view, _, _ in used):
        return row | {"note": "refused: the score of guessing is unknown"}
    top, bottom, cov, df = over_chance(used)
    row |= {"over_chance": top, "reference_over_chance": bottom, "margin": (1 - share) * bottom}
    notes = [first.block.note] if len(used) == 1 else [unshared(used)]
    refused = too_near(top, bottom, cov, df, level)
    if refused:
        return row | {"note": text_note(f"refused: {refused}", *notes)}
    ratio = stats.ratio_of_averages(top, bottom, cov, df=df, level=level)
    z = (top - share * bottom) / np.sqrt(cov[0, 0] - 2 * share * cov[0, 1] + share**2 * cov[1, 1])
    p = {"p_kept": max(tail(z, df), TINY), "p_lost": max(tail(-z, df), TINY)}
    return row | p | {
        "retention": ratio.ratio, "low": ratio.low, "high": ratio.high, "note": text_note(ratio.note, *notes)
    }  # fmt: skip


def over_chance(used: list[Used]) -> tuple[float, float, np.ndarray, float]:
    """Return the mean scores over chance of the merge and of its relative, their covariance and its df."""
    mixes, shares = [sides(one) for one in used], [one.share for one in used]
    scores = [mix @ one.view.block.means - one.view.chance for mix, one in zip(mixes, used, strict=True)]
    top, bottom = np.sum([share * score for share, score in zip(shares, scores, strict=True)], axis=0)
    cov, df = mean_covariance([one.view.block for one in used], mixes, shares)
    return float(top), float(bottom), cov, df


def sides(one: Used) -> np.ndarray:
    """Return the weights of the models in the merge's score and in its relative's, shape (2, models)."""
    mix = np.zeros((2, len(one.view.block.models)))
    mix[0, 0], mix[1, list(one.places)] = 1.0, 1 / len(one.places)
    return mix


def unshared(used: list[Used]) -> str:
    """Return the sentence on questions that tasks may share without saying which, '' if none does."""
    return unknown_between([one.view.block for one in used], [sides(one) for one in used])


def too_near(top: float, bottom: float, cov: np.ndarray, df: float, level: float) -> str:
    """Return why a ratio to something this close to chance is refused; '' if it is not."""
    least = thresholds()["above_chance"]
    if not np.isfinite(cov).all() or cov[1, 1] <= 0 or cov[0, 0] <= 0:
        return "no error known"
    if bottom < least:
        return f"the reference is {bottom:+.1%} from chance, less than {least:.0%} above it"
    if tail(bottom / np.sqrt(cov[1, 1]), df) > (1 - level) / 2:
        return f"the reference, {bottom:+.1%} from chance, is not surely above it"
    return ""


def headline(table: pd.DataFrame) -> pd.DataFrame:
    """Return one overall row per merge: against each task's own specialist, else the mean parent, the parent, the base.

    Parameters
    ----------
    table : DataFrame
        From `retention_table`.
    """
    rows = table[table["level"].eq("overall")]
    order = rows["relation"].map({"specialist": 0, "mean parent": 1, "parent": 2, "base": 3})
    ranked = rows.assign(at=order, none=rows["retention"].isna()).sort_values(["none", "at"], kind="stable")
    return ranked.drop_duplicates("merge").sort_index().drop(columns=["at", "none"]).reset_index(drop=True)
