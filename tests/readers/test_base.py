"""How a reader is chosen, what a problem is, and numbers as strangers write them."""

import math
from types import SimpleNamespace

import pyarrow as pa
import pytest

from mergekit_eval.readers import _base
from mergekit_eval.readers._limits import OverLimit


def reader(name, answer):
    def claims(head):
        if isinstance(answer, Exception):
            raise answer
        return answer

    return SimpleNamespace(NAME=name, claims=claims)


def chosen(monkeypatch, *readers):
    monkeypatch.setattr(_base, "readers_of", lambda kind: readers)
    found, reason = _base.choose(SimpleNamespace(kind="text", reason="nobody knows it"))
    return found.NAME if found else "", reason


def test_one_reader_claims_a_file_and_a_refusal_counts_only_where_none_does(monkeypatch):
    relative, mine, other = reader("a", "convert it"), reader("b", True), reader("c", False)
    assert chosen(monkeypatch, relative, mine, other) == ("b", "")
    assert chosen(monkeypatch, relative, other) == ("a", "convert it")
    assert chosen(monkeypatch, other) == ("", "nobody knows it")


def test_two_readers_that_claim_one_file_are_named(monkeypatch):
    assert chosen(monkeypatch, reader("a", True), reader("b", True)) == ("a", "claimed by several readers: ['a', 'b']")


def test_a_reader_that_stumbles_hides_a_file_from_no_other_but_a_limit_ends_the_look(monkeypatch):
    odd = reader("odd", KeyError("x"))
    assert chosen(monkeypatch, odd, reader("b", True)) == ("b", "")
    assert chosen(monkeypatch, odd) == ("", "odd stumbled over it: KeyError: 'x'")
    with pytest.raises(OverLimit):
        chosen(monkeypatch, reader("large", OverLimit("too large")), reader("b", True))


def test_every_kind_of_problem_says_what_to_do_and_no_other_kind_is_taken():
    assert _base.TODO.keys() == _base.PROBLEM_KINDS.keys()
    assert _base.problem("link", "m", task="boolq") == {"kind": "link", "message": "m", "todo": "", "task": "boolq"}
    with pytest.raises(KeyError, match="'oddity'"):
        _base.problem("oddity", "m")


@pytest.mark.parametrize(
    ("value", "as_number", "as_truth"),
    [
        (3, 3.0, 3.0),
        (10**400, math.inf, math.inf),
        (-(10**400), -math.inf, -math.inf),
        (True, None, 1.0),
        (" False ", None, 0.0),
        ("0.5", None, None),
        (None, None, None),
        ([1], None, None),
    ],
)
def test_what_is_a_number_and_what_is_the_score_of_an_item(value, as_number, as_truth):
    assert (_base.number(value), _base.truth(value)) == (as_number, as_truth)


def test_text_of_a_file_is_cut_and_items_have_the_types_of_their_columns():
    assert _base.shown("a\n" * 100, 20) == repr("a\n" * 100)[:17] + "..."
    table = _base.item_table({"item_key": ["k"], "occurrence": [0], "value": [1]})
    assert table.schema.types == [pa.string(), pa.int32(), pa.float64()]
