"""The range of a merge's own parents."""

import pandas as pd

from mergekit_eval.compare import with_own_parents


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
