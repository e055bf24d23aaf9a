"""Places: above, below or not decided, by limits that hold together and decide."""

import numpy as np
import pytest
from scipy import stats as sps

from mergekit_eval.compare import MergeContext, differences, place_table
from mergekit_eval.compare.place import within
from tests.compare.conftest import bare


@pytest.fixture(scope="module")
def places(world, merges):
    return place_table(MergeContext(world, merges), differences(world, merges))


def test_the_place_follows_from_the_limits_and_from_nothing_else(places):
    for row in places[places["relation"].ne("best parent")].itertuples():
        word = "above" if row.gain_low > 0 else "below" if row.gain_high < 0 else row.place
        assert row.place == word
        assert row.place == "not decided" or row.gain_low >= 0 or row.gain_high <= 0


def test_the_gain_is_that_of_the_table_of_differences(world, merges, places):
    table = differences(world, merges)
    mean = table.groupby(["merge", "reference"])["gain"].mean()
    for row in places.query("level == 'overall' and relation != 'best parent'").itertuples():
        assert row.gain == pytest.approx(mean[row.merge, row.reference])
    single = table.set_index(["merge", "reference", "task"])["gain"]
    for row in places.query("level == 'task' and relation != 'best parent'").itertuples():
        assert row.gain == pytest.approx(single[row.merge, row.reference, row.task])


def test_a_gain_is_a_share_of_its_reference(places):
    single = places[places["relation"].ne("best parent")]
    expected = single["merge_value"] / single["reference_value"] - 1  # bounded scores of which more is better
    np.testing.assert_allclose(single["gain_share"].astype(float), expected.astype(float), atol=1e-12)


def test_limits_that_hold_together_are_wider_than_single_ones_and_hold_the_gain(world, merges, places):
    single = differences(world, merges).set_index(["merge", "reference", "task"])
    for row in places.query("level == 'task' and relation == 'base'").itertuples():
        alone = single.loc[(row.merge, row.reference, row.task)]
        assert row.gain_low <= row.gain <= row.gain_high
        if row.place == "not decided":
            assert row.gain_high - row.gain_low > 1.1 * (alone["gain_high"] - alone["gain_low"])


def test_the_place_against_the_best_parent_is_that_against_the_least_favourable(places):
    for (merge, level, task), rows in places.groupby(["merge", "level", "task"]):
        best, parents = (rows[rows["relation"].eq(kind)] for kind in ("best parent", "parent"))
        assert best["gain_raw"].item() == parents["gain"].min(), (merge, level, task)
        assert best["gain_low"].item() == parents["gain_low"].min()
        assert best["gain_high"].item() == parents["gain_high"].min()
        assert (
            best["note"]
            .item()
            .endswith("is named by the same items: the gain is without the luck of the highest, the raw gain with it")
        )
        assert parents["gain_raw"].isna().all()


def test_the_luck_of_the_better_of_two_parents_is_taken_off(world, places):
    """Clark's formula (1961) for the larger of two normal numbers, from the answers of the parents alone."""
    tasks = {"task_a": ["task_a"], "task_b": ["task_b"], "overall": ["task_a", "task_b"]}
    answers = world.items.pivot_table(index=["task", "item_key"], columns="model", values="value")
    for row in places[places["relation"].eq("best parent")].itertuples():
        apart = [(answers.loc[task, "a"] - answers.loc[task, "b"]) for task in tasks[row.task]]
        gap = abs(np.mean([d.mean() for d in apart]))
        theta = np.sqrt(sum(d.var(ddof=1) / len(d) for d in apart)) / len(apart)
        kept = np.sqrt(max(gap**2 - theta**2, 0.0)) if gap <= 3 * theta else gap
        luck = theta * sps.norm.pdf(kept / theta) - kept * sps.norm.sf(kept / theta)
        assert row.gain == pytest.approx(row.gain_raw + luck, abs=0.02 * theta)
        assert (luck > 0.005) == (row.task == "overall")  # on each single task one of the two is far better


