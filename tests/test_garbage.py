"""Garbage is left alone within, and only there."""

import gc

import pytest

from mergekit_eval import tables
from mergekit_eval.garbage import garbage_left_alone


def test_the_search_goes_on_afterwards_also_after_an_error():
    assert gc.isenabled()
    with garbage_left_alone():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="broken"), garbage_left_alone():
        raise ValueError("broken")
    assert gc.isenabled()


def test_within_another_one_the_inner_end_does_not_switch_it_on():
    with garbage_left_alone():
        with garbage_left_alone():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_every_analysis_leaves_garbage_alone():
    seen = []

    @tables.makes("averages")
    def analysis():
        seen.append(gc.isenabled())
        return tables.empty("averages")

    analysis()
    assert seen == [False]
    assert gc.isenabled()
