"""Results as people save them by hand: returned by the Python API, or only the block with the numbers."""

import json

import numpy as np
import pytest

from mergekit_eval.collect.folders import item_text
from mergekit_eval.registry import load_registry

VALUES = [1.0, 0.0, 1.0, 1.0]


def dump(shapes, filters):
    rows = [row for name in filters for row in shapes.rows(VALUES, "exact_match", name)]
    block = {f"exact_match,{f}": 0.75 for f in ("strict-match", "flexible-extract")}
    return shapes.today("a/m", {"gsm8k": block}, samples={"gsm8k": rows})


@pytest.mark.parametrize("filters", [("strict-match", "flexible-extract"), (None, None)])
def test_samples_inside_a_results_file_are_its_items(lab, shapes, filters):
    lab.put("out.json", dump(shapes, filters))
    found = lab.collect()
    assert found.problems.empty and set(found.scores["n_from"]) == {"file"}
    items = found.items
    assert sorted(zip(items["filter"], items["value"], strict=True)) == sorted(
        (f, v) for f in ("strict-match", "flexible-extract") for v in VALUES
    )
    assert items.groupby("filter")["item_key"].nunique().eq(4).all()
    assert [item_text(row)["doc_id"] for row in items.to_dict("records")] == items["doc_id"].astype(int).tolist()


def test_samples_inside_pair_with_samples_beside(lab, shapes):
    lab.put("one/out.json", dump(shapes, ("strict-match", "flexible-extract")))
    stamp = "2025-01-02T03-04-05.000001"
    beside = shapes.today("b/m", {"gsm8k": {"exact_match,strict-match": 0.75}})
    lab.put(f"two/results_{stamp}.json", beside)
    lab.put(f"two/samples_gsm8k_{stamp}.jsonl", shapes.rows(VALUES, "exact_match", "strict-match"))
    items = lab.collect().items
    keys = items[items["filter"] == "strict-match"].groupby("model")["item_key"].agg(set)
    assert keys["a/m"] == keys["b/m"]


def test_samples_inside_that_contradict_the_score_are_named(lab, shapes):
    document = dump(shapes, ("strict-match", "flexible-extract"))
    document["results"]["gsm8k"]["exact_match,strict-match"] = 0.5
    lab.put("out.json", document)
    assert set(lab.collect().problems["kind"]) == {"disagreement"}


@pytest.mark.parametrize(
    "block",
    [
        {"arc_easy": {"alias": "arc_easy", "acc,none": 0.5, "acc_norm,none": 0.75}},
        {"arc_easy": {"acc,none": 0.5, "acc_stderr,none": 0.1, "acc_norm,none": 0.75, "acc_norm_stderr,none": 0.1}},
        {"arc_easy": {"acc": 0.5, "acc_stderr": 0.1, "acc_norm": 0.75, "acc_norm_stderr": 0.1}},
    ],
)
def test_a_block_of_numbers_alone_is_read_with_a_note(lab, block, one_score):
    lab.put("org__m/numbers.json", block)
    found = lab.collect()
    assert one_score(found, primary=True).value == 0.75 and set(found.scores["model"]) == {"org/m"}
    assert set(found.problems["kind"]) == {"note"}


def test_the_registry_gives_no_n_that_the_printed_error_excludes(lab, one_score):
    full = {"acc": 0.5, "acc_stderr": round(float(np.sqrt(0.25 / 2375)), 4)}
    part = {"acc": 0.5, "acc_stderr": round(float(np.sqrt(0.25 / 99)), 3)}
    lab.put("full/r.json", {"arc_easy": full})
    lab.put("part/r.json", {"arc_easy": part})
    found = lab.collect()
    assert one_score(found, model="full").n == 2376
    assert str(one_score(found, model="part").n) == "<NA>"


def test_chance_of_a_task_is_not_the_chance_of_its_unbounded_metrics():
    facts = load_registry()
    assert facts.lookup("lm-eval", "crows_pairs_english", "pct_stereotype").chance == 0.5
    assert facts.lookup("lm-eval", "crows_pairs_english", "likelihood_diff").chance is None


def test_a_dump_keeps_nan_and_text_where_numbers_belong(lab, shapes):
    document = dump(shapes, ("strict-match", "flexible-extract"))
    document["samples"]["gsm8k"][0]["exact_match"] = float("nan")
    document["samples"]["other"] = "text"
    lab.put("out.json", json.dumps(document))
    found = lab.collect()
    assert set(found.problems["kind"]) == {"not-finite", "broken", "disagreement"}
    assert len(found.items) == 8
