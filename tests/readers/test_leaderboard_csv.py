"""Exported tables of the Open LLM Leaderboard: raw and normalised scores, merge flag, rows that are cut."""

import math
from datetime import UTC, datetime

import pytest

from mergekit_eval.readers.leaderboard_csv import dialects

V2 = dialects()[0]


def line(**cells):
    """Return a row of the newer export by names of fields, every score 0.25 and 25."""
    row = {V2["model"]: "org/m"}
    for task in V2["tasks"].values():
        row |= {task["raw"]: "0.25", task["normalized"]: "25"}
    return row | {V2[key]: cell for key, cell in cells.items()}


def table(*rows):
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)]) + "\n"


def test_every_task_has_a_raw_and_a_normalised_score_and_the_average_is_a_group(look, write):
    out = look(write("t.csv", table(line(average="26.5", precision="4bit", sha="0123456789abcdef"))))
    assert out.reader == "leaderboard table" and out.problems == []
    assert out.value("leaderboard_bbh", "raw") == 0.25 and out.value("leaderboard_bbh", "normalized") == 25
    assert {(row["metric"], row["scale"]) for row in out.scores} == {
        ("raw", "unit"), ("normalized", "percent"), ("average", "percent")
    }  # fmt: skip
    groups = [(row["task_name"], row["value"]) for row in out.scores if row.get("kind") == "group"]
    assert groups == [("leaderboard", 26.5)]
    row = out.scores[0]
    assert (row["quantization"], row["settings"]) == ("4bit", '{"precision":"4bit","sha":"0123456789ab"}')


def test_a_merge_has_its_base_without_remarks_and_never_itself(look, write):
    rows = [line(model=name, merged=flag, base=base, on_hub="TRUE", date="2024-07-01") for name, flag, base in (
        ("org/a", "TRUE", "org/base (Merge)"), ("org/b", "TRUE", "org/b"), ("org/c", "FALSE", "org/base"))]  # fmt: skip
    found = {row["model"]: row for row in look(write("t.csv", table(*rows))).scores}
    assert {name: (row["merge_method"], row["merge_base"]) for name, row in found.items()} == {
        "org/a": ("unknown", "org/base"), "org/b": ("unknown", ""), "org/c": ("", "")
    }  # fmt: skip
    assert found["org/a"]["date"] == datetime(2024, 7, 1, tzinfo=UTC).timestamp()
    assert found["org/a"]["note"] == ""  # the field whose name says the opposite


def test_blank_and_odd_cells_and_cut_rows(look, write):
    bbh = V2["tasks"]["leaderboard_bbh"]
    text = table(line() | {bbh["raw"]: "", bbh["normalized"]: "n/a"}) + "org/cut,0.5\n"
    out = look(write("t.csv", text))
    assert sorted(out.problems) == ["bad-value", "broken"]
    assert {row["model"] for row in out.scores} == {"org/m"} and len(out.scores) == 10
    assert "line 3" in next(p["message"] for p in out.readout.problems if p["kind"] == "broken")


@pytest.mark.parametrize("date", ["", "soon"])
def test_the_first_leaderboard_is_in_percent_and_a_date_may_lack(look, write, date):
    v1 = dialects()[2]
    row = {v1["model"]: "org/m", "date": date} | {task["raw"]: "60.5" for task in v1["tasks"].values()}
    out = look(write("t.csv", table(row)))
    assert {row["scale"] for row in out.scores} == {"percent"} and len(out.scores) == 6
    assert all(math.isnan(row["date"]) for row in out.scores)
