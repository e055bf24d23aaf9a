"""A merge that shows a sign of a broken model where neither its base nor a parent does."""

import pandas as pd
import pytest

from mergekit_eval import tables
from mergekit_eval.compare import broken, degenerate
from tests.compare.audit import artefacts
from tests.compare.audit.conftest import ITEMS

NO_PERPLEXITY = tables.empty("perplexities", "none was measured")


@pytest.mark.parametrize(
    ("plant", "sign", "share"),
    [(artefacts.empty, "empty", 0.5), (artefacts.loop_of_words, "loop", 0.4), (artefacts.same_text, "one answer", 1.0)],
)
def test_silence_loops_and_one_answer_that_no_relative_shows_are_degenerate(study, plant, sign, share):
    cmp = study.plant(plant, share)
    (row,) = degenerate(cmp.asymmetry).to_dict("records")
    assert (row["merge"], row["task"], row["sign"], row["merge_share"]) == ("mx", "gsm8k", sign, share)
    expected = f"{sign} in {share:.0%} of {ITEMS} answers on gsm8k ({row['reference_share']:.0%} in {row['reference']})"
    assert broken(degenerate(cmp.asymmetry), NO_PERPLEXITY) == {"mx": expected}
    health = cmp.health(NO_PERPLEXITY).iloc[0]
    assert health["broken"] and (health["n_degenerate"], health["n_read"]) == (1, 1)


@pytest.mark.parametrize("who", [("pa",), ("mx", "pb"), ("base", "pa", "pb", "mx")])
def test_what_a_relative_shows_as_well_is_not(study, who):
    assert degenerate(study.plant(artefacts.empty, 0.5, who=who).asymmetry).empty


def test_a_sure_difference_below_twenty_points_is_not(study):
    cmp = study.plant(artefacts.empty, 0.19)
    assert set(cmp.asymmetry.loc[cmp.asymmetry["sign"].eq("empty"), "decided"]) == {"merge more"}
    bare = degenerate(cmp.asymmetry)
    assert bare.empty and "no merge gives degenerate answers" in tables.reason(bare)


def test_what_bends_a_score_or_is_said_to_people_does_not_break_a_model(study):
    for plant in (artefacts.not_parsed, artefacts.refusal):
        assert degenerate(study.plant(plant, 0.9).asymmetry).empty


def test_of_two_relatives_the_one_that_shows_it_most_stands_beside_it(study):
    rows = study.plant(artefacts.empty, 0.8).asymmetry
    rows.loc[rows["sign"].eq("empty") & rows["reference"].eq("pb"), "reference_share"] = 0.1
    assert degenerate(rows)["reference"].tolist() == ["pb"]


def test_two_tasks_are_counted():
    row = {"merge": "m", "sign": "empty", "n": 60, "reference": "a", "reference_share": 0.0}
    rows = pd.DataFrame([row | {"task": "chat", "merge_share": 0.5}, row | {"task": "talk", "merge_share": 0.75}])
    assert broken(rows, NO_PERPLEXITY) == {"m": "empty in 75% of 60 answers on talk (0% in a) and 1 more task"}
