"""Two specialists, their base and their merge on a task of each domain and on one of neither."""

import numpy as np
import pytest

from mergekit_eval.compare import MergeContext, differences

ROLES = {"base": "base", "a": "parent", "b": "parent", "m": "merge"}


DOMAINS = {"a": frozenset({"math"}), "b": frozenset({"code"})}


TASKS = {
    "gsm": {"capability": "math", "chance": 0.0},
    "prog": {"capability": "code", "chance": 0.0},
    "facts": {"capability": "knowledge", "chance": 0.25},
}


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(21)
    rates = {"base": (0.3, 0.3, 0.7), "a": (0.8, 0.3, 0.6), "b": (0.2, 0.8, 0.6), "m": (0.7, 0.6, 0.4)}
    hard = {task: rng.random(400) for task in TASKS}
    return {
        (model, task): (0.6 * hard[task] + 0.4 * rng.random(400) < rate).astype(float)
        for model, three in rates.items()
        for task, rate in zip(TASKS, three, strict=True)
    }


@pytest.fixture(scope="module")
def world(build, merging, answers):
    found, merges = build(ROLES, TASKS, answers), merging(("m", ("a", "b"), "base"))
    return MergeContext(found, merges, DOMAINS), differences(found, merges)
