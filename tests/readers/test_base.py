"""Which reader gets a file: those that know their format first, then those that take what no other knows."""

import math
from types import SimpleNamespace

import pyarrow as pa
import pytest

from mergekit_eval.readers import _base
from mergekit_eval.readers._base import Head, choose, problem
from mergekit_eval.readers._limits import OverLimit


@pytest.fixture
def chosen(monkeypatch, tmp_path):
    """Return what `choose` answers where some readers exist, and the names of those that were asked."""

    def ask(*answers):
        asked = []

        def reader(name, answer, last=False):
            def claims(head):
                asked.append(name)
                if isinstance(answer, Exception):
                    raise answer
                return answer

            return SimpleNamespace(NAME=name, KINDS=("text",), LAST=last, claims=claims)

        made = tuple(reader(*one) for one in answers)
        monkeypatch.setattr(_base, "readers_of", lambda kind: made)
        path = tmp_path / "notes.txt"
        path.write_text("some words\n")
        found, reason = choose(Head(path))
        return found and found.NAME, reason, asked

    return ask


def test_a_reader_of_last_resort_is_not_asked_where_another_claims_or_refuses(chosen):
    assert chosen(("any table", True, True), ("exact", True)) == ("exact", "", ["exact"])
    assert chosen(("any table", True, True), ("exact", "too old")) == ("exact", "too old", ["exact"])


def test_a_reader_of_last_resort_takes_what_no_other_knows(chosen):
    assert chosen(("any table", True, True), ("exact", False)) == ("any table", "", ["exact", "any table"])


def test_two_readers_that_claim_one_file_are_both_named(chosen):
    name, reason, _ = chosen(("one", True), ("two", True))
    assert name == "one"
    assert reason == "claimed by several readers: ['one', 'two']"


def test_a_reader_that_fails_hides_the_file_from_no_other(chosen):
    failing = ("failing", KeyError("shape"))
    assert chosen(failing, ("exact", True)) == ("exact", "", ["failing", "exact"])
    assert chosen(failing, ("exact", False)) == (
        None,
        "failing stumbled over it: KeyError: 'shape'",
        ["failing", "exact"],
    )


def test_an_unknown_kind_of_problem_is_an_error_that_names_the_known():
    with pytest.raises(KeyError, match=r"allowed: .*'broken'"):
        problem("odd", "text")


def test_a_limit_ends_the_look(chosen):
    with pytest.raises(OverLimit):
        chosen(("large", OverLimit("too large")), ("exact", True))


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
