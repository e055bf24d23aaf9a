"""What was read, for a person."""

from types import SimpleNamespace

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.collect.overview import files_read, models_read, problems_read


def test_files_add_up_over_readers():
    of_one = {"read": 3, "refused": 1, "unread": 0, "skipped": 0}
    census = {"files": 5, "read": 3, "refused": 1, "unread": 1, "skipped": 0}
    census["by_reader"] = {"lm_eval": of_one, "none": {"read": 0, "refused": 0, "unread": 1, "skipped": 0}}
    table = files_read(SimpleNamespace(census=census)).set_index("reader")
    assert table["files"].tolist() == [4, 1, 5]
    assert table.loc["all", ["read", "refused", "unread", "skipped"]].tolist() == [3, 1, 1, 0]


def test_tables_of_an_earlier_collect_have_no_files():
    assert "collected before" in tables.reason(files_read(SimpleNamespace(census={})))


def test_a_model_has_a_row_per_name_and_tool():
    rows = [("m", "org/m", "lm_eval", "t", "a"), ("m", "org/m", "lm_eval", "u", "a"), ("m", "m", "olmes", "t", "b")]
    scores = pd.DataFrame(rows, columns=["model", "model_name", "tool", "task", "source_file"])
    table = models_read(SimpleNamespace(scores=scores.assign(role="merge", model_from="file")))
    assert table[["model_name", "n_tasks", "files"]].to_numpy().tolist() == [["org/m", 2, 1], ["m", 1, 1]]


def test_problems_that_differ_in_numbers_only_share_a_row():
    rows = [("a", "scale", "line 3"), ("b", "scale", "line 40"), ("c", "unread", "no reader")]
    problems = pd.DataFrame(rows, columns=["file", "kind", "message"]).assign(todo="look")
    table = problems_read(problems)
    assert table[["kind", "files", "file"]].to_numpy().tolist() == [["scale", 2, "a"], ["unread", 1, "c"]]
    assert tables.reason(problems_read(problems.iloc[:0])) == "no problem was found"