def test_with_the_answers_of_a_parent_a_merge_is_no_better_than_the_best(build, merging):
    rng = np.random.default_rng(2)
    answers = {(model, "t"): (rng.random(80) < 0.5).astype(float) for model in ("a", "b")}
    assert answers["a", "t"].sum() != answers["b", "t"].sum()
    for copied in "ab":
        answers["m", "t"] = answers[copied, "t"]
        found = build({"a": "parent", "b": "parent", "m": "merge"}, {}, answers)
        merges = merging(("m", ("a", "b"), ""))
        best = place_table(MergeContext(found, merges), differences(found, merges)).query("relation == 'best parent'")
        assert (best["gain"] <= 0).all() and (best["gain"] >= best["gain_raw"]).all()


def test_a_model_that_is_nobodys_reference_changes_no_place(world, merges, places):
    fewer = merges[merges["merge"].ne("poor")]
    alone = place_table(MergeContext(world, fewer), differences(world, fewer))
    key = ["merge", "level", "task", "relation", "reference"]
    joined = alone.merge(places, on=key, suffixes=("", "_there"))
    assert len(joined) == len(alone)
    assert (joined["gain"] == joined["gain_there"]).all()
    assert (joined["place"] == joined["place_there"]).all()


def test_aggregates_have_places_with_wider_limits(world, merges, places):
    without = place_table(MergeContext(bare(world), merges), differences(bare(world), merges))
    both = without.merge(places, on=["merge", "level", "task", "relation", "reference"], suffixes=("", "_items"))
    open_ = both[both["place"].eq("not decided") & both["place_items"].eq("not decided")]
    assert ((open_["gain_high"] - open_["gain_low"]) > (open_["gain_high_items"] - open_["gain_low_items"])).all()
    assert set(without["evidence"]) == {"aggregates only"}


def test_the_same_answers_are_no_place(build, merging):
    rng = np.random.default_rng(2)
    answers = {(model, "t"): (rng.random(80) < 0.5).astype(float) for model in ("a", "b")}
    answers["m", "t"] = answers["a", "t"]
    found, merges = build({"a": "parent", "b": "parent", "m": "merge"}, {}, answers), merging(("m", ("a", "b"), ""))
    table = place_table(MergeContext(found, merges), differences(found, merges))
    row = table.query("level == 'overall' and reference == 'a' and relation == 'parent'").iloc[0]
    assert (row["gain"], row["place"]) == (0, "same answers")
    assert row["gain_low"] < 0 < row["gain_high"]


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [(-0.01, 0.03, "shown"), (-0.03, 0.03, "not shown"), (-0.06, -0.03, "surely beyond"), (-0.02, 0.0, "not shown")],
)
def test_within_the_margin(low, high, word):
    assert within(low, high, 0.02) == word


def test_an_order_of_merges_changes_nothing(world, merges, places):
    turned = merges.iloc[::-1].reset_index(drop=True)
    back = place_table(MergeContext(world, turned), differences(world, turned))
    key = ["merge", "level", "task", "relation", "reference"]
    joined = back.merge(places, on=key, suffixes=("", "_there"))
    assert (joined["place"] == joined["place_there"]).all()
    assert np.allclose(joined["gain_low"], joined["gain_low_there"], atol=0.004)  # other draws


def test_a_parent_named_beforehand_is_tested_alone_with_the_base(world, merges):
    named = merges.assign(reference=["a", "", ""])
    table = place_table(MergeContext(world, named), differences(world, named))
    overall = table[table["level"].eq("overall")].set_index(["merge", "reference", "relation"])
    assert overall.loc[("good", "b", "parent"), "place"] == ""
    assert overall.loc[("good", "b", "parent"), "note"] == "not tested: the study names a"
    assert overall.loc[("good", "a", "parent"), "place"] == "above"
    assert ("good", "a", "best parent") not in overall.index
    assert overall.loc[("middle", "b", "parent"), "place"] != ""
