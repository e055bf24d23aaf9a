"""JSON as strangers write it: halves of surrogate pairs, NaN, and values that take far more memory than bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergekit_eval.readers._head import Head
from mergekit_eval.readers._limits import OverLimit
from mergekit_eval.readers._parsing import parse, whole


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\ud800"', r"\ud800"),
        (r'{"\udc00k": ["\uDBFF", NaN]}', {r"\udc00k": [r"\uDBFF", float("nan")]}),
        (r'"\ud83d\ude00"', "\U0001f600"),
        (r'"\ud800\ud83d\ude00\ude00"', "\\ud800\U0001f600\\ude00"),
        (r'"\\ud800"', r"\ud800"),
        (r'"\\\ud800"', r"\\ud800"),
        (r'"\\\\ud800 \ud800"', r"\\ud800 \ud800"),
        (r'"\ud800\n\"\u0041"', '\\ud800\n"A'),
    ],
)
def test_half_of_a_surrogate_pair_becomes_the_text_of_its_escape(text, value):
    assert repr(parse(text.encode())) == repr(value)


@given(st.recursive(st.text(st.characters()), lambda s: st.lists(s) | st.dictionaries(st.text(st.characters()), s)))
def test_it_is_what_python_reads_with_every_half_written_as_text(value):
    def written(one):
        if isinstance(one, str):
            return "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in one)
        if isinstance(one, list):
            return [written(inner) for inner in one]
        return {written(key): written(inner) for key, inner in one.items()}

    text = json.dumps(value)
    assert parse(text.encode()) == written(json.loads(text))


def test_bytes_of_a_surrogate_are_no_utf8():
    with pytest.raises(ValueError, match="utf-8"):
        parse(b'"\xed\xa0\x80"')


def test_json_is_weighed_by_the_values_it_holds(monkeypatch):
    monkeypatch.setenv("MERGEKIT_EVAL_FILE_MB", "16")
    assert parse(b'"' + b"x" * 5_000_000 + b'"') == "x" * 5_000_000
    for part, end in ((b"[],", b"1]"), (b"{},", b"1]"), (b"1,", b"1]")):
        with pytest.raises(OverLimit, match="16 MB of one file"):
            parse(b"[" + part * (5_000_000 // len(part)) + end)


def test_a_document_is_measured_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("MERGEKIT_EVAL_FILE_MB", "1")
    path = tmp_path / "r.json"
    path.write_text('{"results": "' + "x" * 600_000 + '"}')
    for look in (lambda: whole(path), lambda: Head(path).document):
        with pytest.raises(OverLimit, match=r"600,015 bytes.*JSON Lines of any size"):
            look()


def test_the_first_element_of_an_array_is_weighed(tmp_path, monkeypatch):
    monkeypatch.setenv("MERGEKIT_EVAL_FILE_MB", "16")
    path = tmp_path / "r.json"
    path.write_bytes(b"[[" + b"[]," * 2_000_000 + b"1]]")
    with pytest.raises(OverLimit, match="the first element"):
        Head(path).first  # noqa: B018 - the look is the test


def test_half_pairs_in_the_first_element_and_in_repeated_keys(tmp_path):
    path = tmp_path / "r.json"
    path.write_text(r'[{"\ud800": "\udfff"}, 1]')
    assert Head(path).first == {r"\ud800": r"\udfff"}
    path.write_text(r'{"\ud800": 1, "\ud800": 2}')
    assert Head(path).repeated_keys == [r"\ud800"]


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
