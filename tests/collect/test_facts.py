"""What the registry adds to the rows of a file, with facts written here."""

import math

import pytest

from mergekit_eval.collect.facts import complete
from mergekit_eval.registry import Registry

FACTS = {
    "toolbox": {
        "metrics": {"acc": {"better": "higher", "scale": "unit"}, "ppl": {"better": "lower", "scale": "natural"}},
        "tasks": {"quiz": {"primary": "acc", "chance": 0.25, "n": 400, "capability": "knowledge"}},
        "renamed": {"old_quiz": "quiz"},
    }
}


def completed(*rows):
    common = {"tool": "toolbox", "task_name": "quiz", "metric": "acc"}
    problems = []
    return complete([common | row for row in rows], Registry(FACTS), problems), problems


def test_a_row_gets_what_its_file_does_not_say():
    [row], problems = completed({"task_name": "old_quiz", "value": 0.5})
    assert problems == []
    known = {"task": "quiz", "higher_is_better": True, "chance": 0.25, "scale": "unit", "capability": "knowledge"}
    known |= {"n": 400, "n_from": "registry", "primary": True, "kind": "task", "filter": "none"}
    assert {name: row[name] for name in known} == known


def test_the_registry_wins_on_a_direction_and_says_so():
    [row], [problem] = completed({"metric": "ppl", "value": 8.0, "higher_is_better": True, "primary": True})
    assert row["higher_is_better"] is False
    assert problem["kind"] == "disagreement" and "ppl" in problem["message"]


def test_a_direction_that_only_the_file_knows_is_kept():
    [row], problems = completed({"metric": "own", "value": 0.5, "higher_is_better": False, "primary": True})
    assert row["higher_is_better"] is False and problems == []


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"n": 7}, (7, "file")),
        ({"limit": 10.0}, (None, "")),  # not the full task
        ({"limit": math.nan}, (400, "registry")),
        ({"n_from": "unknown"}, (None, "")),  # the reader knows that it was not
        # 0.5 of 100 items: stderr is sqrt(0.25 / 99)
        ({"stderr": math.sqrt(0.25 / 99)}, (100, "recovered")),
    ],
)
def test_where_the_number_of_items_is_known_from(row, expected):
    [found], _ = completed({"value": 0.5} | row)
    assert (found.get("n"), found["n_from"]) == expected


def test_a_task_without_a_metric_that_stands_for_it_is_named_once():
    rows, problems = completed(
        {"task_name": "riddle", "metric": "a", "value": 0.5}, {"task_name": "riddle", "metric": "b", "value": 0.25}
    )
    assert [row["primary"] for row in rows] == [None, None]
    [problem] = [one for one in problems if one["kind"] == "no-primary"]
    assert problem["task"] == "riddle (candidates: a,none, b,none)"


def test_the_primary_metric_is_marked_and_the_others_are_not():
    rows, _ = completed({"value": 0.5}, {"metric": "ppl", "value": 3.0})
    assert [row["primary"] for row in rows] == [True, False]
