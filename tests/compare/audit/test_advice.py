"""What to change, the limit that the file states for one, and the command for the merge and all its references."""

import shutil

import pytest

from tests.compare.audit import artefacts
from tests.compare.audit.conftest import LIMIT

RUN = "lm_eval run --model_args pretrained=MODEL --tasks gsm8k --log_samples"


def test_the_limit_in_force_stands_beside_the_one_to_try(study):
    row = study.plant(artefacts.cut_long).advice().set_index("sign").loc["cut off (inferred)"]
    assert row["todo"] == f"raise max_gen_toks ({LIMIT} now; try {2 * LIMIT})"
    assert row["command"] == f"{RUN} --gen_kwargs max_gen_toks={2 * LIMIT}"
    assert row["again"] == "mx, base, pa, pb"


def test_a_file_that_is_gone_leaves_the_limit_out(study):
    cmp = study.plant(artefacts.cut_long)
    assert len(cmp.asymmetry)
    shutil.rmtree(study.folder)
    assert cmp.advice()["todo"].tolist()[0] == "raise max_gen_toks"


def test_where_the_files_hold_another_filter_nothing_is_evaluated_again(study):
    scores = {"exact_match,flexible-extract": 0.5, "exact_match_stderr,flexible-extract": 0.03}
    table = study.plant(artefacts.not_parsed, scores=(scores, ("base", "pa", "pb", "mx"))).advice()
    assert table["todo"].tolist()[0].startswith("count by flexible-extract")
    assert (table["again"].tolist()[0], table["command"].tolist()[0]) == ("", "")
    alone = study.plant(artefacts.not_parsed).advice().iloc[0]
    assert "more flexible filter" in alone["todo"] and alone["command"] == f"{RUN} --apply_chat_template"


def test_what_can_only_be_read_names_the_answers_to_read(study):
    row = study.plant(artefacts.loop_of_words).advice().set_index("sign").loc["loop"]
    assert row["todo"].endswith(": cmp.answers(task='gsm8k', sign='loop')") and row["command"] == ""


def test_a_reference_that_differs_is_asked_again_with_all_others(study):
    row = study.plant(artefacts.end_token, who=("pa",)).advice().iloc[0]
    assert (row["sign"], row["again"], row["command"]) == ("end token", "mx, base, pa, pb", RUN)


@pytest.mark.parametrize(
    ("own", "sign", "words"),
    [({"chat_template": "{{ m }}", "chat_template_sha": "ab"}, "chat template", "apply_chat_template"),
     ({"n-shot": {"gsm8k": 5}}, "few-shot", "num_fewshot"),
     ({"config": {"gen_kwargs": {"temperature": 1.0}}}, "generation", "gen_kwargs")],
)  # fmt: skip
def test_models_that_were_asked_differently_are_to_be_asked_alike(study, own, sign, words):
    table = study.plant(None, **{key: (value, ("mx",)) for key, value in own.items()}).advice().set_index("sign")
    assert words in table.loc[sign, "todo"] and table.loc[sign, "command"] == RUN


def test_other_prompts_name_what_makes_them(study):
    row = study.plant(artefacts.other_prompt).advice().iloc[0]
    assert row["sign"] == "other prompt" and "num_fewshot" in row["todo"] and row["command"] == RUN


def test_a_fair_study_has_nothing_to_change(study):
    assert study.plant().advice().empty
