"""A sign in one of two models, item by item, against counts by hand and the tests of other libraries."""

import json

import pytest
from statsmodels.stats.contingency_tables import mcnemar

from mergekit_eval.compare.audit import bent
from tests.compare.audit import artefacts
from tests.compare.audit.conftest import ITEMS, Study
from tests.lab import write


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


def tied_rows(study, share, kind):
    table = study.plant(artefacts.tied, share, kind=kind).asymmetry
    return table[table["sign"].eq("tied")].set_index("reference")


@pytest.mark.parametrize("share", [0.06, 0.4])
def test_items_that_come_twice_in_one_unit_do_not_make_an_alarm_more_certain(study, tmp_path, share):
    once = tied_rows(study, share, "chosen")
    twice = tied_rows(Study(tmp_path / "twice"), share, "read twice")
    assert once["n"].tolist() == once["units"].tolist() == twice["units"].tolist() == [ITEMS] * 3
    assert twice["n"].tolist() == [2 * ITEMS] * 3 and twice["shift"].tolist() == once["shift"].tolist()
    assert (twice["p"] >= once["p"]).all() and (twice["p_adjusted"] >= once["p_adjusted"]).all()
    assert (twice["high"] - twice["low"]).min() > 0.9 * (once["high"] - once["low"]).max()


def test_few_units_that_differ_have_the_p_of_the_exact_test_on_units(study):
    only = int(0.06 * ITEMS)
    assert tied_rows(study, 0.06, "read twice")["p"].tolist() == pytest.approx([2 / 2**only] * 3)


def test_a_cut_that_only_one_file_states_is_compared_as_an_inferred_one(study):
    def stated(row, number):
        artefacts.cut_long(row, number)
        row["finish_reason"] = "length" if number % 2 else "stop"

    cmp = study.plant(stated, 1.0)
    rows = cmp.asymmetry[cmp.asymmetry["sign"].str.startswith("cut off")]
    assert rows["sign"].tolist() == ["cut off (inferred)"] * 3 and rows["n"].tolist() == [ITEMS] * 3
    assert rows["merge_share"].tolist() == [0.5] * 3 and rows["reference_share"].tolist() == [0.0] * 3
    own = cmp.signs().set_index(["model", "sign"])["count"]
    assert own["mx", "cut off"] == ITEMS // 2 and ("mx", "cut off (inferred)") not in own.index


def test_models_cut_alike_are_no_alarm_where_one_file_states_it_and_the_other_does_not(study):
    study.plant(artefacts.cut_long, 0.4, who=("mx", "pa", "pb", "base"))
    for file in (study.folder / "mx").glob("samples_*.jsonl"):
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        for row in rows:
            row["finish_reason"] = "length" if row["doc_id"] < 0.4 * ITEMS else "stop"
        write(file, rows)
    rows = study.read().asymmetry
    assert rows.loc[rows["sign"].str.startswith("cut off"), "shift"].tolist() == [0.0] * 3
    assert not rows["decided"].any()
