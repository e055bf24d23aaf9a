"""Better than all parents, between, or worse than all."""

import pandas as pd

from mergekit_eval.compare import MergeContext, category_counts, category_table, differences, relation_table
from tests.compare.conftest import without


def categories(found, merges):
    kin = MergeContext(found, merges)
    return category_table(kin, relation_table(kin, differences(found, merges)))


def test_categories_decide_what_is_clear_and_leave_the_rest(world, merges):
    rows = categories(world, merges).set_index(["level", "merge", "task"])["category"]
    assert rows["overall", "good", "overall"] == "better than all"
    assert rows["overall", "poor", "overall"] == "worse than all"
    assert rows["overall", "middle", "overall"] == "undecided"


def test_nothing_is_better_than_all_while_a_parent_is_unknown(world, merges):
    rows = categories(without(world, lambda scores: scores["model"].eq("b")), merges)
    rows = rows[rows["merge"].eq("good")]
    assert set(rows["category"]) == {"undecided"}
    assert set(rows["by_sign"]) == {"better than all"}
    assert rows["note"].str.contains("parents not compared: b").all()


def test_counts_go_by_whichever_is_fewer():
    rows = [(m, t) for m in ("m", "n") for t in ("t1", "t2", "t3")]
    table = pd.DataFrame(rows, columns=["merge", "task"]).assign(category="between")
    assert list(category_counts(table, by="fewer")["merge"]) == ["m", "n"]
    assert category_counts(table, by="fewer")["between"].tolist() == [3, 3]
    assert list(category_counts(table[table["task"].ne("t3")], by="fewer")["task"]) == ["t1", "t2"]
