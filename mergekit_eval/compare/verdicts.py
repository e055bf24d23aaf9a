"""One verdict per merge: what its places against its base and parents add up to, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.collapse import collapse_table, collapsed
from mergekit_eval.compare.coverage import oriented_means
from mergekit_eval.compare.engine import PAIRED
from mergekit_eval.compare.item_index import text_note
from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.compare.place import ABOVE, BELOW, BEYOND, SAME, SHOWN, against, by_merge
from mergekit_eval.compare.references import BASE, BEST, PARENT
from mergekit_eval.merge_methods import is_random
from mergekit_eval.rows import MergeRow, Row, grouped, merge_rows, records
from mergekit_eval.shares import MARGIN, shares_checked
from mergekit_eval.wording import counted, share_of

ALL, BETTER = "better than the base and every parent", "better than every parent"
BETWEEN, LOWER = "between", "below its best parent"
WORSE, NONE = "worse than every parent", "worse than the base and every parent"
# A study may name the parent that a verdict is about; the others are not tested then.
_OF_REFERENCE = {
    ALL: "better than the base and its reference parent",
    BETTER: "better than its reference parent",
    WORSE: "worse than its reference parent",
    NONE: "worse than the base and its reference parent",
}
_AGAINST = {ABOVE: "above its base", BELOW: "below its base", SAME: "same answers as its base"}
NOTHING_SHARED = (
    "no bounded score with a known error is shared with a parent: "
    "evaluate both on the same benchmarks, with several items"
)
SAME_AS, COLLAPSED, UNDECIDED = "same answers as a parent", "collapsed", "not decided"


@tables.makes("verdicts")
@shares_checked
def verdict_table(
    context: MergeContext, places: pd.DataFrame, scores: pd.DataFrame, *, margin: float = MARGIN
) -> pd.DataFrame:
    """Return one row per merge with its verdict and the numbers behind it.

    Parameters
    ----------
    context : MergeContext
        See `MergeContext`.
    places : DataFrame
        From `place_table`: the verdict follows from these places and from nothing else.
    scores : DataFrame
        From `score_table`.
    margin : float
        As the places were made with.

    Returns
    -------
    DataFrame
        Table `verdicts`. "Better than the base and every parent" where all places are above, and so on down to "worse
        than the base and every parent"; "between" where one parent is surely below and another surely above; "below
        its best parent" where some parent is surely above. "Collapsed" needs two signs: at chance on most benchmarks
        where a parent or the base is not, and surely below the base and every parent on average. Where a parent gives
        the same answers item by item the verdict says so. If the study names a reference parent, they are about it.
    """
    overall, benchmarks = by_merge(places), by_merge(places, overall=False)
    fallen = collapsed(collapse_table(scores, context.merges), context.votes)
    macros = _macros(context, scores, {merge: _main(own)["tasks"] for merge, own in overall.items()})
    rows = [
        _verdict(context, merge, overall.get(merge.merge), benchmarks.get(merge.merge), macros, fallen, margin)
        for merge in merge_rows(context.merges)
    ]
    return pd.DataFrame(rows, columns=tables.columns("verdicts"))


def _verdict(
    context: MergeContext, merge: MergeRow, overall: list[Row] | None, benchmarks: list[Row] | None,
    macros: Mapping[str, Row], fallen: Mapping[str, str], margin: float,
) -> dict[str, Any]:  # fmt: skip
    head = {"merge": merge.merge, "method": merge.method, "parents": ", ".join(merge.parents), "verdict": UNDECIDED}
    if not overall:
        return {**head, "reason": NOTHING_SHARED if merge.parents else "no parent known"}
    parents, base = against(overall, PARENT), against(overall, BASE)
    best = _best(overall)
    named = context.named_parent(merge.merge)
    word = verdict_of(overall, named)
    lowest = NONE if base else WORSE
    if merge.merge in fallen and word in (lowest, _OF_REFERENCE[lowest]):
        word = COLLAPSED
    main = _main(overall)
    row = {
        **head, **macros[merge.merge], "verdict": word,
        **{"n_tasks": main["n_tasks"], "n_items": main["n"], "evidence": main["evidence"]},
        **{"n_benchmarks": len(context.votes.by_benchmark(main["tasks"])), "margin": margin},
        "sure_gains": _sure(benchmarks, ABOVE), "sure_losses": _sure(benchmarks, BELOW),
        "note": text_note(_absent(context, merge, parents, base), overall[0]["note"]),
    }  # fmt: skip
    for kind, found in (("", best), ("base_", base)):
        if found:
            one = found[0]
            row |= {
                f"{kind}gain": one["gain"],
                f"{kind}gain_low": one["gain_low"],
                f"{kind}gain_high": one["gain_high"],
            }
            row |= {f"{kind}place": one["place"], f"{kind}within_margin": one["within_margin"]}
            row[f"_{kind}share"] = one["gain_share"]
    row |= (
        {"gain_raw": best[0]["gain_raw"], "best_parent": best[0]["reference"], "items_needed": best[0]["items_needed"]}
        if best
        else {}
    )
    row["_named"] = named
    return {**row, "reason": _reason(row, parents, fallen.get(merge.merge, ""))}


def verdict_of(places: Sequence[Row], named: str) -> str:
    """Return the verdict that the overall places of one merge add up to; ``named``: its reference parent, or ''."""
    words, under = ([row["place"] for row in against(places, kind)] for kind in (PARENT, BASE))
    word = judged(words, under)
    return _OF_REFERENCE.get(word, word) if named else word


def judged(parents: Sequence[str], base: Sequence[str]) -> str:
    """Return the verdict that places against the parents and the base (none, or one) add up to."""
    words, under = set(parents), list(base)
    if SAME in words:
        return SAME_AS
    if words == {ABOVE}:
        return ALL if under == [ABOVE] else BETTER
    if words == {BELOW}:
        return NONE if under == [BELOW] else WORSE
    if {ABOVE, BELOW} <= words:
        return BETWEEN
    return LOWER if BELOW in words else UNDECIDED


def _best(overall: Sequence[Row]) -> list[Row]:
    """Return the row of the best parent, or of the only one; no row without a parent."""
    return against(overall, BEST) or against(overall, PARENT)


def _main(overall: Sequence[Row]) -> Row:
    """Return the place that the numbers of a verdict come from: against the best parent, else against the base."""
    return (_best(overall) or overall)[0]


def _macros(context: MergeContext, scores: pd.DataFrame, tasks: Mapping[str, Sequence[str]]) -> Mapping[str, Row]:
    """Return the average of every merge over the tasks of its verdict, with limits of its own."""
    votes = {merge: context.votes.shares(list(names)) for merge, names in tasks.items()}
    share = [votes.get(model, {}).get(task) for model, task in zip(scores["model"], scores["task"], strict=True)]
    mine = scores.assign(share=np.array(share, dtype=float)).dropna(subset="share")
    named = {"value": "macro", "low": "macro_low", "high": "macro_high"}
    means = oriented_means(mine, ["model"], context.evidence).rename(columns=named)
    return dict(zip(map(str, means.index), records(means[[*named.values()]]), strict=True))


def _sure(benchmarks: Sequence[Row] | None, place: str) -> str:
    """Return the benchmarks on which the merge is surely above, or below, its base or a parent, and whom."""
    by_benchmark = grouped(benchmarks or (), lambda row: str(row["task"]))
    told = {name: _whom(rows, place) for name, rows in by_benchmark.items()}
    return "; ".join(f"{name}: {whom}" for name, whom in told.items() if whom)


def _whom(rows: Sequence[Row], place: str) -> str:
    """Return against whom a merge has the given place on one benchmark, and its gain; '' where there is none."""
    every = against(rows, PARENT)
    parents = [(row["reference"], row["gain"]) for row in every if row["place"] == place]
    told = [f"{_points(row['gain'])} against the base" for row in against(rows, BASE) if row["place"] == place]
    if len(parents) == 1:
        told.insert(0, f"{_points(parents[0][1])} against {parents[0][0]}")
    elif parents:
        ends = list(dict.fromkeys(_points(gain) for gain in sorted(gain for _, gain in parents)))
        whom = "every parent" if len(parents) == len(every) else share_of(len(parents), len(every), "parent")
        told.insert(0, f"{' to '.join(ends[:: max(len(ends) - 1, 1)])} against {whom}")
    return ", ".join(told)


def _absent(context: MergeContext, merge: MergeRow, parents: Sequence[Row], base: Sequence[Row]) -> str:
    named = context.named_parent(merge.merge)
    wanted = [*([named] if named else merge.parents), *([merge.base] if merge.base else [])]
    absent = [name for name in wanted if name not in {row["reference"] for row in (*parents, *base)}]
    apart = [name for name in absent if name in context.rows]
    gone = [name for name in absent if name not in apart]
    told = {"not evaluated": gone, "no task shared with": apart}
    return text_note(*(f"{what}: {', '.join(names)}" for what, names in told.items() if names))


def _reason(row: Mapping[str, Any], parents: Sequence[Row], fallen: str) -> str:
    return "; ".join([*_parts(row, parents, fallen if row["verdict"] == COLLAPSED else "")])


def _parts(row: Mapping[str, Any], parents: Sequence[Row], fallen: str) -> Iterator[str]:
    if fallen:
        yield fallen
    same = [parent["reference"] for parent in parents if parent["place"] == SAME]
    if same:
        yield f"same answers as {', '.join(same)}"
    if "gain" in row:
        kind = "its best parent" if len(parents) > 1 else "its parent"
        whom = (
            f"its reference parent {row['_named']}, named in the study"
            if row["_named"]
            else f"{kind} {row['best_parent']}"
        )
        yield f"{_gain(row, '')} against {whom}{_as_measured(row)}{_about_margin(row, '')}"
    if "base_gain" in row:
        where = _AGAINST.get(row["base_place"], "against its base not decided")
        yield f"{where}: {_gain(row, 'base_')}{_about_margin(row, 'base_')}"
    yield _scope(row)
    if row["verdict"] == UNDECIDED and pd.notna(row.get("items_needed")):
        points = 100 * row["margin"]
        yield f"about {counted(int(row['items_needed']), 'item')} would decide a difference of {points:g} points"
    if is_random(row["method"]):
        yield f"{row['method']} is random, with one seed: this file, not the recipe"


def _about_margin(row: Mapping[str, Any], kind: str) -> str:
    points = 100 * row["margin"]
    if row[f"{kind}within_margin"] == SHOWN:
        return f", a loss of {points:g} points is excluded" if row[f"{kind}gain_low"] < 0 else ""
    return f", a loss of more than {points:g} points" if row[f"{kind}within_margin"] == BEYOND else ""


def _gain(row: Mapping[str, Any], kind: str) -> str:
    share = row[f"_{kind}share"]
    relative = "" if pd.isna(share) else f" ({_points(share)} %)"
    return f"{_points(row[f'{kind}gain'])} points {_reach(row[f'{kind}gain_low'], row[f'{kind}gain_high'])}{relative}"


def _as_measured(row: Mapping[str, Any]) -> str:
    """Return the gain with the luck of the highest parent, where it reads differently."""
    raw = "" if pd.isna(row["gain_raw"]) else _points(row["gain_raw"])
    return f" (raw {raw})" if raw not in ("", _points(row["gain"])) else ""


def _reach(low: float, high: float) -> str:
    """Return limits as they decide: an end at 0 is where a claim holds that the limit alone would not show."""
    if low == 0:
        return f"(> 0, at most {_points(high)})"
    return f"(< 0, at least {_points(low)})" if high == 0 else f"[{_points(low)}, {_points(high)}]"


def _points(share: float) -> str:
    """Return a share of one in hundredths."""
    return f"{100 * share:+.1f}"


def _scope(row: Mapping[str, Any]) -> str:
    sizes = "number of items unknown" if pd.isna(row["n_items"]) else counted(row["n_items"], "item")
    weaker = "" if row["evidence"] == PAIRED else f", {row['evidence']}"
    return f"{counted(row['n_benchmarks'], 'benchmark')} ({counted(row['n_tasks'], 'task')}), {sizes}{weaker}"
