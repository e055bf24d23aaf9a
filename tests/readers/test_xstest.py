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
