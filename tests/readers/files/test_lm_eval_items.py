"""Items of samples files: keys, rows that are appended twice, filters without a name, one hash for all."""

import hashlib
import json


def row(number, value=1.0, **more):
    return {"doc_id": number, "doc": {"q": number}, "target": "x", "resps": [["x"]], "filtered_resps": ["x"],
            "acc": value} | more  # fmt: skip


def named(number, value=1.0, filter="none", **more):
    return row(number, value, filter=filter, metrics=["acc"], doc_hash=f"h{number}") | more


def items(out):
    return out.readout.items.to_pylist()


def test_the_key_is_the_stated_hash_else_the_harness_s_own_hash_of_the_document(look, write):
    stated = items(look(write("samples_boolq.jsonl", [named(0), named(1)])))
    assert [one["item_key"] for one in stated] == ["h0", "h1"]
    made = items(look(write("samples_old.jsonl", [row(0)])))
    text = json.dumps({"q": 0}, indent=2, ensure_ascii=False)
    assert made[0]["item_key"] == hashlib.sha256(text.encode()).hexdigest()


def test_of_two_runs_in_one_file_the_last_complete_one_counts(look, write):
    rows = [named(0, 0.0), named(1, 0.0), named(0, 1.0), named(1, 1.0), named(0, 0.5)]
    out = look(write("samples_boolq.jsonl", rows))
    assert [(one["doc_id"], one["value"]) for one in items(out)] == [("0", 1.0), ("1", 1.0)]
    assert out.problems == ["repeated"]
    assert "3 runs in one file ([2, 2, 1] rows); kept is number 2" in out.readout.problems[0]["message"]


def test_filters_without_a_name_are_numbered(look, write):
    out = look(write("samples_gsm8k.jsonl", [row(0, 1.0), row(1, 0.0), row(0, 0.0), row(1, 0.0)]))
    assert sorted({one["filter"] for one in items(out)}) == ["?0", "?1"]
    assert out.readout.facts["blocks"] == 2


def test_one_hash_for_all_documents_is_no_key_and_equal_texts_are_numbered(look, write):
    same = look(write("samples_vqa.jsonl", [named(0, doc_hash="x"), named(1, doc_hash="x")]))
    assert [one["item_key"] for one in items(same)] == ["id:0", "id:1"]
    twice = look(write("samples_boolq.jsonl", [named(0), named(1, doc_hash="h0"), named(2)]))
    assert [(one["item_key"], one["occurrence"]) for one in items(twice)] == [("h0", 0), ("h0", 1), ("h2", 0)]
    assert same.problems == twice.problems == ["note"]


def test_rows_that_list_other_metrics_are_read_all_the_same(look, write):
    out = look(write("samples_x.jsonl", [named(0), named(1) | {"metrics": ["acc", "f1"], "f1": 0.5}]))
    found = {metric: out.items(metric=metric) for metric in ("acc", "f1")}
    assert found == {"acc": [1.0, 1.0], "f1": [0.5]}
