"""Rows of a samples file that come again: a second run, another filter, or an equal document."""

import numpy as np

from mergekit_eval.readers._lm_eval_columns import coded
from mergekit_eval.readers._lm_eval_passes import NO_FILTER, nth, occurrences, passes, with_blocks


def columns(ids, filters, keys=None):
    return {"doc_id": coded(ids), "filter": coded(filters), "key": coded(keys or ids)}


def test_how_many_equal_ones_stand_before_each():
    assert nth(np.array([3, 1, 3, 3, 1, 2])).tolist() == [0, 0, 1, 2, 1, 0]


def test_documents_that_come_once_are_all_kept():
    keep, blocks, problems = passes(columns(["0", "1", "2"], ["strict"] * 3))
    assert (keep.tolist(), blocks.tolist(), problems) == ([True] * 3, [0] * 3, [])


def test_of_two_runs_under_a_named_filter_the_last_whole_one_is_kept():
    keep, _, problems = passes(columns(["0", "1", "0", "1", "0"], ["strict"] * 5))
    assert keep.tolist() == [False, False, True, True, False]
    assert "3 runs in one file" in problems[0]["message"] and "kept is number 2" in problems[0]["message"]


def test_rows_without_a_filter_that_come_again_are_the_next_filter():
    base = columns(["0", "1", "0", "1"], [NO_FILTER] * 4)
    keep, blocks, problems = passes(base)
    assert (bool(keep.all()), blocks.tolist(), problems) == (True, [0, 0, 1, 1], [])
    assert with_blocks(base["filter"], blocks).to_pylist() == [f"{NO_FILTER}{block}" for block in (0, 0, 1, 1)]


def test_equal_documents_under_other_numbers_are_counted_in_their_own_block():
    base = columns(["0", "1", "2"], ["strict"] * 3, ["same", "other", "same"])
    assert occurrences(base, np.zeros(3, np.int64), np.ones(3, bool)).tolist() == [0, 0, 1]
    assert occurrences(base, np.zeros(3, np.int64), np.array([False, True, True])).tolist() == [0, 0, 0]
