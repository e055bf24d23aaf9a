import json

import pytest

from mergekit_eval.collect.item_text import content_key, item_text, leaves, rows_of, same_text
from mergekit_eval.errors import DataError

ROWS = [{"doc": {"q": "what is one?"}}, {"doc": {"q": "what is two?"}}, {"doc": {"q": "what is three?"}}]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("s.jsonl", "\ufeff" + "\n\n".join(map(json.dumps, ROWS)) + "\n", ROWS[2]),  # blank lines are no rows
        ("s.json", json.dumps(ROWS), ROWS[2]),
        ("s.csv", "q,a\nwhat is one?,1\nwhat is two?,2\nwhat is three?,3\n", {"q": "what is three?", "a": "3"}),
        ("log.json", json.dumps({"eval": {"task": "t"}, "samples": ROWS}), ROWS[2]),
        ("code.json", json.dumps({"date": "x", "eval": {"a/0": {"k": 0}, "a/1": {"k": 1}, "a/2": {"k": 2}}}), {"k": 2}),
    ],
)
def test_the_third_row_of_every_kind_of_file(tmp_path, name, content, expected):
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert item_text({"source_file": str(tmp_path / name), "line": 2}) == expected


def test_a_row_or_a_file_that_is_gone_is_named(tmp_path):
    file = tmp_path / "s.jsonl"
    file.write_text(json.dumps(ROWS[0]) + "\n" + '{"doc": \n', encoding="utf-8")
    for line in (1, 7):  # cut in the middle of a row, and past the end
        with pytest.raises(DataError, match=rf"s\.jsonl: has no row {line}; was it changed"):
            item_text({"source_file": str(file), "line": line})
    with pytest.raises(DataError, match=r"none\.jsonl: cannot be read: No such file"):
        item_text({"source_file": str(tmp_path / "none.jsonl"), "line": 0})


def test_several_rows_are_found_at_once_and_absent_ones_left_out(tmp_path):
    file = tmp_path / "s.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    assert rows_of(str(file), [2, 0, 9]) == {0: ROWS[0], 2: ROWS[2]}
    assert rows_of(str(file), []) == {}


def test_all_texts_of_a_value_in_their_order():
    assert leaves({"a": ["x", {"b": "y"}, 3, None], "c": "z"}) == ["x", "y", "z"]


def test_the_key_of_a_document_outlives_shuffled_choices_and_moved_letters():
    one = {"q": "what is one?", "choices": ["number", "animal"], "answer": "A", "gold": 0}
    other = {"q": "what is one?", "choices": ["animal", "number"], "answer": "B", "gold": 1}
    assert content_key(one) == content_key(other) != ""
    assert content_key(one) != content_key(one | {"q": "what is two?"})
    assert content_key({"gold": 1, "a": "B"}) == ""


def test_documents_ask_the_same_where_each_holds_the_longest_text_of_the_other():
    one = {"question": "what is the answer?", "id": "x1"}
    assert same_text(one, {"q": ["what is the answer?"], "n": "7"})
    assert not same_text(one, {"q": "what is the answer?", "more": "a passage that only one of the two has"})
    assert not same_text(one, {"n": 7})
