"""Single items of a category, the bands of own parents, and the tables as a person reads them."""

import numpy as np
import pandas as pd
import pytest
from mergekit_eval.views._shape import crossed

from mergekit_eval import tables, views
from mergekit_eval.compare import category_counts, item_examples, item_table, relatives, with_own_parents
from mergekit_eval.errors import DataError

ROLES = {"a": "parent", "b": "parent", "m": "merge", "n": "merge"}


@pytest.fixture(scope="module")
def kin(build, merging):
    quiet, loud = np.zeros(30), np.zeros(30)
    loud[:12] = 1  # right where no parent is, twelve times
    values = {(name, "t"): quiet for name in ("a", "b", "n")} | {("m", "t"): loud}
    values |= {(name, "u"): np.tile([1.0, 0.0], 15) for name in ROLES}
    return relatives(build(ROLES, {}, values), merging(("m", ("a", "b"), ""), ("n", ("a", "b"), "")))


def test_the_largest_excess_over_noise_is_chosen_and_named(kin):
    found = item_examples(kin, item_table(kin), "synergy", limit=5)
    assert len(found) == 5
    assert (found["m"] == 1).all()
    assert (found[["a", "b"]] == 0).all().all()
    assert items_paragraph(found).startswith("synergy of m on t: 12 items, noise alone would give 4.0; 5 listed")


def test_a_named_merge_without_such_items_says_so(kin):
    found = item_examples(kin, item_table(kin), "synergy", merge="n", task="t")
    assert found.empty
    assert tables.reason(found) == "no item of n on t is of the category synergy"
    assert "no items to count" in tables.reason(item_examples(kin, item_table(kin), merge="ghost"))


def test_a_wrong_category_is_refused_with_those_known(kin):
    with pytest.raises(DataError, match=r"'wins'.*kept, gained, synergy"):
        item_examples(kin, item_table(kin), "wins")


def test_texts_that_are_gone_leave_the_items(kin):
    found = item_examples(kin, item_table(kin), "synergy", text=True, limit=2)
    assert len(found) == 2
    assert "without text" in items_paragraph(found)


def scores(values: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame({"task": "t", "model": list(values), "value": list(values.values())})


def test_each_merge_has_the_range_of_its_own_parents(merging):
    table = scores({"a": 0.2, "b": 0.6, "c": 0.9, "m": 0.5, "n": 0.5})
    own = with_own_parents(table, merging(("m", ("a", "b"), ""), ("n", ("c", "ghost"), ""))).set_index("model")
    assert own.loc["m", ["parent_low", "parent_high"]].tolist() == [0.2, 0.6]
    assert own.loc["n", ["parent_low", "parent_high"]].tolist() == [0.9, 0.9]
    assert own.loc[["a", "b", "c"], "parent_low"].isna().all()


def test_parents_that_all_merges_share_need_no_range_of_their_own(merging):
    table = scores({"a": 0.2, "b": 0.6, "m": 0.5, "n": 0.5})
    assert "parent_low" not in with_own_parents(table, merging(("m", ("a", "b"), ""), ("n", ("b", "a"), "")))


def test_counts_go_by_whichever_is_fewer():
    rows = [(m, t) for m in ("m", "n") for t in ("t1", "t2", "t3")]
    table = pd.DataFrame(rows, columns=["merge", "task"]).assign(category="between")
    assert list(category_counts(table, by="fewer")["merge"]) == ["m", "n"]
    assert category_counts(table, by="fewer")["between"].tolist() == [3, 3]
    assert list(category_counts(table[table["task"].ne("t3")], by="fewer")["task"]) == ["t1", "t2"]


def test_a_crossed_table_keeps_order_and_leaves_gaps_empty():
    table = pd.DataFrame([("z", "q", 1), ("z", "p", 2), ("y", "p", 3)], columns=["row", "column", "v"])
    wide = crossed(table, "row", "column", lambda r: str(r.v), "nothing")
    assert wide.to_numpy().tolist() == [["z", "1", "2"], ["y", "", "3"]]
    assert list(wide.columns) == ["row", "q", "p"]
    assert tables.reason(crossed(table.iloc[:0], "row", "column", str, "nothing")) == "nothing"


def test_what_has_no_value_at_all_gives_its_reasons_once():
    table = pd.DataFrame({"v": [np.nan] * 5, "note": ["one", "one", "two", "three", "four"]})
    assert tables.reason(views.having(table, "v")) == "one; two; three (and 1 more reason)"
    assert len(views.having(table.assign(v=[1.0, *[np.nan] * 4]), "v")) == 5


def test_bands_are_counted_and_forgetting_named():
    table = pd.DataFrame(
        [("m", "base", "t1", "regressed", "may indicate forgetting"), ("m", "base", "ifeval", "improved", "good"),
         ("m", "base", "t2", "undecided", "")],
        columns=["merge", "reference", "task", "change", "band"],
    )  # fmt: skip
    row = views.bands(table).iloc[0]
    assert (row["↗ improved"], row["↘ regressed"], row["? undecided"]) == (1, 1, 1)
    assert (row["IFEval"], row["may indicate forgetting"]) == ("good", "t1")
