"""Single items of a category, the bands of own parents, and the tables as a person reads them."""

import json

import numpy as np
import pytest

from mergekit_eval import compare, tables
from mergekit_eval.compare import MergeContext, item_examples, item_list, item_table
from mergekit_eval.errors import DataError
from tests.compare.conftest import relatives_of

ROLES = {"a": "parent", "b": "parent", "m": "merge", "n": "merge"}


@pytest.fixture(scope="module")
def kin(build, merging):
    quiet, loud = np.zeros(30), np.zeros(30)
    loud[:12] = 1  # right where no parent is, twelve times
    values = {(name, "t"): quiet for name in ("a", "b", "n")} | {("m", "t"): loud}
    values |= {(name, "u"): np.tile([1.0, 0.0], 15) for name in ROLES}
    return MergeContext(build(ROLES, {}, values), merging(("m", ("a", "b"), ""), ("n", ("a", "b"), "")))


def test_the_largest_excess_over_noise_is_chosen_and_named(kin):
    found = item_examples(kin, item_table(kin), "synergy", limit=5)
    assert len(found) == 5
    assert (found["m"] == 1).all()
    assert (found[["a", "b"]] == 0).all().all()
    assert compare.items_paragraph(found).startswith(
        "synergy of m on t: 12 items, noise alone would give 4.0; 5 listed"
    )


def test_a_named_merge_without_such_items_says_so(kin):
    found = item_examples(kin, item_table(kin), "synergy", merge="n", task="t")
    assert found.empty
    assert tables.reason(found) == "no item of n on t is of the category synergy"
    assert "no items to count" in tables.reason(item_examples(kin, item_table(kin), merge="ghost"))


def test_a_wrong_category_is_refused_with_those_known(kin):
    with pytest.raises(DataError, match=r"'wins'.*kept, gained, synergy"):
        item_examples(kin, item_table(kin), "wins")


def test_texts_that_are_gone_leave_the_items(kin):
    found = item_examples(kin, item_table(kin), "synergy", text=True, limit=2)
    assert len(found) == 2
    assert "without text" in compare.items_paragraph(found)


def test_list_of_items_with_their_text(tmp_path):
    columns = np.array([[0, 1, 0], [1, 1, 1], [1, 0, 1]])
    kin = relatives_of(columns)
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
def test_list_refuses_what_is_not_there(merge, task, category):
    kin = relatives_of(np.array([[0, 1], [1, 1], [1, 0]]))
    with pytest.raises(DataError, match="allowed"):
        item_list(kin, merge, task, category)
