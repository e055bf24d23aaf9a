"""Rows of tables and JSON: what separates columns, and rows that cannot be read as they stand."""

import pytest


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_the_header_tells_what_separates_its_columns(look, write, mark):
    rows = [["Model", '"MMLU (5-shot; maj@1), all; of it"', "GSM8K", "BBH"], ["org/a", "x", "0.5", "0.4"]]
    out = look(write("t.csv", "".join(mark.join(row) + "\n" for row in rows)))
    assert [(row["task_name"], row["value"]) for row in out.scores] == [("GSM8K", 0.5), ("BBH", 0.4)]


def test_a_column_named_twice_is_refused(look, write):
    assert look(write("t.csv", "Model,MMLU,MMLU\na,0.5,0.6\n")).status == "refused"


def test_ragged_rows_are_named(look, write):
    out = look(write("t.csv", "Model,MMLU,ARC-C\na,0.5,0.4\nb,0.5\n"))
    assert "truncated" in out.problems
    assert len(out.scores) == 2
