"""Annotations of AlpacaEval: draws, weights, what is missing, several models and baselines."""


def alpaca(preferences, model="m", **more):
    return [
        {"instruction": f"i{n}", "output_1": "x", "generator_1": "davinci", "output_2": f"y{n}", "generator_2": model,
         "annotator": "gpt4", "dataset": "koala", "preference": p} | more
        for n, p in enumerate(preferences)
    ]  # fmt: skip


def test_alpaca_draws_weights_and_missing(look, write):
    out = look(write("annotations.json", alpaca([1, 2, 0, 1.5, None, 1.25, float("nan"), 7])))
    assert out.reader == "alpaca-eval"
    assert out.items() == [0, 100, 50, 50, 25]
    assert out.value("alpaca_eval", "win_rate") == 45
    messages = [row["message"] for row in out.readout.problems]
    assert any(message.startswith("2 rows without a preference") for message in messages)
    assert "bad-value" in out.problems


def test_alpaca_several_models_baselines_and_repeats(look, write):
    rows = alpaca([2, 2]) + alpaca([1, 1], model="n") + alpaca([1, 1], generator_1="gpt4") + alpaca([1])
    out = look(write("annotations.json", rows))
    assert out.value("alpaca_eval", "win_rate", model="n") == 0
    assert out.value("alpaca_eval", "win_rate", "vs=davinci,judge=gpt4", "m") == 50
    assert out.value("alpaca_eval", "win_rate", "vs=gpt4,judge=gpt4", "m") == 0
    assert "repeated" in out.problems


def test_rows_without_a_model_or_any_preference_are_refused(look, write):
    out = look(write("annotations.json", alpaca([None, 7])))
    assert (out.status, out.why) == ("refused", "no row holds two generators and a preference")
    assert look(write("other.json", [{"generator_1": "a", "preference": 1}])).reader != "alpaca-eval"
