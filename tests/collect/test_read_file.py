"""Text of strangers is cleaned where it enters a record: every table, terminal and file can hold what is left."""

import hashlib
import json

import pytest

from mergekit_eval.collect.folders import collect, read_tables, write_tables
from mergekit_eval.collect.read_file import _clean_rows, clean, cleaned

TRICKY = ["\ud800", "a\udfffb", "\x00", "\x1b[31m", "x\x9fy"]
WRITTEN = [r"\ud800", r"a\udfffb", r"\x00", r"\x1b[31m", r"x\x9fy"]


@pytest.mark.parametrize(("text", "expected"), list(zip(TRICKY, WRITTEN, strict=True)))
def test_only_what_no_table_or_terminal_can_hold_is_written_as_its_escape(text, expected):
    assert clean(text) == expected


def test_other_text_is_left_as_it_is():
    assert clean("ü\n\t\U0001f600\xa0") == "ü\n\t\U0001f600\xa0"


def test_a_text_that_is_far_too_long_keeps_its_start_and_a_digest():
    text = "m" * 100_001
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    assert clean(text) == f"{'m' * 100}... (100,001 characters, sha256 {digest})"
    assert clean(text[:-1]) == text[:-1]
    (told,) = json.loads(clean(json.dumps([text])))
    assert told.startswith('["mmm') and "(100,005 characters, sha256 " in told
    told = json.loads(clean(json.dumps({"key": text})))["shortened"]
    assert told.startswith('{"key": "mmm') and "(100,012 characters, sha256 " in told


def test_keys_lists_and_huge_numbers_are_cleaned_too():
    given = {"\ud800": ["\x00", ("\ud801", 2**63)], "n": 2**63 - 1, "none": None, "yes": True, "x": 0.5}
    expected = {r"\ud800": [r"\x00", [r"\ud801", "9223372036854775808"]], "n": 2**63 - 1, "none": None}
    assert cleaned(given) == expected | {"yes": True, "x": 0.5}


@pytest.mark.parametrize("workers", [None, 1])
@pytest.mark.parametrize("cache", [False, True])
def test_half_pairs_anywhere_in_a_file_cost_nothing(lab, shapes, tmp_path, workers, cache):
    lab.put("key.json", shapes.today("a", {"boolq": {"acc,none": 0.5}}) | {"\ud800": {"\udfff": ["\ud800"]}})
    lab.put("args.json", shapes.today("b", {"boolq": {"acc,none": 0.5}}, args="pretrained=b,x=\ud800"))
    lab.put("name.json", shapes.today("c\ud800", {"t\udfff": {"acc,none": 0.5}}))
    lab.put("bare.json", shapes.flat("d", {"boolq": {"acc": 0.5}}) | {"config": {"model_args": "\ud800"}})
    lab.put("merge/mergekit_config.yml", 'merge_method: ties\nbase_model: "x\\ud800"\nmodels:\n- model: "y\\udfff"\n')
    rows = shapes.rows([1, 0])
    rows[0] |= {"doc": {"question": "\ud800"}, "target": "\udfff"}
    lab.put("samples_boolq_2025-01-02T03-04-05.000001.jsonl", rows)
    found = collect(lab.folder, workers=workers, cache_dir=tmp_path / "cache" if cache else None)
    again = read_tables(write_tables(found, tmp_path / "out"))
    assert (found.census["read"], found.census["skipped"], found.census["unread"]) == (5, 1, 0)
    assert {"a", "b", r"c\ud800"} <= set(again.scores["model_name"])
    assert set(again.scores.loc[again.scores["model_name"] == r"c\ud800", "task"]) == {r"t\udfff"}


def test_items_of_a_name_that_was_cleaned_still_belong_to_their_score(lab):
    rows = [{"task_id": f"t/{i}", "completion": "x", "passed": i > 0, "result": "passed"} for i in range(3)]
    lab.put("m\x1b_results.jsonl", rows)
    found = lab.collect()
    assert len(found.items) == 3 and set(found.items["model"]) == set(found.scores["model"])


@pytest.mark.slow
def test_a_name_of_ten_million_characters_is_cut(lab, shapes):
    lab.put("r.json", shapes.today("m" * 10_000_000, {f"t{i}": {"acc,none": 0.5} for i in range(57)}))
    scores = lab.collect().scores
    assert len(scores) == 57 and scores["model_name"].str.len().max() < 200


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("a\x00b", r"a\x00b"),
        (2**70, str(2**70)),
        (float("inf"), float("inf")),
        (None, None),
        ([1, "\x07"], [1, r"\x07"]),
    ],
)
def test_rows_of_a_reader_are_cleaned_and_copied(cell, expected):
    rows = [{"task_name": "t", "value": 0.5}, {"task_name": "u", "value": cell}]
    made = _clean_rows(rows)
    assert made == [rows[0], {"task_name": "u", "value": expected}]
    assert all(one is not other for one, other in zip(made, rows, strict=True))
