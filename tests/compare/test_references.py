"""What a merge is held against, and with which weights."""

import numpy as np
import pytest

from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.compare.references import (
    Used,
    against,
    averages,
    groups,
    items,
    references,
    several,
    shared_views,
    total,
)  # fmt: skip

ROLES = {"base": "base", "a": "parent", "b": "parent", "m": "merge"}
DOMAINS = {"a": frozenset({"t1"}), "b": frozenset({"t2"})}


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(3)
    return {(model, task): (rng.random(30) < 0.6).astype(float) for model in ROLES for task in ("t1", "t2")}


@pytest.fixture(scope="module")
def kin(build, merging, answers):
    return MergeContext(build(ROLES, {}, answers), merging(("m", ("a", "b"), "base")), DOMAINS)


def test_weights_are_one_for_the_merge_and_share_minus_one(kin):
    assert against(kin.of("m")[0], (1, 2)).tolist() == [1, -0.5, -0.5, 0]


def test_every_reference_of_a_task_is_there_once(kin):
    assert [(kind, name) for kind, name, _ in references(kin.of("m")[1])] == [
        ("parent", "a"), ("parent", "b"), ("mean parent", "mean of a, b"), ("specialist", "b"), ("base", "base"),
    ]  # fmt: skip


def test_over_tasks_the_specialist_is_each_tasks_own(kin):
    views = kin.of("m")
    found = {(kind, name): [one.places for one in used] for kind, name, used in averages(views, kin.votes)}
    assert found["specialist", "each task's own"] == [(1,), (2,)]
    assert found["parent", "b"] == [(2,), (2,)]
    assert [kind for kind, _, _ in several(views, kin.votes)] == ["mean parent", "specialist"]


def test_one_parent_has_no_mean(build, merging, answers):
    kin = MergeContext(build(ROLES, {}, answers), merging(("m", ("a",), "")))
    views = kin.of("m")
    assert [kind for kind, _, _ in references(views[0])] == ["parent"]
    assert list(several(views, kin.votes)) == []


def test_a_task_that_a_parent_lacks_is_left_out_of_averages_and_named(build, merging, answers):
    some = {key: value for key, value in answers.items() if key != ("b", "t2")}
    kin = MergeContext(build(ROLES, {}, some), merging(("m", ("a", "b"), "base")))
    kept, left = shared_views(kin, "m")
    assert ([view.task for view in kept], left) == (["t1"], ["t2"])


def test_tasks_are_grouped_by_capability_and_overall(kin):
    found = {key: [view.task for view in views] for key, views in groups(kin.of("m"), kin.votes).items()}
    assert found == {("capability", "t1"): ["t1"], ("capability", "t2"): ["t2"], ("overall", "overall"): ["t1", "t2"]}


def test_numbers_of_items_add_up_unless_one_is_unknown(kin):
    assert items([Used(view, (1,), 0.5) for view in kin.of("m")]) == 60
    assert (total([3, None]), total([]), total([3, 4])) == (None, None, 7)
