"""Lines about progress (what became of a cell, how many are done, what is left), and the list of the last try."""

from typing import NamedTuple

import pytest

from mergekit_eval.run import progress
from mergekit_eval.run.progress import Progress, became, note, noted


class Record(NamedTuple):
    model: str
    status: str
    seconds: float = 2.5
    log: str = "/logs/x"
    reason: str = "no room"

    @property
    def name(self):
        return f"{self.model} x tiny"


def test_a_line_says_what_became_of_a_cell_why_and_where_its_log_is():
    assert became("a x tiny", "ran", 1.25, "", "/logs/a") == "ran    a x tiny, 1.2 s"
    assert became("a", "failed", 0.0, "no room", "/logs/a") == "failed a, 0.0 s: no room (log: /logs/a)"
    assert became("a", "failed", 0.0, "no\x1b room", "") == "failed a, 0.0 s: no\\u001b room"


def test_what_is_left_is_guessed_from_what_is_done(monkeypatch, capsys):
    clock = iter([100.0, 110.0, 140.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    told = Progress("merges", 2)
    told.line("a", "ran")
    told.line("b", "failed")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["[merges 1/2] a: ran, about 10 s left", "[merges 2/2] b: failed"]


def test_an_end_is_told_with_its_cost_or_with_reason_and_log(capsys):
    told = Progress("cells", 1)
    told.ended(Record("a", "ran"), ", 3 MB")
    told.ended(Record("b", "failed"))
    assert capsys.readouterr().err.splitlines() == [
        "[cells 1/1] a x tiny: 2.5 s, 3 MB",
        "[cells 2/1] b x tiny: FAILED after 2.5 s: no room (log: /logs/x)",
    ]


def test_new_records_replace_those_of_their_name_and_others_stay_while_they_count(tmp_path):
    path = tmp_path / "cells.json"
    note(path, [Record("a", "failed"), Record("b", "ran"), Record("c", "ran")], lambda row: True)
    note(path, [Record("a", "ran")], lambda row: row["model"] != "c")
    assert {row["name"]: row["status"] for row in noted(path)} == {"a x tiny": "ran", "b x tiny": "ran"}


@pytest.mark.parametrize("text", [None, "", "{", "{}", "5", '[1, {"status": "ran"}]', "\udc80"])
def test_a_list_that_is_none_has_no_rows(tmp_path, text):
    path = tmp_path / "cells.json"
    if text is not None:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert noted(path) == []
