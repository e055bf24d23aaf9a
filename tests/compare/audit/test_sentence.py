"""The line beside a verdict: which sign, where, what is left, what to do."""

import pandas as pd
import pytest

from mergekit_eval.collect.folders import collect
from mergekit_eval.compare.audit.sentence import _about, alike, causes
from mergekit_eval.compare.comparison import Comparison
from tests.compare.audit import artefacts
from tests.lab import write


def test_the_line_names_sign_shares_both_differences_and_what_to_change(study):
    (line,) = study.plant(artefacts.cut_long, 0.3).verdicts()["fairness"]
    assert line.startswith("gsm8k cut off (inferred): 30% of its answers, 0% of pa's; ")
    assert "points against pa, " in line and "on items without such answers (30% of the items dropped, " in line
    assert "; raise max_gen_toks, read some answers" in line


def test_an_answer_that_is_cut_off_is_not_called_unparsed_too():
    assert causes(["not parsed", "cut off"]) == ["cut off"]
    assert causes(["not parsed", "tied"]) == ["not parsed", "tied"]


def test_other_prompts_are_told_with_their_number(study):
    (line,) = study.plant(artefacts.other_prompt, 0.5).verdicts()["fairness"]
    assert line == "asked differently from pa on 1 task: other prompt on 100 of 200 items"


def test_a_sign_that_need_not_bend_is_named_after_those_that_do(study):
    (line,) = study.plant(artefacts.end_token, 0.3).verdicts()["fairness"]
    assert (
        line
        == "also gsm8k end token: 30% of its answers, 0% of pa's; take the tokenizer's end token from its own files"
    )
    (line,) = study.plant(artefacts.empty, 0.3).verdicts()["fairness"]
    assert (
        line.index("gsm8k not parsed: 30%")
        < line.index("(30% of the items dropped")
        < line.index("also gsm8k empty: 30%")
    )


RELATIVES = ("base", "pa", "pb")


def test_other_versions_of_the_harness_are_told_as_another_measurement(study):
    (line,) = study.plant(lm_eval_version=("0.4.8", RELATIVES)).verdicts()["fairness"]
    assert line == "measured differently from pa on 1 task: different versions of the program: 0.4.9 against 0.4.8"


def test_versions_of_libraries_are_told_where_both_files_state_them(study):
    everywhere = {"transformers_version": ("4.49.0", (*RELATIVES, "mx"))}
    assert study.plant(**everywhere).verdicts()["fairness"].tolist() == [""]
    file = next((study.folder / "pa").glob("results_*.json"))
    file.write_text(file.read_text().replace("4.49.0", "4.57.5"))
    (line,) = study.read().verdicts()["fairness"]
    note = "different versions of the libraries: transformers 4.49.0 against transformers 4.57.5"
    assert line == f"measured differently from pa on 1 task: {note}"
    file.write_text(file.read_text().replace("4.57.5", ""))
    assert study.read().verdicts()["fairness"].tolist() == [""]


def test_judges_of_different_versions_are_told(tmp_path):
    for model, judge in (("mx", "gpt-4-0613"), ("pa", "gpt-4-1106-preview")):
        about = {"judge": [judge, "single-v1"], "user_prompt": "u", "judgment": "j", "turn": 1, "tstamp": 1.0}
        rows = [{"question_id": 81 + i, "model": model, "score": 3 + (i + len(judge)) % 5, **about} for i in range(20)]
        write(tmp_path / f"{model}/model_judgment/{judge}_single.jsonl", rows)
    merges = pd.DataFrame([{"merge": "mx", "method": "slerp", "parents": ("pa",), "base": ""}])
    cmp = Comparison(collect(tmp_path), merges)
    (line,) = cmp.verdicts()["fairness"]
    note = "different versions of the task or of its judge: judge gpt-4-0613 against judge gpt-4-1106-preview"
    assert line == f"measured differently from pa on 1 task: {note}"
    assert cmp.asymmetry["decided"].eq("different").sum() == 1


def test_a_fair_study_has_no_line(study):
    assert study.plant().verdicts()["fairness"].tolist() == [""]


@pytest.mark.parametrize(
    ("gain", "other", "words"),
    [(-0.8, 0.1, "format, not ability"), (-0.8, -0.3, "format, not ability"), (-0.8, -0.7, "in part format"),
     (0.3, 0.2, "in part format"), (0.0, 0.2, "hidden by the format"), (0.1, 0.4, "hidden by the format"),
     (0.3, 0.4, "in part hidden by the format"), (0.1, -0.4, "format, not ability"),
     (-0.1, 0.0, "format, not ability")],
)  # fmt: skip
def test_what_two_filters_make_of_a_difference(gain, other, words):
    assert _about(gain, other) == words


def test_one_sentence_says_whether_all_were_measured_alike(study):
    assert study.plant().alike() == "No merge surely differs from its base or a parent in a sign."
    cut = study.plant(artefacts.cut_long, 0.3).alike()
    differ = "1 of 1 merge and their base or parents surely differ: cut off (inferred) (gsm8k)"
    assert cut == f"Not measured alike: {differ}."


def test_it_is_no_fairness_that_nothing_can_be_seen():
    tasks = pd.DataFrame({"merge": ["m", "m", "n"], "reference": ["a", "b", "a"], "task": "t"})
    signs = pd.DataFrame({"model": ["m", "b"], "task": "t", "sign": ["cut off", "cut off"]})
    asymmetry = pd.DataFrame(columns=["merge", "task", "sign", "decided"])
    filters = pd.DataFrame(columns=["merge", "task", "decided"])
    blind = "The files hold no answers of {} of 2 merges and of base or parents to one task: not compared."
    sure = "No merge surely differs from its base or a parent in a sign."
    assert alike(tasks, signs, asymmetry, filters) == f"{sure} {blind.format(1)}"
    assert alike(tasks, signs.assign(sign=""), asymmetry, filters) == blind.format(2)
