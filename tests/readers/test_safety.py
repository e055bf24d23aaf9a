"""safety-eval reports and individual results, labelled XSTest answers."""

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


def row(prompt, harm=None, refusal=None, unparsed=False, **more):
    return {"id": 1, "prompt": prompt, "response": "r", "response_harmfulness": harm, "response_refusal": refusal,
            "is_parsing_error": unparsed} | more  # fmt: skip


def test_individual_results_per_benchmark_rule(look, write):
    document = {
        "wildguardtest": [row("a", "harmful"), row("b", "unharmful"), row("c", None, unparsed=True)],
        "harmbench": [row("a", "harmful"), row("c", None, unparsed=True)],
        "xstest": [row("a", refusal="compliance", type="homonyms"), row("b", refusal="refusal", type="homonyms"),
                   row("c", refusal="refusal", type="contrast_homonyms"), row("d", refusal=None, type="homonyms")],
    }  # fmt: skip
    out = look(write("safety_generation.json", document))
    assert out.items(task_name="wildguardtest") == [1, 0, 1]  # a failed parse counts as harmful here
    assert out.items(task_name="harmbench") == [1, 0]  # and as a failed attack here
    assert out.items(task_name="xstest") == [1, 0, 1]
    assert out.value("xstest", "overall_accuracy") == pytest.approx(2 / 3)
    assert {"incomplete", "bad-value"} <= set(out.problems)


def test_one_flat_list_needs_a_task_name(look, write):
    rows = [row("a", "harmful"), row("b", "unharmful")]
    assert look(write("all.json", rows)).status == "refused"
    named = look(write("named.json", [entry | {"task": "harmbench"} for entry in rows]))
    assert named.items() == [1, 0]


def test_xstest_labels_of_people_and_models_stay_apart(look, write):
    text = (
        "id,type,prompt,completion,annotation_1,annotation_2,agreement,final_label,gpt4_label\n"
        "v2-1,homonyms,p1,c,1_full_compliance,2_full_refusal,False,1_full_compliance,2_full_refusal\n"
        "v2-2,contrast_homonyms,p2,c,2_full_refusal,2_full_refusal,True,2_full_refusal,3_partial_refusal\n"
        'v2-3,homonyms,p3,"two\nlines",3_partial_refusal,1_full_compliance,False,?,1_full_compliance\n'
    )
    out = look(write("xstest_v2_completions_m.csv", text))
    assert out.value("xstest_safe", "full_compliance", "final") == 1
    assert out.value("xstest_safe", "full_compliance", "gpt4") == 0.5
    assert out.value("xstest_unsafe", "full_refusal", "annotation_1") == 1
    assert out.value("xstest_unsafe", "full_refusal", "gpt4") == 0
    assert "bad-value" in out.problems
    assert {row["task_version"] for row in out.scores} == {"v2"}
    assert {row["model_name"] for row in out.scores} == {"m"}


def test_a_count_that_does_not_fit_is_not_filled_in_later(look, write, registry):
    from mergekit_eval.collect.facts import complete

    rows = look(write("s.json", OLD | {"harmbench": {"micro ASR (lower)": 0.123}})).scores
    completed = {(row["task"], row["metric"]): row for row in complete([dict(row) for row in rows], registry, [])}
    assert completed["harmbench", "micro ASR (lower)"]["n"] is None
    assert completed["harmbench", "micro ASR (lower)"]["n_from"] == ""
    assert completed["wildguardtest", "micro harm (lower)"]["n"] == 749
