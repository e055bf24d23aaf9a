"""Studies whose tasks share questions."""

import numpy as np
import pandas as pd

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.schema import conform

ROLES = {"base": "base", "a": "parent", "b": "parent", "m": "merge"}
RATES = {"base": 0.4, "a": 0.6, "b": 0.5, "m": 0.65}
N = 120
NOTHING = Evidence(Collection(conform([], "scores"), conform([], "items"), conform([], "problems")))


def answers(n=N, seed=5):
    rng = np.random.default_rng(seed)
    hard = rng.random(n)
    return {model: (0.6 * hard + 0.4 * rng.random(n) < rate).astype(float) for model, rate in RATES.items()}


def keyed(found, keys):
    """Return a collection whose items have given keys, by task."""
    items = found.items.copy()
    for task, mine in keys.items():
        items.loc[items["task"].eq(task), "item_key"] = [*mine] * len(ROLES)
    return Collection(found.scores, items, found.problems)


def copied(found, times, source="t", names=None):
    """Return a collection with copies of a task under other names, the keys of its items being the same."""
    names = names or [f"copy{k}" for k in range(times - 1)]
    frames = [(found.scores, found.items)]
    for name in names:
        frames.append(tuple(frame[frame["task"].eq(source)].assign(task=name) for frame in frames[0]))
    whole = [pd.concat(parts, ignore_index=True) for parts in zip(*frames, strict=True)]
    return Collection(*whole, found.problems)
