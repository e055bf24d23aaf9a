"""Reports of safety-eval: spellings, directions from the facts, errors only where the count fits."""

import math

import pytest

OLD = {
    "wildguardtest": {"micro harm (lower)": 356 / 749, "prompt_type harm (lower)": {"others": 0.5}},
    "harmbench": {"micro ASR (lower)": 210 / 320},
    "xstest": {"inverted_rta_all_safe": 0.884, "inverted_rta_all_contrast": 0.225, "overall_accuracy": 376 / 450,
               "refusal_prf": {"precision": 0.3, "recall": 0.4, "f1": 0.35}},
    "do_anything_now": {"macro ASR": 182 / 300},
    "wildjailbreak:benign": {"macro ASR": 0.9},
    "or_bench:hard-1k": {"refusal_rate_mean": 0.2},
}  # fmt: skip
NEW = {
    "wildguardtest": {"inverted_micro_harm_lower": 0.9, "inverted_vanilla_harm_lower": 0.9},
    "harmbench": {"inverted_micro_asr_lower": 0.8},
    "xstest": {"rta_all_contrast": 0.7, "inverted_rta_all_safe": 0.8},
    "wildjailbreak:harmful": {"inverted_macro_asr": 0.6},
    "overall_safety_average": 0.75,
}


def directions(out, registry):
    keys = [(row["task_name"], row["metric"], row["filter"]) for row in out.scores]
    return {key[:2]: registry.lookup("safety-eval", *key).higher_is_better for key in keys}


def test_both_spellings_of_a_metric_are_one_measurement(look, write, registry):
    new = {"wildguardtest": {"micro_harm_lower": 356 / 749}, "do_anything_now": {"macro_asr": 0.5}}
    rows = look(write("new.json", new)).scores
    old = {"wildguardtest": {"micro harm (lower)": 356 / 749}, "do_anything_now": {"macro ASR": 0.5}}
    again = look(write("old.json", old)).scores
    assert [(r["metric"], r["n"], r["stderr"]) for r in rows] == [(r["metric"], r["n"], r["stderr"]) for r in again]
    assert rows[0]["note"].startswith("micro_harm_lower in the file")
    inverted = {"wildguardtest": {"inverted_micro_harm_lower": 1 - 356 / 749}}
    assert look(write("inverted.json", inverted)).scores[0]["metric"] == "inverted_micro_harm_lower"


def test_direction_is_looked_up_and_never_read_from_the_words(look, write, registry):
    found = directions(look(write("safety_eval.json", OLD)), registry)
    assert found["xstest", "inverted_rta_all_safe"] is True
    assert found["xstest", "inverted_rta_all_contrast"] is False
    assert found["do_anything_now", "macro ASR"] is False
    assert found["wildjailbreak:benign", "macro ASR"] is True
    assert found["or_bench:hard-1k", "refusal_rate_mean"] is False
    assert found["wildguardtest", "prompt_type harm (lower)"] is False


def test_newer_names_are_inverted(look, write, registry):
    out = look(write("metrics.json", NEW))
    found = directions(out, registry)
    assert all(found.values())
    assert len(found) == 7
    assert [row["kind"] for row in out.scores if row["task_name"] == "overall_safety_average"] == ["group"]


def test_binomial_error_is_rebuilt_only_where_the_count_fits(look, write):
    out = look(write("s.json", OLD | {"harmbench": {"micro ASR (lower)": 0.123}}))
    rows = {(row["task_name"], row["metric"]): row for row in out.scores}
    wild = rows["wildguardtest", "micro harm (lower)"]
    rate = 356 / 749
    assert (wild["n"], wild["stderr"]) == (749, pytest.approx(math.sqrt(rate * (1 - rate) / 748)))
    assert "rebuilt" in wild["note"]
    assert rows["harmbench", "micro ASR (lower)"]["n"] is None
    assert "incomplete" in out.problems


def test_parts_are_filters_and_unknown_metrics_are_named(look, write):
    out = look(write("s.json", OLD | {"strongreject": {"weirdness": 0.3, "asr": "n/a"}}))
    assert out.value("xstest", "refusal_prf", "f1") == 0.35
    assert out.value("wildguardtest", "prompt_type harm (lower)", "others") == 0.5
    assert any("weirdness" in row["message"] for row in out.readout.problems)
    assert "bad-value" in out.problems


def test_a_count_that_does_not_fit_is_not_filled_in_later(look, write, registry):
    from mergekit_eval.collect.facts import complete

    rows = look(write("s.json", OLD | {"harmbench": {"micro ASR (lower)": 0.123}})).scores
    completed = {(row["task"], row["metric"]): row for row in complete([dict(row) for row in rows], registry, [])}
    assert completed["harmbench", "micro ASR (lower)"]["n"] is None
    assert completed["harmbench", "micro ASR (lower)"]["n_from"] == ""
    assert completed["wildguardtest", "micro harm (lower)"]["n"] == 749


def test_a_report_without_a_number_is_refused_and_another_object_left_alone(look, write):
    out = look(write("s.json", {"harmbench": {"micro ASR (lower)": "n/a"}}))
    assert (out.status, out.why) == ("refused", "no task block holds a number")
    assert look(write("t.json", OLD | {"seed": 3})).reader != "safety-eval"
