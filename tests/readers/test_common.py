"""Means and errors by hand, keys and stamps, words for data, and lists of items."""

import math
from datetime import UTC, datetime

import pytest

from mergekit_eval.readers import _common
from mergekit_eval.readers._common import Items
from mergekit_eval.registry import Registry


def test_a_mean_has_the_error_of_its_items():
    # Four items of 0 and 1 in equal parts: variance 1/3, error sqrt(1/12).
    assert _common.mean([1, 0, 0, 1]) == (0.5, pytest.approx(math.sqrt(1 / 12)), 4)
    alone, nothing = _common.mean([2.0]), _common.mean([])
    assert (alone.value, alone.n, nothing.n) == (2.0, 1, 0)
    assert all(map(math.isnan, (alone.stderr, nothing.value, nothing.stderr)))
    assert _common.mean([math.inf, 1.0]).value == math.inf


@pytest.mark.parametrize("value", [0.1, 0.3, 0.7, 1e-200, 1e100])
def test_equal_values_are_their_mean_without_an_error(value):
    for size in (2, 3, 7, 10):
        assert _common.mean([value] * size) == (value, 0.0, size)
    assert math.isnan(_common.mean([math.inf] * 2).stderr)


def test_rates_errors_and_passes():
    assert _common.rate_error(0.5, 101) == 0.05
    assert math.isnan(_common.rate_error(0.5, 1)) and math.isnan(_common.rate_error(50, 101))
    assert [_common.error_bar(value) for value in (0.1, 0.0)] == [0.1, 0.0]
    assert all(math.isnan(_common.error_bar(value)) for value in (None, -0.1, math.inf))
    # Of the 3 pairs of 3 samples, 2 hold the right one.
    assert _common.pass_at_k(3, 1, 2) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        ("2025-01-02 03:04:05", datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()),
        ("2025-01-02T03:04:05+02:00", datetime(2025, 1, 2, 1, 4, 5, tzinfo=UTC).timestamp()),
        ("yesterday", math.nan),
        (1.5, math.nan),
    ],
)
def test_a_stamp_without_a_zone_is_utc(stamp, seconds):
    assert _common.when(stamp) == pytest.approx(seconds, nan_ok=True)


def test_columns_of_data_and_what_they_say():
    known = ["Direction", "target language", "src_lang", "test set", "split", "Subject", "language pair"]
    assert all(map(_common.is_data, known))
    assert not any(map(_common.is_data, ["Model", "size", "setting", "languages known"]))
    assert _common.data_label({"split ": "dev", "lang": "", "domain": "law"}) == "split=dev, domain=law"


def test_items_are_counted_by_what_tells_them_apart_and_hold_no_half_of_a_character():
    items = Items()
    assert items.table() is None
    for model, key in (("a", "k"), ("a", "k"), ("b", "k"), ("a", "\ud800")):
        items.add("t", "acc", key, 1.0, 0, model_name=model)
    rows = items.table(many_models=True).to_pylist()
    assert [(row["model_name"], row["occurrence"]) for row in rows] == [("a", 0), ("a", 1), ("b", 0), ("a", 0)]
    assert rows[3]["item_key"] == r"\ud800" and rows[0]["filter"] == "none"
    assert "model_name" not in items.table().column_names


def test_values_as_text_and_steps_into_mappings():
    assert [_common.text(value) for value in (None, "x", [1], {"b": 1, "a": 2}, 0, [])] == [
        "", "x", "[1]", '{"a":2,"b":1}', "0", "[]"
    ]  # fmt: skip
    assert _common.canonical({}) == "" and _common.canonical({"é": 1}) == '{"\\u00e9":1}'
    assert _common.dig({"a": {"b": 1}}, "a", "b") == 1
    assert _common.dig({"a": [1]}, "a", "b") is None
    assert _common.content_key("a", "b") != _common.content_key("ab")


def test_scores_that_are_no_finite_numbers_are_named_once():
    rows = [{"task_name": "t", "metric": "acc", "value": value} for value in (0.5, math.nan, math.inf)]
    (found,) = _common.not_finite(rows)
    assert found["kind"] == "not-finite" and found["message"].startswith("2 scores are no finite numbers")
    assert _common.not_finite(rows[:1]) == []


def test_whole_numbers_that_a_file_states():
    assert [_common.whole(value) for value in (3, 3.0, 0, 2.5, "3", None, True, 1e300)] == [3, 3, *[None] * 6]
    assert _common.whole(0, 0) == 0
    assert (_common.size(3), _common.size(None)) == ({"n": 3, "n_from": "file"}, {})


def test_what_is_left_out_is_counted_and_its_first_place_named():
    (rows,) = _common.left_out([4, 7], "rows without a model")
    assert (rows["kind"], rows["message"]) == ("bad-value", "2 rows without a model left out; first: row 4")
    (tasks,) = _common.left_out(["a/0"], "tasks without a status", "incomplete", "run them")
    assert (tasks["message"], tasks["todo"]) == ("1 tasks without a status left out; first: 'a/0'", "run them")
    assert _common.left_out([], "rows") == []


def test_metrics_without_a_known_direction_are_named_once():
    facts = Registry({"tool": {"metrics": {"acc": {"better": "higher"}}}})
    rows = [{"task_name": "t", "metric": metric, "filter": "none"} for metric in ("acc", "odd", "odd")]
    (found,) = _common.undirected(rows, "tool", facts)
    assert found["message"].endswith("never ranked: t odd") and "tool" in found["todo"]
    assert _common.undirected(rows[:1], "tool", facts) == []
