"""Executed code samples: pass@k and its items, what is uneven or unfinished, and the benchmark in a task's id."""

import pytest

from mergekit_eval.readers._base import Context
from mergekit_eval.readers._code import benchmark, pass_rows, uneven, unfinished
from mergekit_eval.readers._common import Items


def test_pass_at_k_is_given_for_every_k_that_all_tasks_have_samples_for():
    attempts = {"t/0": [True, False], "t/1": [False] * 12}
    items = Items()
    (row,) = pass_rows("t", attempts, {"t/0": 3, "t/1": 7}, items)
    # Chances 1/2 and 0: mean 1/4; sample deviation sqrt(1/8), divided by sqrt(2) it is 1/4.
    assert (row["metric"], row["value"], row["stderr"], row["n"]) == ("pass@1", 0.25, pytest.approx(0.25), 2)
    rows = items.table().to_pylist()
    assert [(r["item_key"], r["value"], r["line"]) for r in rows] == [("id:t/0", 0.5, 3), ("id:t/1", 0.0, 7)]
    assert pass_rows("t", {}, {}, items) == []


def test_ten_of_ten_samples_give_pass_at_10():
    rows = pass_rows("t", {"t/0": [True] + [False] * 9}, {"t/0": 0}, Items())
    assert {row["metric"]: row["value"] for row in rows} == {"pass@1": pytest.approx(0.1), "pass@10": 1.0}


def test_uneven_and_missing_tasks_are_named(registry):
    attempts = {"HumanEval/0": [True], "HumanEval/1": [True, False]}
    assert [row["message"] for row in uneven("humaneval", attempts)] == ["humaneval: between 1 and 2 samples per task"]
    (missing,) = unfinished("human-eval", "humaneval", attempts, Context(registry))
    assert missing["message"] == "humaneval: 2 of 164 tasks are in the file"
    assert uneven("t", {"a": [True]}) == unfinished("human-eval", "unknown", attempts, Context(registry)) == []


@pytest.mark.parametrize(("task", "name"), [("HumanEval/0", "humaneval"), ("Mbpp/2/x", "mbpp"), ("0", ""), (7, "")])
def test_the_benchmark_stands_before_the_number(task, name):
    assert benchmark(task) == name
