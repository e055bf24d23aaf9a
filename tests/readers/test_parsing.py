"""JSON as strangers write it: halves of surrogate pairs, NaN, and values that take far more memory than bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mergekit_eval.readers._limits import OverLimit
from mergekit_eval.readers._parsing import parse


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


@pytest.mark.slow
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
