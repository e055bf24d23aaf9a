"""A sign in one of two models, item by item, against counts by hand and the tests of other libraries."""

import pytest
from statsmodels.stats.contingency_tables import mcnemar

from mergekit_eval.compare.audit import bent
from tests.compare.audit import artefacts
from tests.compare.audit.conftest import ITEMS


def test_shares_p_and_correction_are_those_of_the_counts(study):
    cmp = study.plant(artefacts.empty, 0.1)
    rows = cmp.asymmetry[cmp.asymmetry["sign"].eq("empty")].set_index("reference")
    only = ITEMS // 10
    expected = mcnemar([[0, only], [0, ITEMS - only]], exact=True).pvalue
    assert rows["merge_share"].tolist() == [0.1] * 3 and rows["reference_share"].tolist() == [0.0] * 3
    assert rows["p"].tolist() == pytest.approx([expected] * 3)
    tested = cmp.asymmetry["p"].notna().sum()
    assert rows["p_adjusted"].min() == pytest.approx(min(1.0, expected * tested))


def test_what_the_reference_shows_more_is_told_as_well(study):
    rows = study.plant(artefacts.empty, who=("pa",)).asymmetry
    words = rows[rows["sign"].eq("empty")].set_index("reference")["decided"]
    assert words.to_dict() == {"pa": "reference more"}


def test_a_sure_difference_below_five_points_is_none(study):
    rows = study.plant(artefacts.empty, 0.045).asymmetry
    assert rows.loc[rows["sign"].eq("empty"), "p"].max() < 0.01
    assert not rows["decided"].any()


def test_only_signs_that_hide_an_answer_bend(study):
    assert bent(study.plant(artefacts.refusal).asymmetry).empty
    assert set(bent(study.plant(artefacts.not_parsed).asymmetry)["sign"]) == {"not parsed"}


def test_items_without_a_partner_are_no_part_of_it(study):
    def gone(row, number):
        row["doc"], row["doc_hash"] = {"question": f"another, {number}"}, f"{number:064x}"
        artefacts.empty(row, number)

    rows = study.plant(gone, 0.4).asymmetry
    assert not rows["sign"].eq("empty").any()
