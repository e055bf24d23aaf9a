"""The list of what became of every cell: written over by name, read whatever lies there."""

from typing import NamedTuple

import pytest

from mergekit_eval.run.run_log import note, read


class Record(NamedTuple):
    model: str
    status: str

    @property
    def name(self):
        return f"{self.model} x tiny"


def test_new_records_replace_those_of_their_name_and_others_stay_while_they_count(tmp_path):
    path = tmp_path / "cells.json"
    note(path, [Record("a", "failed"), Record("b", "ran"), Record("c", "ran")], lambda row: True)
    note(path, [Record("a", "ran")], lambda row: row["model"] != "c")
    assert {row["name"]: row["status"] for row in read(path)} == {"a x tiny": "ran", "b x tiny": "ran"}


@pytest.mark.parametrize("text", [None, "", "{", "{}", "5", '[1, {"status": "ran"}]', "\udc80"])
def test_a_list_that_is_none_has_no_rows(tmp_path, text):
    path = tmp_path / "cells.json"
    if text is not None:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert read(path) == []
