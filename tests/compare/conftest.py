"""A small world whose true answers are known: a base, two parents and three merges on two tasks of 200 items."""

import numpy as np
import pandas as pd
import pytest

from mergekit_eval.collect import Collection
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
