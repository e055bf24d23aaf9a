"""From decoded rows to items: one metric after the other, every text once, repeated passes and unnamed filters."""

from types import SimpleNamespace

import numpy as np
import pytest

from mergekit_eval.readers._lm_eval_columns import HASH, SHOWN, Column
from mergekit_eval.readers._lm_eval_items import item_columns
from mergekit_eval.readers._lm_eval_rows import Chunk, RowForm

REGISTRY = SimpleNamespace(lookup=lambda tool, task, metric: SimpleNamespace(items={"listed": "each"}.get(metric, "")))


def items_of(*chunks, metrics=("acc",)):
    """Return what is made of chunks of rows, given as dicts."""
    keys = ["doc_id", "doc_hash", "filter", HASH, *metrics]
    columns = Column(keys, list(metrics), hashed=True, opened=[], prompts=[], cluster="")
    form = RowForm(keys, ["metrics", *SHOWN])
    start = 0
    for rows in chunks:
        lines = np.arange(start, start + len(rows))
        columns.add(Chunk(lines, [form.from_dict(row) for row in rows], []), None)
        start += len(rows)
    table, problems, facts = item_columns(columns, REGISTRY)
    return table.to_pydict(), [entry["kind"] for entry in problems], facts


def row(doc_id, value=1.0, filter="none", key=None, **more):
    return {"doc_id": doc_id, "doc_hash": key or f"hash of {doc_id}", "filter": filter, "acc": value} | more


def test_metrics_share_the_rows_of_a_file_over_its_chunks():
    first, second = [row(0, 1.0, f1=0.5), row(1, 0.0, f1=0.25)], [row(2, 1.0, f1=0.125)]
    found, problems, facts = items_of(first, second, metrics=("acc", "f1"))
    assert problems == [] and facts == {"blocks": 1, "rows": 3}
    assert found["metric"] == ["acc"] * 3 + ["f1"] * 3
    assert found["value"] == [1.0, 0.0, 1.0, 0.5, 0.25, 0.125]
    assert found["item_key"] == ["hash of 0", "hash of 1", "hash of 2"] * 2
    assert found["doc_id"] == ["0", "1", "2"] * 2
    assert found["line"] == [0, 1, 2] * 2
    assert set(found["filter"]) == {"none"} and set(found["occurrence"]) == {0} and set(found["cluster"]) == {""}


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([5, 6, 7], ["5", "6", "7"]),
        ([7, 5, 6], ["7", "5", "6"]),
        ([0, True, 2], ["0", "True", "2"]),
        ([0, 1.0, 2], ["0", "1.0", "2"]),
        ([-1, 0, 1], ["-1", "0", "1"]),
        ([2**70, None, "a"], [str(2**70), "", "a"]),
    ],
)
def test_numbers_of_documents_become_texts(ids, expected):
    assert items_of([row(one, key=f"k{i}") for i, one in enumerate(ids)])[0]["doc_id"] == expected


def test_of_two_runs_in_one_file_the_last_complete_one_is_kept():
    found, problems, facts = items_of([row(0, 0.0), row(1, 0.0), row(0, 1.0), row(1, 1.0), row(0, 0.5)])
    assert problems == ["repeated"] and facts["rows"] == 2
    assert found["value"] == [1.0, 1.0] and found["line"] == [2, 3]


def test_rows_without_a_filter_that_come_again_are_of_the_next_one():
    rows = [{name: cell for name, cell in row(i % 2, i / 4).items() if name != "filter"} for i in range(4)]
    found, problems, facts = items_of(rows)
    assert problems == [] and facts["blocks"] == 2
    assert found["filter"] == ["?0", "?0", "?1", "?1"] and found["value"] == [0.0, 0.25, 0.5, 0.75]


def test_an_equal_text_under_another_number_is_numbered():
    found, problems, _ = items_of([row(0, key="k"), row(1, key="other"), row(2, key="k")])
    assert problems == ["note"] and found["occurrence"] == [0, 0, 1]


def test_a_hash_that_all_documents_have_tells_nothing():
    found, problems, _ = items_of([row(0, key="k"), row(1, key="k")])
    assert problems == ["note"] and found["item_key"] == ["id:0", "id:1"]


def test_what_a_row_lists_are_items_of_their_own_beside_an_ordinary_metric():
    found, _, _ = items_of([row(0, listed=[1.0, 0.0]), row(1, listed=[0.5])], metrics=("acc", "listed"))
    assert found["metric"] == ["acc", "acc", "listed", "listed", "listed"]
    assert found["item_key"] == ["hash of 0", "hash of 1", "hash of 0#0", "hash of 0#1", "hash of 1#0"]
    assert found["cluster"] == ["", "", "hash of 0", "hash of 0", "hash of 1"]
    assert found["value"] == [1.0, 1.0, 1.0, 0.0, 0.5]
