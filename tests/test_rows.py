"""Rows that analyses walk through: all of them, in order, with the columns as attributes."""

import pandas as pd

from mergekit_eval.rows import by_value, grouped, merge_rows, reached, records, score_rows


def test_merges_come_in_order_with_their_parents():
    frame = pd.DataFrame({"merge": ["m", "k"], "parents": [("a", "b"), ()], "base": ["x", ""], "method": ["ties", ""]})
    rows = [(row.merge, row.parents, row.base, row.method) for row in merge_rows(frame)]
    assert rows == [("m", ("a", "b"), "x", "ties"), ("k", (), "", "")]


def test_scores_carry_the_label_of_their_row():
    frame = pd.DataFrame({"model": ["m", "k"], "task": ["t", "t"], "score": [0.5, 0.25]}, index=[7, 3])
    assert [(row.Index, row.model, row.score) for row in score_rows(frame)] == [(7, "m", 0.5), (3, "k", 0.25)]


def test_rows_are_grouped_in_the_order_in_which_they_come():
    assert grouped(["bx", "ay", "cx"], lambda text: text[1]) == {"x": ["bx", "cx"], "y": ["ay"]}


def test_what_is_reached_comes_once_the_nearest_first_also_round_a_circle():
    below = {"m": ("k", "a"), "k": ("b", "m"), "b": ("a",)}
    assert reached(["m"], lambda name: below.get(name, ())) == ["m", "k", "a", "b"]
    assert reached([], lambda name: below[name]) == []


def test_a_missing_count_is_none_in_a_record_and_a_missing_number_stays_one():
    frame = pd.DataFrame({"n": pd.array([1, None], dtype="Int64"), "gain": [0.5, float("nan")]})
    first, second = records(frame)
    assert first == {"n": 1, "gain": 0.5}
    assert second["n"] is None
    assert pd.isna(second["gain"])


def test_rows_by_the_text_of_a_column_and_none_for_any_other():
    table = pd.DataFrame({"merge": ["b", "a", "b"], "gain": [1.0, 2.0, 3.0]})
    parts = by_value(table, "merge")
    assert list(parts) == ["b", "a"]
    assert parts["b"]["gain"].tolist() == [1.0, 3.0]
    assert parts["c"].empty
    assert list(parts["c"]) == ["merge", "gain"]
