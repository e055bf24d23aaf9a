"""Rows of files that ask the same: their keys are made once, and never taken for those of other rows."""

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from mergekit_eval.readers import _lm_eval_columns as columns
from mergekit_eval.readers._lm_eval_columns import Column, coded
from mergekit_eval.readers._lm_eval_layout import Known, Layout, joined
from mergekit_eval.readers._lm_eval_rows import Chunk, RowForm

IDS, FILTERS, HASHES = (0, 1), ("none", "none"), ("a", "b")
LINES = np.arange(2)


def layout(ids=("0", "1"), filters=FILTERS, keys=HASHES, start=0):
    lines = pa.array(np.arange(start, start + len(ids)))
    texts = {"doc_id": ids, "filter": filters, "key": keys, "cluster": [""] * len(ids)}
    return Layout({"line": lines} | {name: coded(column) for name, column in texts.items()}, hashed=True)


def remembering(**more):
    known, kept = Known(**more), layout()
    known.keep(LINES, (IDS, FILTERS, HASHES), kept)
    return known, kept


def test_equal_rows_have_one_layout():
    known, kept = remembering()
    assert known.find(LINES.copy(), ((0, 1), ("none", "none"), ("a", "b"))) is kept


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (LINES + 2, (IDS, FILTERS, HASHES)),
        (np.array([0, 2]), (IDS, FILTERS, HASHES)),
        (LINES, ((False, True), FILTERS, HASHES)),
        (LINES, ((0.0, 1.0), FILTERS, HASHES)),
        (LINES, ((0, True), FILTERS, HASHES)),
        (LINES, (("0", "1"), FILTERS, HASHES)),
        (LINES, (IDS, ("none", "strict"), HASHES)),
        (LINES, (IDS, (None, None), HASHES)),
        (LINES, (IDS, FILTERS, ("a", "c"))),
        (np.arange(3), ((0, 5, 1), ("none",) * 3, ("a", "x", "b"))),
    ],
)
def test_other_rows_are_not_known(lines, names):
    assert remembering()[0].find(lines, names) is None


@pytest.mark.parametrize("ids", [(0.0, 1), (True, 1), (0, ["1"])])
def test_names_that_may_be_equal_and_have_other_texts_are_not_remembered(ids):
    known = Known()
    known.keep(LINES, (ids, FILTERS, HASHES), layout())
    assert known.find(LINES, (ids, FILTERS, HASHES)) is None and known.size == 0


def test_absent_names_are_known_too():
    known, kept, names = Known(), layout(), ((None, 1), (msgspec.UNSET, msgspec.UNSET), HASHES)
    known.keep(LINES, names, kept)
    assert known.find(LINES, names) is kept


def test_what_is_remembered_has_a_limit():
    known, _ = remembering()
    size = known.size
    known, _ = remembering(most=2 * size - 1)
    other = (IDS, FILTERS, ("c", "d"))
    known.keep(LINES, other, layout())
    assert known.find(LINES, (IDS, FILTERS, HASHES)) is None and known.find(LINES, other) is not None
    assert known.size == size
    known, _ = remembering(most=size - 1)
    assert known.find(LINES, (IDS, FILTERS, HASHES)) is None and known.size == 0


def test_columns_of_chosen_rows_and_of_all_rows_again():
    found = layout(ids=("0", "1", "2"), filters=("none",) * 3, keys=("a", "b", "a"))
    assert found.at(np.array([2, 0]))["key"].to_pylist() == ["a", "a"]
    assert found.at(np.array([2, 0]))["occurrence"].to_pylist() == [1, 0]
    assert found.repeated(2)["line"].to_pylist() == [0, 1, 2, 0, 1, 2]
    assert found.repeated(2) is found.repeated(2)


def test_pieces_of_a_file_are_one():
    first = layout()
    assert joined([first]) is first
    both = joined([first, layout(ids=("2", "3"), keys=("c", "a"), start=2)])
    assert both.columns["line"].to_pylist() == [0, 1, 2, 3]
    assert both.rows.columns["occurrence"].to_pylist() == [0, 0, 0, 1]


def test_a_second_file_that_asks_the_same_takes_the_layout_of_the_first(monkeypatch):
    monkeypatch.setattr(columns, "_known", Known())

    def made(scores, **more):
        keys = ["doc_id", "doc_hash", "filter", columns.HASH, "acc"]
        taken = Column(keys, ["acc"], **{"hashed": True, "opened": [], "prompts": [], "cluster": ""} | more)
        form = RowForm(keys, ["metrics", *columns.SHOWN])
        rows = [{"doc_id": i, "doc_hash": f"h{i}", "filter": "none", "acc": one} for i, one in enumerate(scores)]
        taken.add(Chunk(np.arange(len(rows)), [form.from_dict(row) for row in rows], []), None)
        return taken

    first, second, longer = made([0.0, 1.0]), made([1.0, 0.0]), made([1.0, 0.0, 1.0])
    assert second.parts[0] is first.parts[0] and longer.parts[0] is not first.parts[0]
    assert second.values["acc"][0].tolist() == [1.0, 0.0]
    assert made([0.0, 1.0], hashed=False).parts[0] is not first.parts[0]
