"""Scores with a label per condition, and the items behind each of them."""

import numpy as np
import pandas as pd
import pytest

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare.item_index import Evidence, clusters, label_conditions, text_note
from mergekit_eval.schema import conform

ROLES = {"a": "parent", "b": "parent", "m": "merge"}
RIGHT = np.array([1.0, 0.0, 1.0, 1.0])


@pytest.fixture
def found(build):
    return build(ROLES, {}, {("a", "t"): RIGHT, ("m", "t"): 1 - RIGHT, ("b", "t"): (0.5, 4)})


def rows_of(evidence):
    return {model: rows["t"] for model, rows in evidence.by_model.items()}


def test_items_of_a_score_are_found_and_carry_it(found):
    evidence = Evidence(found)
    rows = rows_of(evidence)
    assert evidence.known(rows["a"]).values.tolist() == RIGHT.tolist()
    assert evidence.items(rows["b"]).empty
    assert [evidence.carries(rows[name]) for name in "amb"] == [True, True, False]


def test_items_whose_mean_is_not_the_score_do_not_carry_it(found):
    other = found.scores["value"].where(found.scores["model"].ne("a"), 0.7)
    evidence = Evidence(Collection(conform(found.scores.assign(value=other), "scores"), found.items, found.problems))
    assert not evidence.carries(rows_of(evidence)["a"])


def test_only_scores_of_the_same_items_in_one_order_are_compared_at_once(found):
    evidence = Evidence(found)
    rows = rows_of(evidence)
    assert evidence.shared(rows["a"], rows["m"]) is not None
    assert evidence.shared(rows["a"], rows["b"]) is None
    turned = pd.concat([found.items[found.items["model"].eq("a")], found.items[found.items["model"].eq("m")][::-1]])
    other = Evidence(Collection(found.scores, turned.reset_index(drop=True), found.problems))
    rows = rows_of(other)
    assert other.shared(rows["a"], rows["m"]) is None
    pairing = other.pair(rows["a"], rows["m"])
    assert (pairing.matched, (pairing.a - pairing.b).tolist()) == (4, (2 * RIGHT - 1).tolist())


def test_items_are_turned_where_lower_is_better(build):
    found = build(ROLES, {"t": {"higher_is_better": False}}, {("a", "t"): RIGHT})
    evidence = Evidence(found)
    assert evidence.oriented(rows_of(evidence)["a"]).tolist() == (1 - RIGHT).tolist()


def test_an_item_without_a_cluster_is_one_of_its_own():
    lines = np.arange(4)
    assert clusters(np.array(["", "", "", ""]), lines) is None
    assert clusters(np.array(["p", "", "p", ""]), lines).tolist() == [0, 1, 0, 2]


def test_two_conditions_of_a_task_are_labelled_by_what_differs_and_repeats_are_numbered(found):
    row = found.scores.iloc[[0]]
    scores = pd.concat([row.assign(n_shot=0), row.assign(n_shot=5, run="x"), row.assign(n_shot=5, run="y")])
    labelled = label_conditions(scores.reset_index(drop=True))
    assert labelled["task"].tolist() == ["t [n_shot=0]", "t [n_shot=5]", "t [n_shot=5] (run 2)"]
    assert labelled["variant"].tolist() == ["[n_shot=0]", "[n_shot=5]", "[n_shot=5] (run 2)"]
    assert set(labelled["task_key"]) == {"t"}


def test_another_metric_of_a_task_is_a_condition_only_among_primary_scores(found):
    row = found.scores.iloc[[0]]
    scores = pd.concat([row, row.assign(metric="f1")], ignore_index=True)
    assert label_conditions(scores)["task"].tolist() == ["t [metric=acc]", "t [metric=f1]"]
    assert label_conditions(scores, primary=False)["task"].tolist() == ["t", "t"]


def test_reasons_are_joined_once():
    assert text_note("one", "", "two", "one") == "one; two"


def test_evidence_that_is_made_already_is_not_made_again(world):
    evidence = Evidence(world)
    assert Evidence.of(evidence) is evidence
    assert len(Evidence.of(world, primary=False).scores) >= len(evidence.scores)
