"""Which parent's skill suffers under which other parent, over all merges; losses against the weakest parent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.engine import CAPABILITY, OVERALL, TASK
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.compare.references import Used, groups, items, left_out, parents_of, shared, shared_views, total
from mergekit_eval.compare.task_averages import mean_contrast, unknown_between
from mergekit_eval.compare.task_matrix import Block
from mergekit_eval.compare.testing import TINY, claims, corrected, decide, quantile, tail, with_names
from mergekit_eval.rows import MergeRow, merge_rows, reached
from mergekit_eval.shares import shares_checked
from mergekit_eval.thresholds import thresholds

_CONFOUNDED = (
    "no merges of equally many parents to compare ({a:.1f} with it, {b:.1f} without, on average): the effect may be "
    "that of merging more models"
)


@tables.makes("conflicts")
@shares_checked
def conflict_table(context: MergeContext, *, alpha: float = 0.05) -> pd.DataFrame:
    """Return, for every ordered pair of parents, the score on the first one's skill of merges that hold the second.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`, with domains: a parent's skill is the mean score on the tasks of its domain.
    alpha : float
        Family-wise error rate (Holm) over the matrix.

    Returns
    -------
    DataFrame
        Table `conflicts`: ``effect`` is the mean skill of the merges that hold both parents minus that of the merges
        that hold the first without the second (positive: they get on), among merges of equally many parents: a skill
        also fades because more is merged, whatever it is. Where no two merges of equal size differ in holding the
        second parent, the plain difference is shown, ``note`` says so, and nothing is decided. The standard error adds
        the spread between merges (pooled; its degrees of freedom are those of the t law) and the sampling of items.
        ``with_other`` and ``without_other`` count the merges compared. ``loss`` is the mean of merge - first parent
        over the ``n_merges`` merges with both. Merges of merges hold the parents of their parents.
    """
    held = {row.merge: _leaves(context, row.merge) for row in merge_rows(context.merges) if row.merge in context.rows}
    skilled = [
        name for name in dict.fromkeys(p for leaves in held.values() for p in leaves) if context.domains.get(name)
    ]
    rows = [row for skill in skilled for row in _of_skill(context, held, skill, [n for n in skilled if n != skill])]
    out = pd.DataFrame(rows, columns=tables.columns("conflicts"))
    # a t law of one degree of freedom reaches far beyond what a share can differ by
    ends = {name: pd.to_numeric(out[name]).clip(-1, 1) for name in ("low", "high", "loss_low", "loss_high")}
    return decide(out.assign(**ends), corrected(out), alpha, "effect")


def _leaves(context: MergeContext, merge: str) -> tuple[str, ...]:
    """Return the parents of a merge, a merge among them replaced by its own parents."""
    parents = dict(zip(context.merges["merge"], context.merges["parents"], strict=True))
    models = reached(parents.get(merge, ()), lambda name: parents.get(name, ()))
    return tuple(name for name in models if not parents.get(name))


def _of_skill(
    context: MergeContext, held: dict[str, tuple[str, ...]], skill: str, others: list[str]
) -> Iterator[dict[str, Any]]:
    holding = {merge: leaves for merge, leaves in held.items() if skill in leaves}
    blocks = _blocks(context, skill, list(holding))
    for other in others:
        yield _pair(context, holding, blocks, skill, other)


def _pair(
    context: MergeContext, holding: dict[str, tuple[str, ...]], blocks: list[Block], skill: str, other: str
) -> dict[str, Any]:
    both, without = ([merge for merge, held in holding.items() if (other in held) is want] for want in (True, False))
    sizes = [float(np.mean([len(holding[merge]) for merge in side])) if side else np.nan for side in (both, without)]
    domain = ", ".join(sorted(context.domains[skill]))
    row: dict[str, Any] = {
        "skill": skill, "other": other, "capability": domain, "scale": "unit", "note": "",
        "with_other": len(both), "without_other": len(without),
        "parents_with": sizes[0], "parents_without": sizes[1],
    }  # fmt: skip
    if not blocks or not both:
        why = "no merge holds both" if not both else "no task of this skill that all these merges share"
        return row | {"note": why}
    row |= {"n_tasks": len(blocks), "n": total(b.n for b in blocks)} | _loss(blocks, both, context.level)
    if not without:
        return row | {"note": "every merge with the first also holds the second: no effect, only the loss"}
    strata, confounded = _strata(holding, both, without)
    why = _CONFOUNDED.format(a=sizes[0], b=sizes[1]) if confounded else ""
    return row | _effect(blocks, strata, context.level, why)


Stratum = tuple[list[str], list[str]]


def _strata(holding: dict[str, tuple[str, ...]], both: list[str], without: list[str]) -> tuple[list[Stratum], bool]:
    """Return the merges with and without, by number of parents; all in one, and True, where no number has both."""
    sizes = dict.fromkeys(len(holding[merge]) for merge in both)
    split = [tuple([m for m in side if len(holding[m]) == size] for side in (both, without)) for size in sizes]
    matched = [(a, b) for a, b in split if a and b]
    return (matched, False) if matched else ([(both, without)], True)


def _blocks(context: MergeContext, skill: str, merges: list[str]) -> list[Block]:
    """Return one block per task of a skill on which the parent and all merges have a comparable score."""
    tasks = [
        t for t in context.tasks_of([skill, *merges]) if context.rows[skill][t].capability in context.domains[skill]
    ]
    made = [context.joint(task, [skill, *merges]) for task in tasks]
    return [b for b in made if len(b.models) == len(merges) + 1 and b.rows[0].scale != "natural"]


def _means(blocks: list[Block], merges: list[str]) -> np.ndarray:
    return np.asarray(np.mean([[b.means[b.models.index(m)] for m in merges] for b in blocks], axis=0))


def _item_error(blocks: list[Block], weights: dict[str, float]) -> float:
    """Return the standard error that the items give to a weighted sum of models, averaged over tasks."""
    return mean_contrast(blocks, _mixes(blocks, weights), [1 / len(blocks)] * len(blocks))[1]


def _mixes(blocks: list[Block], weights: dict[str, float]) -> list[np.ndarray]:
    return [np.array([weights.get(m, 0.0) for m in b.models]) for b in blocks]


def _loss(blocks: list[Block], merges: list[str], level: float) -> dict[str, Any]:
    skill = blocks[0].models[0]
    gains = _means(blocks, merges) - float(_means(blocks, [skill])[0])
    error = _item_error(blocks, {skill: -1.0} | {m: 1 / len(merges) for m in merges}) ** 2
    loss, count = float(gains.mean()), len(merges)
    between = float(gains.var(ddof=1)) / count if count > 1 else 0.0  # of one merge the spread is not known
    half = quantile(level, count - 1 or np.inf) * np.sqrt(error + between)
    limits = {"loss": loss, "loss_low": loss - half, "loss_high": loss + half}
    return limits | {"n_merges": count, "merges": ", ".join(merges)}


def _effect(blocks: list[Block], strata: list[Stratum], level: float, why: str) -> dict[str, Any]:
    share = np.array([len(a) for a, _ in strata]) / sum(len(a) for a, _ in strata)
    weights: dict[str, float] = {}
    for part, (both, without) in zip(share, strata, strict=True):
        weights |= {m: part / len(both) for m in both} | {m: -part / len(without) for m in without}
    values = dict(zip(weights, _means(blocks, list(weights)), strict=True))
    effect = sum(weight * values[merge] for merge, weight in weights.items())
    with_it = sum(weight * values[merge] for merge, weight in weights.items() if weight > 0)
    unknown = unknown_between(blocks, _mixes(blocks, weights))
    found: dict[str, Any] = {
        "effect": effect, "value_with": with_it, "value_without": with_it - effect, "note": text_note(why, unknown),
        "with_other": sum(len(a) for a, _ in strata), "without_other": sum(len(b) for _, b in strata),
    }  # fmt: skip
    cells = [np.array([values[m] for m in side]) for pair in strata for side in pair]
    df = float(sum(len(cell) - 1 for cell in cells))
    if not df:
        return found | {"note": text_note("one merge on each side: the spread between merges is unknown", why, unknown)}
    variance = sum(float(((cell - cell.mean()) ** 2).sum()) for cell in cells) / df
    between = variance * sum(weight**2 for weight in weights.values())
    stderr = float(np.sqrt(between + _item_error(blocks, weights) ** 2))
    half = quantile(level, df) * stderr
    p = None if why else min(1.0, max(2 * tail(abs(effect) / stderr, df), TINY))
    return found | {"low": effect - half, "high": effect + half, "p": p}


@shares_checked
def regression_table(context: MergeContext, *, tolerance: float | None = None, alpha: float = 0.05) -> pd.DataFrame:
    """Return whether each merge fell below its weakest parent by more than is tolerated.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`.
    tolerance : float, optional
        Share of the weakest parent's score over chance that may be lost, fixed beforehand;
        ``regression_tolerance`` of `thresholds.yaml` by default. Where chance is unknown it is taken as 0 and said so.
    alpha : float
        Family-wise error rate (Holm) per level, of each of the two claims.

    Returns
    -------
    DataFrame
        Table `regressions`: ``floor`` is what the weakest parent leaves to the merge, ``distance`` merge - floor with
        its interval. ``decided``: regressed (surely below the floor of every parent, hence of the weakest: an
        intersection-union test; never where a parent is not evaluated), holds (surely above the floor of at least one,
        Bonferroni), or undecided. Neither test cares which parent happened to score lowest.
    """
    allowed = thresholds()["regression_tolerance"] if tolerance is None else tolerance
    rows = [row for merge in merge_rows(context.merges) for row in _regressions(context, merge, allowed)]
    out = pd.DataFrame(rows, columns=tables.columns("regressions"))
    p, words = claims(out, {"p_regressed": "regressed", "p_holds": "holds"}, ["level"], alpha)
    out = out.assign(p_adjusted=p, decided=words)
    return tables.conform(with_names(out, "below_floor", out["decided"].eq("regressed")), "regressions")


def _regressions(context: MergeContext, merge: MergeRow, tolerance: float) -> Iterator[dict[str, Any]]:
    views = [view for view in context.of(merge.merge) if view.parents]
    for view in views:
        about = {"level": TASK, "merge": view.merge, "task": view.task, "capability": view.capability}
        if view.scale != "unit":
            yield about | {"note": "refused: an unbounded score has no share that may be lost"}
        else:
            chance = "" if np.isfinite(view.chance) else "chance unknown, taken as 0"
            note = text_note(left_out(view), chance, view.block.note)
            yield about | _floor([Used(view, view.parents, 1.0)], merge, tolerance, context.level) | {"note": note}
    whole = [view for view in shared_views(context, merge.merge)[0] if view.parents]
    for (level, name), mine in groups(whole, context.votes).items():
        about = {"level": level, "merge": merge.merge, "task": name, "capability": name if level == CAPABILITY else ""}
        if used := shared(((view, view.parents) for view in mine), context.votes):
            yield about | _floor(used, merge, tolerance, context.level)
    if not views:
        why = text_note(context.doubts(merge), "no task in common with a parent" if merge.merge in context.rows else "")
        yield {"level": OVERALL, "merge": merge.merge, "task": OVERALL, "note": why}


def _floor(used: list[Used], merge: MergeRow, tolerance: float, level: float) -> dict[str, Any]:
    keep, names = 1 - tolerance, parents_of(used[0].view)
    shares, blocks = np.array([one.share for one in used]), [one.view.block for one in used]
    found = []
    for name in names:
        contrasts, ends = [], []
        for view, _, _ in used:
            place, chance = view.block.models.index(name), view.chance if np.isfinite(view.chance) else 0.0
            weights = np.zeros(len(view.block.models))
            weights[0], weights[place] = 1.0, -keep
            contrasts.append(weights)
            ends.append((float(view.block.means[0]), float(view.block.means[place]), chance))
        difference, stderr, df = mean_contrast(blocks, contrasts, shares.tolist())
        value, parent, chance = (shares @ ends).tolist()
        found.append((difference - tolerance * chance, stderr, df, value, parent, chance))
    distance, errors, df, value, parent, chance = np.array(found).T
    at = int(np.argmin(parent))
    absent = [name for name in merge.parents if name not in names]
    row: dict[str, Any] = {
        "n_parents": len(names), "n_tasks": len(used), "n": items(used), "tolerance": tolerance, "weakest": names[at],
        "value": value[at], "weakest_value": parent[at], "distance": distance[at], "floor": value[at] - distance[at],
        "note": text_note(
            f"the weakest of the evaluated parents, without {', '.join(absent)}" if absent else "",
            unknown_between(blocks, contrasts),
        ),
    }  # fmt: skip
    if not (errors > 0).all() or not np.isfinite(errors).all():
        return row
    half = quantile(level, float(df[at])) * errors[at]
    below = [tail(-d / e, f) for d, e, f in zip(distance, errors, df, strict=True)]
    above = [tail(d / e, f) for d, e, f in zip(distance, errors, df, strict=True)]
    claims = {"p_holds": min(1.0, max(len(names) * min(above), TINY))}
    claims |= {} if absent else {"p_regressed": max(*below, TINY)}  # a parent without scores may be weaker still
    return row | claims | {"low": distance[at] - half, "high": distance[at] + half}
