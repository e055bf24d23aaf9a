"""Kept, gained, lost, synergy, lost consensus: counted again item by item, and with every model as the merge."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as sps

from mergekit_eval.compare import item_changes, item_list, item_table
from mergekit_eval.compare.items import CATEGORIES
from mergekit_eval.compare.merge_context import MergeContext
from mergekit_eval.errors import DataError
from tests.compare.conftest import make, merge_rows, relatives_of


def plain(merge: int, parents: list[int]) -> str:
    right, all_of_them = sum(parents), len(parents)
    if merge:
        return "synergy" if right == 0 else "kept" if right == all_of_them else "gained"
    return "never" if right == 0 else "lost_consensus" if right == all_of_them else "lost"


def chance_of(category: str, answers: list[int]) -> float:
    """Return how often an item is of a category where any of the models may be the merge."""
    places = range(len(answers))
    return np.mean([plain(answers[i], [answers[j] for j in places if j != i]) == category for i in places])


def counts(table, column="count"):
    return table[table["level"].eq("task")].set_index("category")[column]


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 1)] * 4), min_size=3, max_size=40))
def test_categories_partition_the_items_and_so_do_their_expectations(rows):
    columns = np.array(rows).T
    table = item_table(relatives_of(columns))
    told = [plain(m, parents) for m, *parents in rows]
    assert {name: int(n) for name, n in counts(table).items()} == {name: told.count(name) for name in CATEGORIES}
    assert counts(table, "expected").sum() == pytest.approx(len(rows))
    assert ((table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()


def test_expectation_and_range_are_those_of_swapped_labels():
    rng = np.random.default_rng(6)
    columns = (rng.random((4, 60)) < np.array([[0.5], [0.6], [0.4], [0.7]])).astype(int)
    table = item_table(relatives_of(columns))
    for name in CATEGORIES:
        chances = np.array([chance_of(name, item) for item in columns.T.tolist()])
        assert counts(table, "expected")[name] == pytest.approx(chances.sum())
        moving = chances[(chances > 0) & (chances < 1)]
        law = sps.norm(chances.sum(), np.sqrt((moving * (1 - moving)).sum()))
        if name in ("synergy", "lost_consensus"):  # one chance for all items that move
            law = sps.binom(len(moving), 1 / 4)
        low, high = law.interval(0.95) if len(moving) else (chances.sum(),) * 2
        assert counts(table, "noise_low")[name] == pytest.approx(low)
        assert counts(table, "noise_high")[name] == pytest.approx(high)


@pytest.mark.slow
def test_two_members_of_one_family_are_as_noise():
    """150 merges, each with two parents of its own."""
    rng, values = np.random.default_rng(12), {}
    for i in range(150):
        answers = (rng.random((3, 80)) < 0.5).astype(int)
        values |= {(f"{name}{i}", "t"): column for name, column in zip("mab", answers, strict=True)}
    roles = {name: "merge" if name.startswith("m") else "parent" for name, _ in values}
    merges = merge_rows(*((f"m{i}", (f"a{i}", f"b{i}"), "") for i in range(150)))
    table = item_table(MergeContext(make(roles, {}, values), merges))
    p = table[table["level"].eq("task") & table["category"].eq("synergy")]["p"]
    assert len(p) == 150
    assert p.le(0.05).mean() < 0.1


def test_items_of_one_passage_move_together():
    rng = np.random.default_rng(13)
    once = (rng.random((3, 30)) < 0.5).astype(int)
    columns, passages = np.repeat(once, 10, axis=1), np.repeat(np.arange(30), 10)
    alone = item_table(relatives_of(columns))
    together = item_table(relatives_of(columns, [f"p{i}" for i in passages]))
    width = {name: t["noise_high"] - t["noise_low"] for name, t in (("alone", alone), ("together", together))}
    moving = alone["category"].eq("synergy")
    assert (width["together"][moving] > 2.5 * width["alone"][moving]).all()
    assert np.allclose(alone["expected"], together["expected"])


def test_changes_are_what_the_figure_draws():
    columns = np.array([[1, 1, 0, 0, 1, 0], [1, 0, 1, 1, 0, 0], [1, 0, 0, 1, 0, 0]])
    row = item_changes(item_table(relatives_of(columns))).iloc[0]
    assert (row["kept"], row["synergy"], row["lost"], row["lost_consensus"], row["gained"]) == (1, 2, 1, 1, 0)


def test_graded_items_are_refused_with_the_reason():
    kin = relatives_of(np.array([[0.5, 1], [1, 0.2], [1, 0]]))
    table = item_table(kin)
    assert table["count"].isna().all()
    assert "not just right or wrong" in table.loc[table["level"].eq("task"), "note"].iloc[0]
    with pytest.raises(DataError, match="not just right or wrong"):
        item_list(kin, "m", "t", "lost")


def test_items_that_only_some_have_are_left_out_and_counted():
    kin = relatives_of([np.array([1, 0, 1, 1]), np.array([1, 1, 0]), np.array([1, 0, 0, 1])])
    table = item_table(kin)
    assert counts(table, "n").eq(3).all()
    assert "3 of 4 items" in table.loc[table["level"].eq("task"), "note"].iloc[0]
