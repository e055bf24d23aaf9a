"""A merge's place in the range of its parents."""

import numpy as np
import pandas as pd
import pytest

from mergekit_eval.compare import (
    MergeContext,
    category_table,
    differences,
    expectation_table,
    relation_table,
)
from tests.compare.conftest import one

ROLES = {"base": "base", "a": "parent", "b": "parent", "c": "parent", "m": "merge", "w": "merge"}


def test_a_merge_between_two_clear_parents_is_between(build, merging):
    rng = np.random.default_rng(2)
    values = {(n, "t1"): (rng.random(400) < rate).astype(float) for n, rate in (("a", 0.9), ("b", 0.3), ("m", 0.6))}
    found, merges = build(ROLES, {}, values), merging(("m", ("a", "b"), ""))
    kin = MergeContext(found, merges)
    relations = relation_table(kin, differences(found, merges))
    categories = category_table(kin, relations)
    assert set(categories["category"]) == {"between"}
    place = one(expectation_table(categories, relations), level="overall")
    means = {name: values[name, "t1"].mean() for name in "abm"}
    assert place["position"] == pytest.approx((means["m"] - means["b"]) / (means["a"] - means["b"]))
    assert (place["lowest"], place["highest"], place["where"]) == ("b", "a", "within")


def test_no_place_between_parents_that_cannot_be_told_apart(build, merging):
    rng = np.random.default_rng(4)
    values = {(n, "t1"): (rng.random(200) < 0.5).astype(float) for n in "abm"}
    found, merges = build(ROLES, {}, values), merging(("m", ("a", "b"), ""))
    kin = MergeContext(found, merges)
    relations = relation_table(kin, differences(found, merges))
    row = one(expectation_table(category_table(kin, relations), relations), level="overall")
    assert pd.isna(row["position"])
    assert "closer together" in row["note"]
    assert row["where"] == "undecided"
