"""A small world whose true answers are known: a base, two parents and three merges on two tasks of 200 items."""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
import pytest

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import MergeContext, votes_of
from mergekit_eval.compare.votes import Votes
from mergekit_eval.schema import conform

RATES = {  # model: (role, share right on task_a, share right on task_b); guessing gives 0.25
    "base": ("base", 0.50, 0.50),
    "a": ("parent", 0.80, 0.40),
    "b": ("parent", 0.40, 0.80),
    "good": ("merge", 0.95, 0.95),
    "poor": ("merge", 0.10, 0.10),
    "middle": ("merge", 0.60, 0.60),
}
N = 200


def collection(answers: dict[tuple[str, str], np.ndarray], roles: dict[str, str], **score: object) -> Collection:
    scores, items = [], []
    for (model, task), values in answers.items():
        key = {
            "run": f"{model}/r",
            "model": model,
            "role": roles[model],
            "task": task,
            "metric": "acc",
            "filter": "none",
        }
        facts = {"higher_is_better": True, "chance": 0.25, "scale": "unit", "primary": True, "kind": "task"}
        scores.append(key | facts | {"value": values.mean(), "n": len(values), "capability": task[-1]} | score)
        items += [
            key | {"item_key": f"{task}-{i}", "doc_id": str(i), "value": v, "line": i} for i, v in enumerate(values)
        ]
    return Collection(conform(scores, "scores"), conform(items, "items"), conform([], "problems"))


def votes_for(differences: pd.DataFrame) -> Votes:
    """Return votes by the known facts alone, from a table of differences."""
    return votes_of(differences.assign(group="", kind="task", primary=True, tool="", source_file=""))


@pytest.fixture(scope="session")
def world() -> Collection:
    rng = np.random.default_rng(7)
    hard = {task: rng.random(N) for task in ("task_a", "task_b")}
    answers = {
        (model, task): (0.8 * hard[task] + 0.2 * rng.random(N) < rate).astype(float)
        for model, (_, *rates) in RATES.items()
        for task, rate in zip(hard, rates, strict=True)
    }
    return collection(answers, {model: role for model, (role, *_) in RATES.items()})


@pytest.fixture(scope="session")
def merges() -> pd.DataFrame:
    rows = [(name, "linear", ("a", "b"), "base", "study") for name in ("good", "poor", "middle")]
    return pd.DataFrame(rows, columns=["merge", "method", "parents", "base", "known_from"])


FACTS = {
    "metric": "acc",
    "filter": "none",
    "higher_is_better": True,
    "chance": 0.25,
    "scale": "unit",
    "tool": "lm-eval",
}


def make(models: dict[str, str], tasks: dict[str, dict], values: dict[tuple[str, str], object]) -> Collection:
    """Return a collection: an array gives items and their mean, a (value, n) pair only an aggregate."""
    scores, items = [], []
    for (model, task), given in values.items():
        facts = FACTS | {"capability": task} | {k: v for k, v in tasks.get(task, {}).items() if k != "clusters"}
        key = {"run": f"{model}/{task}", "model": model, "role": models[model], "task": task}
        key |= {name: facts[name] for name in ("metric", "filter")}
        row = key | facts | {"primary": True, "kind": "task"}
        if isinstance(given, tuple):
            scores.append(row | {"value": given[0], "n": given[1]})
            continue
        answers = np.asarray(given, dtype=float)
        scores.append(row | {"value": answers.mean(), "n": len(answers)})
        groups = tasks.get(task, {}).get("clusters", [""] * len(answers))
        items += [
            key | {"item_key": f"{task}-{i}", "doc_id": str(i), "value": v, "line": i, "cluster": str(groups[i])}
            for i, v in enumerate(answers)
        ]
    return Collection(conform(scores, "scores"), conform(items, "items"), conform([], "problems"))


def merge_rows(*rows: tuple) -> pd.DataFrame:
    """Return merges from (merge, parents, base) or (merge, parents, base, method)."""
    full = [(r[0], r[3] if len(r) > 3 else "linear", tuple(r[1]), r[2], "study") for r in rows]
    return pd.DataFrame(full, columns=["merge", "method", "parents", "base", "known_from"])


@pytest.fixture(scope="session")
def build() -> Callable[..., Collection]:
    return make


@pytest.fixture(scope="session")
def merging() -> Callable[..., pd.DataFrame]:
    return merge_rows


def answers_of(collection: Collection, model: str, task: str) -> np.ndarray:
    items = collection.items
    return items[(items["model"] == model) & (items["task"] == task)].sort_values("line")["value"].to_numpy()


def one(table: pd.DataFrame, **where: object) -> pd.Series:
    """Return the one row with given values."""
    for column, value in where.items():
        table = table[table[column] == value]
    assert len(table) == 1, where
    return table.iloc[0]


def without(found: Collection, drop: Callable[[pd.DataFrame], pd.Series]) -> Collection:
    """Return a collection without some rows of its scores."""
    keep = ~drop(found.scores)
    return Collection(found.scores[keep].reset_index(drop=True), found.items, found.problems)


def bare(found: Collection, models: list[str] | None = None) -> Collection:
    """Return a collection without the items of some models, of all if none are named."""
    kept = found.items.iloc[:0] if models is None else found.items[~found.items["model"].isin(models)]
    return Collection(found.scores, kept, found.problems)


def copies(count=4, items=150, seed=2):
    """Models that do not differ: what a study looks like in which nothing can be found."""
    rng = np.random.default_rng(seed)
    names = ["base", "a", "b", *[f"m{i}" for i in range(count)]]
    roles = dict(zip(names, ["base", "parent", "parent", *["merge"] * count], strict=True))
    rate = rng.random(items) * 0.6 + 0.2
    made = {(m, t): (rng.random(items) < rate).astype(float) for m in roles for t in ("task_a", "task_b")}
    rows = [(f"m{i}", "linear", ("a", "b"), "base", "study") for i in range(count)]
    return collection(made, roles), pd.DataFrame(rows, columns=["merge", "method", "parents", "base", "known_from"])


def relatives_of(columns: Iterable, clusters: Iterable | None = None) -> MergeContext:
    """Return the merge m beside its parents on one task, a row of answers for each."""
    roles = {"m": "merge", "a": "parent", "b": "parent", "c": "parent"}
    names = ["m", "a", "b", "c"][: len(columns)]
    values = {(name, "t"): column for name, column in zip(names, columns, strict=True)}
    facts = {"t": {"clusters": clusters}} if clusters is not None else {}
    return MergeContext(make(roles, facts, values), merge_rows(("m", tuple(names[1:]), "")))
