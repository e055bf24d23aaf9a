"""May two scores be compared, and which of their items are the same item?"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from mergekit_eval.collect.item_text import content_key, rows_behind, same_text
from mergekit_eval.errors import DataError
from mergekit_eval.schema import require
from mergekit_eval.wording import counted

TASK = ["task", "metric", "filter"]
ITEM = ["item_key", "occurrence"]
NEEDED = ["run", "model", *TASK, *ITEM, "doc_id", "value", "cluster", "source_file", "line"]


class Pairing(NamedTuple):
    """Values of the same items under two models.

    Parameters
    ----------
    a, b : float[n]
        Values per item, in one order.
    cluster : int[n] or None
        Items with one number belong together; None if all are independent.
    places, places_b : int[n]
        Where each item stands among those of the first model, and of the second.
    matched, only_a, only_b : int
        How many items have a partner, and how many of each model have none.
    how : str
        What made items the same: key, content, doc_id, several joined by +, or none.
    notes : tuple of str
        What to know before trusting the pairs.
    """

    a: np.ndarray
    b: np.ndarray
    cluster: np.ndarray | None
    places: np.ndarray
    places_b: np.ndarray
    matched: int
    only_a: int
    only_b: int
    how: str
    notes: tuple[str, ...]


def pair(items: pd.DataFrame, model_a: str, model_b: str, task: str, metric: str, filter: str = "none") -> Pairing:
    """Return the items two models share on one task.

    Raises
    ------
    DataError
        If a model has several runs of the task in ``items``: then it is not known which is meant.
    """
    require(items, NEEDED, "pair")
    mine = items[(items["task"] == task) & (items["metric"] == metric) & (items["filter"] == filter)]
    sides = []
    for model in (model_a, model_b):
        side = mine[mine["model"] == model]
        runs = sorted(set(side["run"]))
        if len(runs) > 1:
            raise DataError(f"pair: {model} has {len(runs)} runs of {task}: {runs[:4]}; keep one of them in `items`")
        sides.append(side)
    return match_items(*sides)


@lru_cache(maxsize=4096)
def without_items(a: int, b: int) -> Pairing:
    """Return the pairing of two scores of which one has no items; they have so many."""
    none = np.empty(0)
    note = (f"{a:,} and {counted(b, 'item')} without a partner",) if a or b else ()
    nowhere = none.astype(np.intp)
    return Pairing(none, none, None, nowhere, nowhere, 0, a, b, "none", note)


def match_items(a: pd.DataFrame, b: pd.DataFrame) -> Pairing:
    """Return the items that two sets of rows of ``items`` share, each set of one run, task, metric and filter.

    By key and occurrence first. Where items are left over on both sides, by content, which survives reshuffled choices;
    then by the file's own number, but only where both files hold the same text under it. Files are opened for that.
    """
    a, b = a.reset_index(drop=True), b.reset_index(drop=True)
    steps: list[tuple[str, Callable[[pd.DataFrame, pd.DataFrame], list[tuple[int, int]]]]] = [
        ("key", _by_key),
        ("content", _by_content),
        ("doc_id", _by_number),
    ]
    pairs: list[tuple[int, int]] = []
    how, notes = [], []
    for name, step in steps:
        left_a = a.drop(index=[i for i, _ in pairs])
        left_b = b.drop(index=[j for _, j in pairs])
        if left_a.empty or left_b.empty:
            break
        if found := step(left_a, left_b):
            pairs += found
            how.append(name)
            if name != "key":
                notes.append(f"{counted(len(found), 'item')} matched by {_WORDS[name]}")
    if len(pairs) < max(len(a), len(b)):
        notes.append(f"{len(a) - len(pairs):,} and {counted(len(b) - len(pairs), 'item')} without a partner")
    return _pairing(a, b, sorted(pairs), "+".join(how) or "none", notes)


_WORDS = {"content": "content (their choices are in another order)", "doc_id": "number, with equal texts"}


def _pairing(a: pd.DataFrame, b: pd.DataFrame, pairs: list[tuple[int, int]], how: str, notes: list[str]) -> Pairing:
    first, second = a.loc[[i for i, _ in pairs]], b.loc[[j for _, j in pairs]]
    return Pairing(
        first["value"].to_numpy(float),
        second["value"].to_numpy(float),
        clusters(first["cluster"].to_numpy(object), first.index.to_numpy()),
        first.index.to_numpy(np.intp),
        second.index.to_numpy(np.intp),
        len(pairs),
        len(a) - len(pairs),
        len(b) - len(pairs),
        how,
        tuple(notes),
    )


def clusters(labels: np.ndarray, numbers: np.ndarray) -> np.ndarray | None:
    """Return cluster numbers, None where all items are independent; an item without a cluster is one of its own."""
    if not (labels != "").any():
        return None
    return pd.factorize(np.where(labels != "", labels, [f"item {number}" for number in numbers]))[0]


def _by_key(a: pd.DataFrame, b: pd.DataFrame) -> list[tuple[int, int]]:
    if len(a) == len(b) and all((a[name].to_numpy() == b[name].to_numpy()).all() for name in ITEM):
        return list(zip(a.index, b.index, strict=True))
    return _joined(a, b, ITEM)


def _joined(a: pd.DataFrame, b: pd.DataFrame, key: list[str]) -> list[tuple[int, int]]:
    """Return the rows of two tables with equal keys; a key that comes again is paired in its order."""
    one, other = (s[key].assign(at=s.index, nth=s.groupby(key, sort=False).cumcount()) for s in (a, b))
    both = one.merge(other, on=[*key, "nth"], suffixes=("_a", "_b"))
    return list(zip(both["at_a"].tolist(), both["at_b"].tolist(), strict=True))


def _by_content(a: pd.DataFrame, b: pd.DataFrame) -> list[tuple[int, int]]:
    sides = [_in_parts(side).assign(content=_docs(side).map(content_key)) for side in (a, b)]
    one, other = (side[side["content"] != ""] for side in sides)
    return [] if one.empty or other.empty else _joined(one, other, ["content", "part"])


def _by_number(a: pd.DataFrame, b: pd.DataFrame) -> list[tuple[int, int]]:
    docs = _docs(a), _docs(b)
    pairs = _joined(_in_parts(a), _in_parts(b), ["doc_id", "part"])
    return [(i, j) for i, j in pairs if same_text(docs[0][i], docs[1][j])]


def _in_parts(items: pd.DataFrame) -> pd.DataFrame:
    """Add which element of a document's list an item is (``key#2``), "" for whole documents."""
    return items.assign(part=items["item_key"].str.extract(r"#(\d+)$", expand=False).fillna(""))


def _docs(items: pd.DataFrame) -> pd.Series:
    """Return the documents behind items, None where the file holds none."""
    return pd.Series([row.get("doc") for row in rows_behind(items)], index=items.index, dtype=object)
