"""Studies whose tasks share questions."""

import numpy as np

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
