"""The verifier, rule by rule, strict and loose."""

import pytest

from mergekit_eval.tiny.verifier import check, loose_variants


def _doc(*rules):
    return {"word": "dog", "rules": [{"name": name, "value": value} for name, value in rules]}


@pytest.mark.parametrize(
    ("answer", "rule", "kept"),
    [
        ("dog dog", ("count", "2"), True),
        ("DOG, Dog!", ("count", "2"), True),
        ("dog dogs", ("count", "2"), False),
        ("", ("count", "0"), False),
        ("DOG DOG!", ("capitals", "True"), True),
        ("DOG dOG", ("capitals", "True"), False),
        ("123", ("capitals", "True"), False),
        ("dog dog?", ("end", "?"), True),
        ("dog dog? ", ("end", "?"), True),
        ("dog? dog", ("end", "?"), False),
        ("ok dog", ("start", "ok"), True),
        ("OK DOG", ("start", "ok"), True),
        ("okay dog", ("start", "ok"), False),
        ("dog dog hat", ("add", "hat"), True),
        ("dog hat hat", ("add", "hat"), False),
        ("dog dog", ("add", "hat"), False),
    ],
)
def test_one_rule(answer, rule, kept):
    assert check(answer, _doc(rule)) == [kept]


@pytest.mark.parametrize(
    ("answer", "rules", "kept"),
    [
        ("dog, dog, dog", [("count", "3"), ("commas", "True")], True),
        ("dog, dog dog", [("count", "3"), ("commas", "True")], False),
        ("dog, dog, hat", [("count", "2"), ("commas", "True"), ("add", "hat")], True),
    ],
)
def test_commas_depend_on_how_much_is_said(answer, rules, kept):
    assert check(answer, _doc(*rules))[1] is kept


def test_a_preface_line_fails_strictly_and_passes_loosely():
    doc = _doc(("count", "2"), ("capitals", "True"))
    assert check("sure!\nDOG DOG", doc) == [True, False]
    assert check("sure!\nDOG DOG", doc, loose=True) == [True, True]
    assert check("sure!\nDOG DOG\nbye", doc, loose=True) == [True, True]
    assert check("**DOG** DOG", _doc(("start", "dog")), loose=True) == [True]


def test_loose_never_keeps_less_than_strict():
    doc = _doc(("count", "2"), ("capitals", "True"), ("end", "!"))
    for answer in ("", "dog", "DOG DOG!", "a\nDOG DOG!", "DOG DOG!\nb", "*", "\n\n"):
        assert all(
            loose >= strict for strict, loose in zip(check(answer, doc), check(answer, doc, loose=True), strict=True)
        )


def test_there_are_eight_variants_and_the_answer_is_the_first():
    assert loose_variants("a\nb\nc") == ["a\nb\nc", "b\nc", "a\nb", "b"] * 2
