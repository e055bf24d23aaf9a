"""Members of OLMES's aggregates, which no file states: told by their names, and believed where their values agree.

``mmlu:mc::olmes`` folds ``mmlu_<subject>:mc::olmes``, and ``boolq::olmes`` is the better of ``boolq:mc::olmes`` and
``boolq:rc::olmes``. An aggregate writes every metric twice, as ``_macro`` and ``_micro``; the mean that it is folded by
becomes the metric of its members, so that both means can be recomputed from them.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from mergekit_eval.readers._base import Problem, ScoreRow, problem

_WAYS = ("macro", "micro")
_BETTER = "mc_or_rc"
_ASKED = ("mc", "rc")
_CLOSE = 1e-6


class Fold(NamedTuple):
    """How an aggregate was folded (macro, micro, mc_or_rc), and of how many tasks where it says so."""

    way: str
    tasks: int | None


def unfolded(
    rows: list[ScoreRow], folds: dict[str, Fold]
) -> tuple[list[ScoreRow], dict[str, list[str]], list[Problem]]:
    """Return the rows with aggregates under the metrics of their members, the tree of groups, and problems.

    Parameters
    ----------
    rows : list of dict
        Score rows of one file.
    folds : dict
        Per aggregate of the file, how it was made.
    """
    leaves = {(row["model"], row["task_name"], row["metric"]): row for row in rows if row["kind"] == "task"}
    names = list(dict.fromkeys(task for _, task, _ in leaves))
    tree: dict[str, list[str]] = {}
    unknown: list[str] = []
    primary = {row["task_name"]: row["value"] for row in rows if row.get("primary")}
    for group, fold in folds.items():
        mine = [row for row in rows if row["kind"] == "group" and row["task_name"] == group]
        if fold.way == _BETTER:
            members = _variants(group, list(primary))
            better = max((primary[name] for name in members), default=math.nan)
            made = mine if primary.get(group) == better else []
        else:
            members = _members(group, names)
            made = _renamed(mine, members, fold, leaves) if fold.tasks in (None, len(members)) else []
        if not made:
            unknown.append(group)
            continue
        tree[group] = members
        rows = [row for row in rows if not any(row is old for old in mine)] + made
    for group, members in tree.items():
        for row in rows:
            if row["task_name"] in members:
                row["group"] = group
    if not unknown:
        return rows, tree, []
    told = f"aggregates whose members the file does not show, kept as they stand: {', '.join(sorted(unknown))[:400]}"
    return rows, tree, [problem("note", told)]


def _members(group: str, names: list[str]) -> list[str]:
    """Return the tasks of the same variant whose name begins with that of the group."""
    base, _, variant = group.partition(":")
    return [name for name in names if name.startswith(f"{base}_") and name.partition(":")[2] == variant]


def _variants(group: str, names: list[str]) -> list[str]:
    """Return the ways of asking one task, where a group is the better of them."""
    base, _, variant = group.partition(":")
    return [name for way in _ASKED if (name := f"{base}:{way}:{variant}") in names]


def _renamed(
    mine: list[ScoreRow], members: list[str], fold: Fold, leaves: dict[tuple[str, str, str], ScoreRow]
) -> list[ScoreRow]:
    """Return the rows of an aggregate under its members' metrics, [] where none is the mean that it should be."""
    kept: list[ScoreRow] = []
    found = False
    for row in mine:
        stem, _, way = row["metric"].rpartition("_")
        own = [leaves.get((row["model"], name, stem)) for name in members] if way in _WAYS else []
        known = [one for one in own if one is not None]
        if not known or len(known) < len(members):
            kept.append(row)
        elif way == fold.way and _is_mean(row["value"], known, way):
            # The primary metric of an aggregate is that of its members.
            primary = {one.get("primary") for one in known}
            kept.append(row | {"metric": stem, "primary": primary == {True}})
            found = True
    if any(row.get("primary") and row["metric"] in {m for _, _, m in leaves} for row in kept):
        kept = [row for row in kept if not row["metric"].startswith("primary_score")]
    return kept if found else []


def _is_mean(value: float, members: list[ScoreRow], way: str) -> bool:
    weights = [1.0 if way == "macro" else float(row.get("n") or math.nan) for row in members]
    total = math.fsum(weight * row["value"] for weight, row in zip(weights, members, strict=True))
    return math.isclose(value, total / math.fsum(weights), rel_tol=_CLOSE, abs_tol=_CLOSE)
