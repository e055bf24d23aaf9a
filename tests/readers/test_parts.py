"""Several tables of one text: what they say twice counts once, and two values of one measurement are told apart."""

from mergekit_eval.readers._parts import apart


def row(value, part, **more):
    return {"model_name": "m", "task_name": "mmlu", "metric": "acc", "value": value, "part": part} | more


def test_a_row_that_two_tables_hold_counts_once():
    problems = []
    assert apart([row(0.5, "table 1"), row(0.5, "table 2")], problems) == [row(0.5, "table 1")]
    assert problems == []


def test_two_values_are_both_kept_as_conditions_and_named():
    problems = []
    other = row(0.9, "table 2", n_shot=5)
    found = apart([row(0.5, "table 1"), row(0.6, "table 2"), other], problems)
    assert found == [row(0.5, "table 1", condition="table 1"), row(0.6, "table 2", condition="table 2"), other]
    assert [(one["kind"], "mmlu, acc" in one["message"]) for one in problems] == [("disagreement", True)]
