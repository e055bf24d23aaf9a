"""Kept, gained, lost, synergy, lost consensus: counted again item by item, and swapped again at random."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergekit_eval.compare import ceiling_table, item_changes, item_list, item_table, relatives
from mergekit_eval.compare.items import CATEGORIES
from mergekit_eval.errors import DataError

ROLES = {"base": "base", "a": "parent", "b": "parent", "c": "parent", "m": "merge"}


def world(build, merging, columns, clusters=None):
    names = ["m", "a", "b", "c"][: len(columns)]
    values = {(name, "t"): column for name, column in zip(names, columns, strict=True)}
    facts = {"t": {"clusters": clusters}} if clusters is not None else {}
    return relatives(build(ROLES, facts, values), merging(("m", tuple(names[1:]), "")))


def plain(merge: int, parents: list[int]) -> str:
    right, all_of_them = sum(parents), len(parents)
    if merge:
        return "synergy" if right == 0 else "kept" if right == all_of_them else "gained"
    return "never" if right == 0 else "lost_consensus" if right == all_of_them else "lost"


def counts(table, column="count"):
    return table[table["level"].eq("task")].set_index("category")[column]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 1)] * 4), min_size=3, max_size=40))
def test_categories_partition_the_items_and_so_do_their_expectations(build, merging, rows):
    columns = np.array(rows).T
    table = item_table(world(build, merging, columns))
    told = [plain(m, parents) for m, *parents in rows]
    assert {name: int(n) for name, n in counts(table).items()} == {name: told.count(name) for name in CATEGORIES}
    assert counts(table, "expected").sum() == pytest.approx(len(rows))
    assert ((table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()


def test_expectation_and_range_are_those_of_swapped_labels(build, merging):
    rng = np.random.default_rng(6)
    columns = (rng.random((4, 60)) < np.array([[0.5], [0.6], [0.4], [0.7]])).astype(int)
    table = item_table(world(build, merging, columns))
    drawn = {name: [] for name in CATEGORIES}
    for _ in range(4000):
        swapped = rng.permuted(columns, axis=0)
        told = [plain(m, parents) for m, *parents in swapped.T.tolist()]
        for name in CATEGORIES:
            drawn[name].append(told.count(name))
    for name in CATEGORIES:
        assert counts(table, "expected")[name] == pytest.approx(np.mean(drawn[name]), abs=0.15)
        low, high = np.quantile(drawn[name], [0.025, 0.975])
        assert counts(table, "noise_low")[name] == pytest.approx(low, abs=1.1)
        assert counts(table, "noise_high")[name] == pytest.approx(high, abs=1.1)


def test_two_members_of_one_family_are_as_noise(build, merging):
    rng, claims, rounds = np.random.default_rng(12), 0, 150
    for _ in range(rounds):
        table = item_table(world(build, merging, (rng.random((3, 80)) < 0.5).astype(int)))
        claims += table.loc[table["level"].eq("task") & table["category"].eq("synergy"), "p"].iloc[0] <= 0.05
    assert claims / rounds < 0.1


def test_items_of_one_passage_move_together(build, merging):
    rng = np.random.default_rng(13)
    once = (rng.random((3, 30)) < 0.5).astype(int)
    columns, passages = np.repeat(once, 10, axis=1), np.repeat(np.arange(30), 10)
    alone = item_table(world(build, merging, columns))
    together = item_table(world(build, merging, columns, [f"p{i}" for i in passages]))
    width = {name: t["noise_high"] - t["noise_low"] for name, t in (("alone", alone), ("together", together))}
    moving = alone["category"].eq("synergy")
    assert (width["together"][moving] > 2.5 * width["alone"][moving]).all()
    assert np.allclose(alone["expected"], together["expected"])


def test_ceiling_is_the_union_of_the_parents(build, merging):
    columns = np.array([[1, 1, 0, 0, 1, 0], [1, 0, 1, 0, 0, 0], [1, 0, 0, 1, 0, 0]])
    row = ceiling_table(world(build, merging, columns)).query("level == 'overall'").iloc[0]
    assert (row["union"], row["ceiling"]) == (3, 0.5)
    assert row["recovered"] == pytest.approx(1 / 3)
    assert row["low"] < 1 / 3 < row["high"]
    assert row["merge_value"] == pytest.approx(0.5)
    assert row["best_parent_value"] == pytest.approx(2 / 6)


def test_changes_are_what_the_figure_draws(build, merging):
    columns = np.array([[1, 1, 0, 0, 1, 0], [1, 0, 1, 1, 0, 0], [1, 0, 0, 1, 0, 0]])
    row = item_changes(item_table(world(build, merging, columns))).iloc[0]
    assert (row["kept"], row["synergy"], row["lost"], row["lost_consensus"], row["gained"]) == (1, 2, 1, 1, 0)


def test_list_of_items_with_their_text(build, merging, tmp_path):
    columns = np.array([[0, 1, 0], [1, 1, 1], [1, 0, 1]])
    kin = world(build, merging, columns)
    file = tmp_path / "samples_t.jsonl"
    file.write_text("\n".join(json.dumps({"doc": {"q": f"question {i}"}, "resps": [["x"]]}) for i in range(3)))
    kin.evidence._items["source_file"] = str(file)
    rows = item_list(kin, "m", "t", "lost_consensus", text=True)
    assert list(rows["item_key"]) == ["t-0", "t-2"]
    assert [text["doc"]["q"] for text in rows["text"]] == ["question 0", "question 2"]
    assert list(rows["m"]) == [0, 0]
    assert list(rows["a"]) == [1, 1]
    assert len(item_list(kin, "m", "t", "lost_consensus", limit=1)) == 1


@pytest.mark.parametrize(("merge", "task", "category"), [("m", "t", "won"), ("m", "none", "lost"), ("x", "t", "lost")])
def test_list_refuses_what_is_not_there(build, merging, merge, task, category):
    kin = world(build, merging, np.array([[0, 1], [1, 1], [1, 0]]))
    with pytest.raises(DataError, match="allowed"):
        item_list(kin, merge, task, category)


def test_graded_items_are_refused_with_the_reason(build, merging):
    kin = world(build, merging, np.array([[0.5, 1], [1, 0.2], [1, 0]]))
    table = item_table(kin)
    assert table["count"].isna().all()
    assert "not just right or wrong" in table.loc[table["level"].eq("task"), "note"].iloc[0]
    with pytest.raises(DataError, match="not just right or wrong"):
        item_list(kin, "m", "t", "lost")


def test_items_that_only_some_have_are_left_out_and_counted(build, merging):
    kin = world(build, merging, [np.array([1, 0, 1, 1]), np.array([1, 1, 0]), np.array([1, 0, 0, 1])])
    table = item_table(kin)
    assert counts(table, "n").eq(3).all()
    assert "3 of 4 items" in table.loc[table["level"].eq("task"), "note"].iloc[0]
