"""Labelled answers to XSTest: every source of labels by itself."""


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


def test_labels_that_nobody_knows_are_refused_and_two_labels_of_one_prompt_are_two_sources(look, write):
    header = "id,type,prompt,completion,final_label,gpt4_label\n"
    out = look(write("a.csv", header + "v2-1,homonyms,p,c,maybe,?\n"))
    assert (out.status, out.why) == ("refused", "no row holds a label of compliance or refusal")
    both = look(write("b.csv", header + "v2-1,homonyms,p,c,1_full_compliance,2_full_refusal\n"))
    assert both.items(filter="final", metric="full_refusal") == [0] and both.items(filter="gpt4") == [0, 1, 0]
