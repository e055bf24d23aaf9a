"""Tasks of the leaderboards, with a score for every subject of MMLU."""

import numpy as np
import pytest

from mergekit_eval.compare.subjects import subject_areas

SUBJECTS = sorted(subject_areas())


def row(model: str, task: str, value: float, n: float = 100, metric: str = "acc", **more: object) -> dict:
    base = {"model": model, "role": "merge", "task": task, "metric": metric, "filter": "none", "value": value, "n": n}
    base |= {"task_key": task, "variant": "", "n_shot": None}
    base |= {"stderr": np.sqrt(value * (1 - value) / n), "chance": 0.25, "scale": "unit", "higher_is_better": True}
    return base | more


def mmlu(model: str, values: np.ndarray, sizes: np.ndarray) -> list[dict]:
    return [row(model, task, v, n) for task, v, n in zip(SUBJECTS, values, sizes, strict=True)]


@pytest.fixture(scope="module")
def subjects():
    rng = np.random.default_rng(6)
    return rng.uniform(0.3, 0.9, 57), rng.integers(100, 900, 57).astype(float)
