"""Which of several measurements counts: by each rule, on frames made by hand."""

import math

import pytest

from mergekit_eval.collect.reruns import RULES, decide
from mergekit_eval.collect.tables import score_frame
from mergekit_eval.errors import DataError

DAY = 86_400.0


def frame(*runs, **common):
    """Return a frame of runs (value, date in days or None), the files named 0.json, 1.json, ..."""
    facts = {"model": "m", "tool": "lm-eval", "task": "t", "task_name": "t", "metric": "acc", "filter": "none"}
    facts |= {"kind": "task", "higher_is_better": True}
    rows = [
        facts | common | {"value": value, "date": math.nan if day is None else day * DAY} | {"file": f"{i}.json"}
        for i, (value, day) in enumerate(runs)
    ]
    return score_frame([row | {"source_file": row["file"]} for row in rows], set())


THREE = ((0.5, 2), (0.7, 1), (0.6, 3))


@pytest.mark.parametrize(("rule", "kept"), [("newest", 0.6), ("first", 0.7), ("best", 0.7)])
def test_one_measurement_stays_by_the_rule_and_the_others_are_named(rule, kept):
    found = decide(frame(*THREE), rule)
    assert found.scores["value"].tolist() == [kept] and found.decided == 2
    named = [problem["file"] for problem in found.problems if problem["kind"] == "duplicate"]
    assert sorted(named) == sorted(f"{i}.json" for i, (value, _) in enumerate(THREE) if value != kept)


def test_the_best_is_the_lowest_where_lower_is_better_and_is_called_optimistic():
    found = decide(frame(*THREE, higher_is_better=False), "best")
    assert found.scores["value"].tolist() == [0.5]
    [note] = [problem for problem in found.problems if problem["kind"] == "note"]
    assert "optimistic" in note["message"] and "0.1 above the newest" in note["message"]  # |0.5 - 0.6|


def test_all_keeps_all_and_tells_them_apart():
    found = decide(frame(*THREE), "all")
    assert sorted(found.scores["value"]) == [0.5, 0.6, 0.7] and found.decided == 0
    assert found.scores["condition"].nunique() == 3


@pytest.mark.parametrize("rule", ["newest", "first"])
def test_runs_that_differ_and_have_no_date_are_all_kept_and_named(rule):
    found = decide(frame((0.5, None), (0.7, None)), rule)
    assert sorted(found.scores["value"]) == [0.5, 0.7] and found.scores["condition"].nunique() == 2
    [problem] = found.problems
    assert problem["kind"] == "duplicate" and "no date says which is newer" in problem["message"]


def test_equal_values_need_no_date():
    found = decide(frame((0.1 + 0.2, None), (0.3, None)), "newest")  # equal but for the order of a sum
    assert len(found.scores) == 1 and found.decided == 1


def test_rows_of_different_settings_are_never_decided_between():
    both = frame((0.5, 1), (0.7, 2)).assign(n_shot=[0, 5]).astype({"n_shot": "Int64"})
    found = decide(both, "newest")
    assert sorted(found.scores["value"]) == [0.5, 0.7] and found.problems == [] and found.decided == 0


def test_an_unknown_rule_is_refused_with_those_there_are():
    with pytest.raises(DataError, match=r"'latest'; allowed: newest, first, best, all"):
        decide(frame((0.5, 1)), "latest")
    assert RULES == ("newest", "first", "best", "all")
