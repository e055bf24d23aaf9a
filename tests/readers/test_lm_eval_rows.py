"""Rows of samples files: a broken one is lost alone, with its number; arrays, marks and odd numbers are read."""

import json

import pytest


def row(number, value=1.0):
    return {"doc_id": number, "doc": {"q": number}, "target": "x", "resps": [["x"]], "filtered_resps": ["x"],
            "acc": value}  # fmt: skip


def lines(*rows):
    return "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in rows)


def test_a_broken_row_is_lost_alone(look, write):
    out = look(write("samples_x.jsonl", lines(row(0), '{"doc_id": 1, "doc": ', "[1]", "", row(3, 0.0))))
    assert [(one["line"], one["value"]) for one in out.readout.items.to_pylist()] == [(0, 1.0), (3, 0.0)]
    assert out.problems == ["broken", "broken"]
    assert [found["message"].split(":")[0] for found in out.readout.problems] == [
        "row 1 is left out", "row 2 is left out"
    ]  # fmt: skip


def test_a_cut_last_row_is_told_from_a_broken_one(look, write):
    out = look(write("samples_x.jsonl", lines(row(0)) + '{"doc_id": 1, "do'))
    assert out.items() == [1.0] and out.problems == ["truncated"]


@pytest.mark.parametrize("before", ["", "\ufeff"])
def test_an_array_is_read_as_its_rows_are(look, write, before):
    rows = [row(0), row(1, 0.0)]
    array = look(write("a.json", before + json.dumps(rows)))
    alone = look(write("b.jsonl", before + lines(*rows)))
    assert array.readout.items.to_pylist() == alone.readout.items.to_pylist()
    cut = look(write("c.json", json.dumps(rows)[:-20]))
    assert cut.items() == [1.0] and cut.problems == ["truncated"]


def test_nan_is_kept_and_named(look, write):
    out = look(write("samples_x.jsonl", lines(row(0), '{"doc_id": 1, "doc": {"q": 1}, "target": "x", "resps": [], '
                                              '"filtered_resps": [], "acc": NaN}')))  # fmt: skip
    assert out.problems == ["not-finite"] and out.items()[0] == 1.0
