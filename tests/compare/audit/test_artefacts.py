"""Twenty ways to measure unfairly, planted one by one: each is found and named, and clean studies raise no alarm."""

import pytest

from tests.compare.audit import artefacts


def decided(cmp, sign):
    rows = cmp.asymmetry[cmp.asymmetry["sign"].eq(sign)]
    assert set(rows["reference"]) == {"base", "pa", "pb"}, cmp.asymmetry.to_string()
    return set(rows["decided"])


@pytest.mark.parametrize(("plant", "sign"), artefacts.GENERATED, ids=lambda one: getattr(one, "__name__", one))
def test_what_is_planted_into_the_merge_is_found_under_its_name(study, plant, sign):
    cmp = study.plant(plant)
    assert decided(cmp, sign) == {"different" if sign == "other prompt" else "merge more"}


@pytest.mark.parametrize(("plant", "sign", "kind"), artefacts.EVERYWHERE, ids=lambda one: getattr(one, "__name__", one))
def test_what_shows_on_the_whole_task_only_is_found_there(study, plant, sign, kind):
    assert decided(study.plant(plant, 1.0, kind=kind), sign) == {"merge more"}


def test_tied_options_are_found_item_by_item(study):
    assert decided(study.plant(artefacts.tied, kind="chosen"), "tied") == {"merge more"}


SETTINGS = {
    "chat template": {"chat_template": "{{ messages }}", "chat_template_sha": "ab12"},
    "system prompt": {"system_instruction": "Be brief.", "system_instruction_sha": "cd34"},
    "few-shot": {"n-shot": {"gsm8k": 5}},
}


@pytest.mark.parametrize("rule", SETTINGS)
def test_a_merge_that_was_asked_in_another_way_is_named(study, rule):
    cmp = study.plant(None, **{key: (value, ("mx",)) for key, value in SETTINGS[rule].items()})
    assert decided(cmp, rule) == {"different"}
    assert "asked differently" in cmp.verdicts()["fairness"].iloc[0]


def test_what_all_models_show_alike_is_no_alarm(study):
    cmp = study.plant(artefacts.cut_long, who=("base", "pa", "pb", "mx"))
    assert cmp.signs()["sign"].eq("cut off (inferred)").any()
    assert not cmp.asymmetry["decided"].any() and cmp.verdicts()["fairness"].tolist() == [""]


def test_a_clean_study_has_no_alarm_and_nothing_to_change(study):
    cmp = study.plant()
    assert not cmp.asymmetry["decided"].any()
    assert cmp.clean.empty and cmp.filters.empty and cmp.advice().empty
