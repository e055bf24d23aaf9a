"""Nine models on three tasks, five of them merges; the skill of a model is shared by the first two tasks."""

import numpy as np
import pandas as pd
import pytest

from mergekit_eval.collect.folders import Collection
from mergekit_eval.schema import conform

TASKS = ("one", "two", "three")


KIN = {"m1": ("a", "b"), "m2": ("a", "c"), "m3": ("b", "c"), "m4": ("a", "b"), "m5": ("m1", "c")}


MODELS = ("base", "a", "b", "c", *KIN)


N = 120


def world(seed=1, drop=(), items=True, lower=()):
    """Nine models on three tasks; the skill of a model is shared by the first two tasks."""
    rng = np.random.default_rng(seed)
    skill, scores, rows = dict(zip(MODELS, rng.permutation(np.linspace(0.2, 0.8, len(MODELS))), strict=True)), [], []
    for task in TASKS:
        for model in MODELS:
            if (model, task) in drop:
                continue
            rate = rng.random() if task == "three" else skill[model]
            values = (rng.random(N) < rate).astype(float)
            key = {"run": model, "model": model, "role": "merge" if model in KIN else "parent", "task": task}
            key |= {"metric": "acc", "filter": "none"}
            facts = {"higher_is_better": task not in lower, "scale": "unit", "primary": True, "kind": "task"}
            facts |= {"capability": task, "tool": "lm-eval", "n": N, "value": values.mean()}
            scores.append(key | facts)
            rows += [key | {"item_key": f"{task}{i}", "value": v, "line": i} for i, v in enumerate(values)]
    frame = conform(rows if items else [], "items")
    return Collection(conform(scores, "scores"), frame, conform([], "problems"))


@pytest.fixture(scope="module")
def found():
    return world()


@pytest.fixture(scope="module")
def merges():
    rows = [(name, "linear", parents, "base", "study") for name, parents in KIN.items()]
    return pd.DataFrame(rows, columns=["merge", "method", "parents", "base", "known_from"])


def wide(scores):
    return scores.pivot_table(index="model", columns="task", values="value")
