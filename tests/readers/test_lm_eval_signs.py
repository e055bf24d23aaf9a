"""The signs of a whole samples file: what only all answers show, and that many at once show what each shows alone."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergekit_eval.readers import _lm_eval_signs as module
from mergekit_eval.readers._lm_eval_signs import Answers
from mergekit_eval.signs import bit
from tests.readers.test_lm_eval_answers import ASKED, OPTIONS, names, raw


def test_the_harness_s_own_limit_holds_unless_an_answer_is_longer():
    asked = {"gen_args_0": {"arg_0": "How many?", "arg_1": {"until": ["\n"]}}}
    cut = "we count the apples of each of the baskets in turn and " * 22
    rows = [[[cut[:-3]]], [["It is 5."]]]
    assert [names(bits) for bits in _signs(rows, asked)] == [{"cut_inferred"} | names(_signs(rows, asked)[0]), {"same"}]
    longer = [*rows, [[" ".join(f"number {n} follows" for n in range(300))]]]
    assert not any(bits & bit("cut_inferred", "limit") for bits in _signs(longer, asked))


def _signs(resps, asked, label="none"):
    made = Answers()
    count = len(resps)
    made.add([raw(one) for one in resps], [b""] * count, [raw(asked)] * count, [b""] * count, [label] * count)
    return made.signs(np.zeros(count, np.int32)).tolist()


def test_the_commonest_answer_is_marked_for_each_filter_by_itself():
    made = Answers()
    found = ["7", "7", "8", "[invalid]", "[invalid]", "8"]
    labels = ["strict", "strict", "strict", "loose", "loose", "loose"]
    size = len(found)
    made.add([raw([["so"]])] * size, [raw([one]) for one in found], [raw(ASKED)] * size, [b""] * size, labels)
    assert [bool(bits & bit("same")) for bits in made.signs(np.array([0, 0, 0, 1, 1, 1]))] == [
        True,
        True,
        False,
        False,
        False,
        True,
    ]


def test_numbers_that_never_change_are_constant():
    made = Answers()
    rows = [raw([[["0.0", "False"]], [["0.0", "False"]]])] * 3
    made.add(rows, [b""] * 3, [raw(OPTIONS)] * 3, [b""] * 3, ["none"] * 3)
    assert all(names(bits) == {"tied", "constant", "same"} for bits in made.signs(np.zeros(3, int)))


NUMBERS = st.lists(st.sampled_from([0.0, -1.0, -1.5, -2.25]), min_size=1, max_size=4)
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "I can't say.",
            "no " * 40,
            "It is 5.</s>",
            "",
            " ",
            "one two three four five six " * 9,
            "5",
            "да, это так и есть",
        ]
    ),
)


def columns_of(rows, settings, labels, filtered):
    size = len(rows)
    return [raw(row) for row in rows], filtered, [raw(settings)] * size, [b""] * size, labels


def same(one, other):
    return (one.signs == other.signs).all() and (one.assumed == other.assumed).all() and one.beyond == other.beyond


@settings(max_examples=100, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=6))
def test_options_at_once_are_those_one_by_one(rows):
    held = [[[[str(number), "False"]] for number in row] for row in rows]
    columns = columns_of(held, OPTIONS, ["none"] * len(held), [b""] * len(held))
    found = module.of_options(columns[0], columns[2])
    assert (found is None) == (min(map(len, rows)) < 2)
    if found:
        single = module.one_by_one(*columns)
        assert same(found, single) and found.names.tolist() == single.names.tolist() and found.alike == single.alike


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6), st.sampled_from([None, 12, 64]), st.sampled_from(["none", "strict"]))
def test_texts_at_once_are_those_one_by_one(texts, limit, label):
    asked = {"gen_args_0": {"arg_0": "How many apples are there?", "arg_1": {"until": ["x"], "max_gen_toks": limit}}}
    filtered = [raw([text[:5] or "[invalid]"]) for text in texts]
    columns = columns_of([[[text]] for text in texts], asked, [label] * len(texts), filtered)
    found, single = module.of_texts(*columns), module.one_by_one(*columns)
    assert same(found, single) and found.names.tolist() == single.names.tolist()


@pytest.mark.parametrize("label", [None, 7, ["a"], {"b": 1}, msgspec.UNSET])
def test_a_filter_that_is_no_text_stops_nothing(label):
    made = Answers()
    rows = [raw([["It is 5."]]), raw([["It is 6."]])]
    found = [raw(["It is 5."]), raw(["[invalid]"])]
    made.add(rows, found, [raw(ASKED)] * 2, [b""] * 2, [label] * 2)
    shown = made.signs(np.zeros(2, int)).tolist()
    assert [bool(bits & bit("unparsed")) for bits in shown] == [False, True]
    assert [bool(bits & bit("filtered")) for bits in shown] == [False, True]
