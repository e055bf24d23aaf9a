"""A merge beside its base and parents, task by task."""

import numpy as np
import pandas as pd
import pytest

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.schema import conform

ROLES = {"base": "base", "a": "parent", "b": "parent", "m": "merge"}


@pytest.fixture(scope="module")
def found(build):
    rng = np.random.default_rng(5)
    values = {(model, task): (rng.random(20) < 0.5).astype(float) for model in ROLES for task in ("t1", "t2")}
    return build(ROLES, {}, values)


def test_each_task_has_one_view_with_the_places_of_the_relatives(found, merging):
    kin = MergeContext(found, merging(("m", ("a", "b"), "base")), {"b": frozenset({"t2"})})
    one, two = kin.of("m")
    assert (one.task, two.task) == ("t1", "t2")
    assert one.block.models == ("m", "a", "b", "base")
    assert (one.parents, one.base, one.specialists, two.specialists) == ((1, 2), 3, (), (2,))
    assert repr(kin) == "MergeContext of 1 merge among 4 models"


def test_a_parent_that_is_the_base_is_one_model(found, merging):
    view = MergeContext(found, merging(("m", ("base", "a"), "base"))).of("m")[0]
    assert view.block.models == ("m", "base", "a")
    assert (view.parents, view.base) == ((1, 2), 1)


def test_a_score_of_unknown_direction_has_no_view(found, merging):
    scores = found.scores.assign(higher_is_better=found.scores["higher_is_better"].where(found.scores["task"].ne("t2")))
    kin = MergeContext(
        Collection(conform(scores, "scores"), found.items, found.problems), merging(("m", ("a",), "base"))
    )
    assert [view.task for view in kin.of("m")] == ["t1"]
    assert kin.tasks_of(["m", "a"]) == ["t1"]


def test_tasks_are_those_that_all_of_some_models_have(found, merging):
    gone = found.scores["model"].eq("a") & found.scores["task"].eq("t1")
    kin = MergeContext(Collection(found.scores[~gone], found.items, found.problems), merging(("m", ("a",), "base")))
    assert kin.tasks_of(["m", "base"]) == ["t1", "t2"]
    assert kin.tasks_of(["m", "a"]) == ["t2"]
    assert kin.tasks_of([]) == kin.tasks_of(["ghost"]) == []


@pytest.mark.parametrize(
    ("merge", "parents", "base", "words"),
    [
        ("m", ("a", "b"), "base", ""),
        ("m", ("a",), "base", "one parent only: nothing lies between parents"),
        ("m", (), "", "no parent is known; no base is known"),
        ("m", ("a", "ghost"), "gone", "parents not evaluated: ghost; the base gone is not evaluated"),
        ("x", ("a", "b"), "base", "the merge is not evaluated"),
    ],
)
def test_what_is_missing_is_named(found, merging, merge, parents, base, words):
    row = pd.Series({"merge": merge, "parents": parents, "base": base})
    assert MergeContext(found, merging((merge, parents, base))).doubts(row) == words
