"""Why generated answers ended, by their number of tokens."""

import pytest

from mergekit_eval.run.answer_ends import counting, mark_ends
from mergekit_eval.tiny import MODELS


def rows(*texts, **settings):
    return [{"arguments": [("How many?", settings)], "resps": [[text]]} for text in texts]


def words(text):
    return len(text.split())


def test_an_answer_with_all_the_tokens_it_may_have_was_ended_by_the_limit():
    made = {"sums": rows("one two three", "one two", max_gen_toks=3)}
    mark_ends(made, words)
    assert [row["finish_reason"] for row in made["sums"]] == ["length", "stop"]


def test_without_a_limit_the_harness_s_own_holds():
    made = {"sums": rows("a " * 255, "a " * 256, until=["x"])}
    mark_ends(made, words)
    assert [row["finish_reason"] for row in made["sums"]] == ["stop", "length"]


def test_scored_texts_have_no_end():
    made = {"facts": [{"arguments": [("How many?", " 5")], "resps": [[(-1.0, False)]]}]}
    mark_ends(made, words)
    assert "finish_reason" not in made["facts"][0]


@pytest.mark.slow  # imports transformers
def test_the_model_s_own_tokenizer_counts():
    assert counting({"pretrained": str(MODELS / "base")})("use a m") == 7
