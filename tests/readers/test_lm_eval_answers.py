"""Rows of lm-eval's samples files: what generates, what scores options, what each shows alone."""

import json

import pytest

from mergekit_eval.readers import _lm_eval_answers as module
from mergekit_eval.readers._lm_eval_answers import answer_of, settings_of
from mergekit_eval.signs import bit, signs

ASKED = {"gen_args_0": {"arg_0": "How many?", "arg_1": {"until": ["\n"], "max_gen_toks": 32}}}
OPTIONS = {"gen_args_0": {"arg_0": "How many?", "arg_1": " 1"}, "gen_args_1": {"arg_0": "How many?", "arg_1": " 2"}}


def raw(value):
    return b"" if value is None else json.dumps(value, ensure_ascii=False).encode()


def names(bits):
    return {name for name, sign in signs().items() if bits & sign.bit}


def of(resps=None, filtered=None, arguments=None, end=None, label="none"):
    return answer_of(raw(resps), raw(filtered), raw(arguments), raw(end), label)


def test_a_number_that_a_model_wrote_is_a_text_and_a_likelihood_is_none():
    assert of([["-34.98"]], ["-34.98"], ASKED).signs & bit("text")
    assert of([["-34.98"]], ["-34.98"], {"gen_args_0": {"arg_0": "a story"}}).signs == 0


def test_options_are_named_by_the_likeliest():
    answer = of([[["-3.0", "False"]], [["-1.0", "True"]]], None, OPTIONS)
    assert answer.name == 1 and answer.signs == bit("options") and answer.likelihoods == (-3.0, -1.0)


@pytest.mark.parametrize("held", [None, [], [[]], {}, "text", [None], [[None]], 7])
def test_a_row_without_answers_shows_nothing(held):
    assert of(held, held, ASKED).signs == 0


def test_a_filter_without_a_name_parses_nothing():
    assert not of([["[invalid]"]], ["[invalid]"], ASKED).signs & bit("filtered", "unparsed")
    assert names(of([["so 5"]], ["[invalid]"], ASKED, label="strict-match").signs) == {"unparsed"}


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (ASKED, {"until": ["\n"], "max_gen_toks": 32}),
        ([["How many?", {"until": ["\n"]}]], {"until": ["\n"]}),
        (OPTIONS, None),
        ([["How many?", " 1"]], None),
        ({"gen_args_0": {"arg_0": 'He wrote {"until": 3} there', "arg_1": " 1"}}, None),
    ],
)
def test_what_generates(arguments, asked):
    assert settings_of(raw(arguments))[0] == asked


@pytest.mark.parametrize("limit", [None, 0, -5, True, "many", 3.5])
def test_a_limit_that_is_no_number_of_tokens_is_not_known(limit):
    assert module.stated_limit({"max_gen_toks": limit}) is None


def test_a_prompt_that_starts_twice_shows_it():
    twice = {"gen_args_0": {"arg_0": "<s><s>How many?", "arg_1": {"until": []}}}
    assert "bos" in names(of([["5"]], None, twice).signs)
    once = {"gen_args_0": {"arg_0": "<s>How many?", "arg_1": {"until": []}}}
    assert "bos" not in names(of([["5"]], None, once).signs)


def test_an_answer_in_another_script_than_its_prompt_shows_it():
    asked = {"gen_args_0": {"arg_0": "Сколько яблок лежит в корзине?", "arg_1": {"until": []}}}
    assert "script" in names(of([["There are five of them."]], None, asked).signs)
    assert "script" not in names(of([["Их там пять штук, не больше."]], None, asked).signs)
    assert "script" not in names(of([["5"]], None, asked).signs)
