"""The first look at a file: measured before it is read, first elements, repeated keys."""

import pytest

from mergekit_eval.readers import _head, _parsing
from mergekit_eval.readers._head import Head
from mergekit_eval.readers._limits import OverLimit
from mergekit_eval.readers._parsing import whole


def test_a_document_is_measured_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("MERGEKIT_EVAL_FILE_MB", "1")
    path = tmp_path / "r.json"
    path.write_text('{"results": "' + "x" * 600_000 + '"}')
    for look in (lambda: whole(path), lambda: Head(path).document):
        with pytest.raises(OverLimit, match=r"600,015 bytes.*JSON Lines of any size"):
            look()


def test_the_first_element_of_an_array_is_weighed(tmp_path, monkeypatch):
    monkeypatch.setenv("MERGEKIT_EVAL_FILE_MB", "1")
    monkeypatch.setattr(_parsing, "_LIGHT", 0)
    path = tmp_path / "r.json"
    path.write_bytes(b"[[" + b"[]," * 125_000 + b"1]]")
    with pytest.raises(OverLimit, match="the first element"):
        Head(path).first  # noqa: B018 - the look is the test


def test_half_pairs_in_the_first_element_and_in_repeated_keys(tmp_path):
    path = tmp_path / "r.json"
    path.write_text(r'[{"\ud800": "\udfff"}, 1]')
    assert Head(path).first == {r"\ud800": r"\udfff"}
    path.write_text(r'{"\ud800": 1, "\ud800": 2}')
    assert Head(path).repeated_keys == [r"\ud800"]


def test_both_ends_of_a_file(tmp_path, monkeypatch):
    path = tmp_path / "log"
    path.write_bytes(b"a" * 10)
    assert Head(path).ends == b"a" * 10
    monkeypatch.setattr(_head, "PEEK", 4)
    path.write_bytes(b"aaaabbbbcccc")
    assert Head(path).ends == b"aaaa\ncccc"


@pytest.mark.parametrize(
    "text",
    [
        r'{"a": 1, "b": {"a": 2}}',
        r'{"a": "{\"a\": 1, \"a\": 2}"}',
        r'{"a\\": 1, "b": "c\u0022:"}',
        '{"a": 100000000000000000000000000000, "b": 1}',
    ],
    ids=["in two mappings", "in a text", "with signs that are escaped", "beside a huge number"],
)
def test_keys_that_no_mapping_holds_twice_are_not_repeated(tmp_path, text):
    path = tmp_path / "r.json"
    path.write_text(text)
    assert Head(path).repeated_keys == []


def test_keys_are_repeated_where_one_mapping_holds_them_twice(tmp_path):
    path = tmp_path / "r.json"
    path.write_text('{"a": {"b": 1, "b": 2, "c": "d"}, "e": 1, "e": 1}')
    assert sorted(Head(path).repeated_keys) == ["b", "e"]
