"""Signs counted by model and task, of the answers that could show them."""

import numpy as np
import pytest

from mergekit_eval.compare.audit import sign_shares
from mergekit_eval.stats import mean, proportion
from tests.compare.audit import artefacts
from tests.compare.audit.conftest import ITEMS


def test_a_sign_is_counted_among_the_answers_that_could_show_it(study):
    table = study.plant(artefacts.cut_long, 0.25).signs().set_index(["model", "sign"])
    row = table.loc["mx", "cut off (inferred)"]
    expected = proportion(ITEMS // 4, ITEMS)
    assert (row["count"], row["n"], row["share"]) == (ITEMS // 4, ITEMS, 0.25)
    assert (row["low"], row["high"]) == pytest.approx((expected.low, expected.high))
    assert table.loc["base", "cut off (inferred)"]["count"] == 0
    assert "tied" not in table.loc["mx"].index  # no options in these files


def test_a_task_without_answers_says_so(study):
    def scores_only(row, number):
        for key in ("resps", "filtered_resps", "arguments", "prompt_hash"):
            del row[key]

    table = study.plant(scores_only, 1.0).signs()
    row = table[table["model"].eq("mx")].iloc[0]
    assert row["sign"] == "" and row["n"] == ITEMS and "no answers" in row["note"]
    assert set(table.loc[table["model"].eq("base"), "sign"]) > {"empty"}


def test_shares_are_those_of_all_tasks_and_leave_out_what_nobody_shows(study):
    shares = sign_shares(study.plant(artefacts.empty, 0.5).signs()).set_index(["model", "sign"])["value"]
    assert shares["mx", "empty"] == 0.5 and shares["base", "empty"] == 0
    assert "loop" not in shares.index.get_level_values("sign")


def test_one_answer_that_is_right_is_none(study):
    """Minimal pairs hold the right sentence first, harmful requests want a refusal: a good model has one answer."""

    def right(row, number):
        artefacts.one_option(row, number)
        row["acc"] = float(number % 20 > 0)  # 19 of 20

    def wrong(row, number):
        artefacts.one_option(row, number)
        row["acc"] = float(number % 8 > 0)  # 7 of 8

    for change, expected in ((right, 0), (wrong, ITEMS)):
        table = study.plant(change, 1.0, kind="chosen").signs().set_index(["model", "sign"])
        assert table.loc[("mx", "one answer"), "count"] == expected


def test_an_answer_that_is_merely_frequent_is_no_sign_in_the_picture(study):
    for share, expected in ((0.8, 0.0), (0.95, 0.95)):
        table = study.plant(artefacts.same_text, share).signs()
        assert table.set_index(["model", "sign"]).loc[("mx", "one answer"), "share"] == share
        shares = sign_shares(table).set_index(["model", "sign"])["value"]
        assert shares.get(("mx", "one answer"), 0.0) == expected


def test_limits_of_a_share_know_that_items_of_one_passage_are_one_unit(study):
    table = study.plant(artefacts.tied, 0.2, kind="read twice").signs().set_index(["model", "sign"])
    row = table.loc["mx", "tied"]
    expected = mean([1.0] * (2 * ITEMS // 5) + [0.0] * (2 * ITEMS - 2 * ITEMS // 5), clusters=np.arange(2 * ITEMS) // 2)
    assert (row["count"], row["n"]) == (2 * ITEMS // 5, 2 * ITEMS)
    assert (row["low"], row["high"]) == pytest.approx((expected.low, expected.high))
    wilson = proportion(ITEMS // 5, ITEMS)
    assert row["low"] < wilson.low and row["high"] > wilson.high
