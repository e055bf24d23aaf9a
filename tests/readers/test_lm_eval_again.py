"""What was printed or handed on is read by lm-eval's own reader, with a note and without a tree of groups."""

from mergekit_eval.readers._base import Context
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._lm_eval_again import key_of, read_again


def test_keys_of_both_ages():
    assert key_of("acc", "none") == "acc,none" and key_of("acc", "") == "acc"
    assert key_of("exact_match", "strict", error=True) == "exact_match_stderr,strict"


def test_rows_are_those_of_a_results_file_with_a_note(write, registry):
    head = Head(write("table.md", "|Tasks|\n"))
    block = {key_of("acc", "none"): 0.5, key_of("acc", "none", error=True): 0.125}
    document = {"results": {"boolq": block, "g": {"acc,none": 0.5}}, "group_subtasks": {"g": ["boolq"]},
                "config": {"model_args": "pretrained=org/m"}}  # fmt: skip
    out = read_again(head, document, Context(registry), "rounded")
    boolq = out.scores[0]
    assert (boolq["task_name"], boolq["kind"], boolq["stderr"]) == ("boolq", "task", 0.125)
    assert {(row["model"], row["note"]) for row in out.scores} == {("org/m", "rounded")}
    assert out.facts == {}
