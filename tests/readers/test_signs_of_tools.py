"""The signs of answers in files of other tools than lm-eval: stated ends, empty answers, tied options."""

from mergekit_eval.readers import _inspect, olmes
from mergekit_eval.signs import bit


def of_inspect(content, end):
    return _inspect._sample(
        0, {"id": "a", "output": {"choices": [{"message": {"content": content}, "stop_reason": end}]}}
    )


def test_inspect_states_why_an_answer_ended():
    assert of_inspect("It is", "max_tokens").signs == bit("text", "ending", "cut")
    assert of_inspect("It is 5.", "stop").signs == bit("text", "ending")
    assert of_inspect("It is 5.", "unknown").signs == bit("text")
    assert of_inspect([{"type": "text", "text": " "}], "stop").signs == bit("text", "ending", "empty")


def test_a_log_without_answers_shows_nothing():
    assert _inspect._sample(0, {"id": "a"}).signs == _inspect._sample(0, None).signs == 0
    assert of_inspect(None, "stop").signs == of_inspect([{"type": "image"}], "stop").signs == 0


def test_olmes_scores_options_or_holds_a_text():
    assert olmes._signs([{"sum_logits": -1.0}, {"sum_logits": -1.0}]) == bit("options", "tied")
    assert olmes._signs([{"sum_logits": -1.0}, {"sum_logits": None}]) == 0
    assert olmes._signs([{"continuation": ""}]) == bit("text", "empty")
    assert olmes._signs(None) == olmes._signs([]) == olmes._signs(["text"]) == 0
