"""Signs of single answers, each beside an answer that looks alike and shows nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergekit_eval.readers import _answers
from mergekit_eval.signs import bit, signs

SENTENCE = "We add the apples and the pears of every basket to those of the next one. "


def shown(text, *more):
    bits = _answers.text_signs(text, *more)
    return {name for name, sign in signs().items() if bits & sign.bit}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", {"empty"}),
        (" \n\t", {"empty"}),
        ("I cannot answer that.", {"refusal"}),
        ("I’m sorry, but no.", {"refusal"}),
        ("I'm sorry to hear about your dog.", set()),
        ("As an AI, I have no opinions. However, a teapot has no race.", set()),
        ("It's not appropriate to steal.", {"refusal"}),
        ("A model says: I cannot be wrong about it, and so on for two hundred letters" * 4, {"loop"}),
        ("The train cannot stop here.", set()),
        ("It is 5.<|im_end|>", {"end"}),
        ("It is 5.\nUser: and now?", {"role"}),
        ("Is 3 < 5? [yes]", set()),
        ("no " * 40, {"loop"}),
        ("{" + " \n" * 60, {"loop"}),
        ("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27", set()),
        (SENTENCE + "That makes 5 apples, 7 pears, and none of the others that we saw in the first basket.", set()),
    ],
)
def test_what_a_text_shows(text, names):
    assert shown(text) == names


def test_a_text_as_long_as_its_limit_that_breaks_off_is_cut():
    long = "".join(f"Basket {number} holds {number} apples. " for number in range(20)) + "Basket 20 ho"
    tokens = _answers.estimated_tokens(long)
    assert shown(long, tokens) == {"cut_inferred"}
    assert shown(long, tokens * 2) == set()
    assert shown(long + "lds 20 apples.", tokens) == set()
    assert shown(long, None) == set()


def test_a_stated_end_is_believed():
    assert shown("It is", 300, "length") == {"cut"}
    assert shown("It is", 300, "stop") == set()
    assert _answers.text_signs("It is", None, "stop") & bit("ending")
    assert not _answers.text_signs("It is") & bit("ending")


@pytest.mark.parametrize(
    ("numbers", "tied"), [([-1.0, -2.0, -3.0], False), ([-2.0, -1.0, -1.0], True), ([-1.0, -3.0, -3.0], False)]
)
def test_only_a_tie_of_the_likeliest_options_leaves_the_answer_open(numbers, tied):
    assert bool(_answers.option_signs(numbers) & bit("tied")) == tied


@pytest.mark.parametrize(
    ("found", "names"),
    [("[invalid]", {"filtered", "unparsed"}), ("", {"filtered", "unparsed"}), ("7", {"filtered"}),
     (["7"], {"filtered"}), (["[invalid]"], {"filtered", "unparsed"}), ([], set()), (7.0, set())],
)  # fmt: skip
def test_what_a_filter_found(found, names):
    assert _answers.filtered_signs(found) == sum(bit(name) for name in names)


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("the answer is so", "LATIN"),
        ("ответ на вопрос", "CYRILLIC"),
        ("これは日本語の文章です。本当", "CJK"),
        ("42 is 7", ""),
    ],
)
def test_the_script_of_a_text(text, script):
    assert _answers.script_of(text) == script


@settings(max_examples=200)
@given(st.text(max_size=300), st.integers(1, 500))
def test_no_text_stops_the_reading(text, limit):
    bits = _answers.text_signs(text, limit)
    assert bits & bit("text") and bool(bits & bit("empty")) == (not text.strip())


def test_every_name_that_tools_give_to_the_limit_is_a_cut():
    assert all(shown("It is", None, end) == {"cut"} for end in ("length", "max_tokens", "model_length"))


@settings(max_examples=200)
@given(st.text(alphabet="ab 1.,\n中é", max_size=60))
def test_no_text_has_more_tokens_than_its_marks_allow(text):
    assert _answers.most_tokens(text) >= _answers.estimated_tokens(text)
