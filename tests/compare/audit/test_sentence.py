"""The line beside a verdict: which sign, where, what is left, what to do."""

import pytest

from mergekit_eval.compare.audit.sentence import _about, causes
from tests.compare.audit import artefacts


def test_the_line_names_sign_shares_both_differences_and_what_to_change(study):
    (line,) = study.plant(artefacts.cut_long, 0.3).verdicts()["fairness"]
    assert line.startswith("gsm8k cut off (inferred): 30% of its answers, 0% of pa's; ")
    assert "points [" in line and "on the items without" in line and "30% dropped" in line
    assert line.endswith("raise max_gen_toks")


def test_an_answer_that_is_cut_off_is_not_called_unparsed_too():
    assert causes(["not parsed", "cut off"]) == ["cut off"]
    assert causes(["not parsed", "tied"]) == ["not parsed", "tied"]


def test_other_prompts_are_told_with_their_number(study):
    (line,) = study.plant(artefacts.other_prompt, 0.5).verdicts()["fairness"]
    assert line == "asked differently from pa on 1 task: other prompt on 100 of 200 items"


def test_a_fair_study_has_no_line(study):
    assert study.plant().verdicts()["fairness"].tolist() == [""]


@pytest.mark.parametrize(
    ("gain", "other", "words"),
    [(-0.8, 0.1, "format, not ability"), (-0.8, -0.1, "format, not ability"), (-0.8, -0.3, "in part format"),
     (0.3, 0.2, "in part format"), (0.1, 0.3, "in part format"), (0.3, -0.2, "the two filters contradict each other"),
     (0.0, -0.125, "a difference that strict-match does not show"),
     (0.01, 0.4, "a difference that strict-match does not show")],
)  # fmt: skip
def test_a_difference_is_called_format_only_where_the_other_filter_does_not_see_it(gain, other, words):
    assert _about(gain, other, "strict-match") == words
