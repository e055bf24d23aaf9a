"""Per-item files of lm-eval: joined by their stamp, and prompts without answers."""

import pytest

from mergekit_eval.collect.folders import collect


def run(**more: object) -> dict:
    head = {"results": {"vqa": {"exact_match,none": 0.25, "alias": "vqa"}}, "configs": {"vqa": {"task": "vqa"}}}
    return head | {"versions": {"vqa": "Yaml"}, "config": {"model_args": "pretrained=org/m"}} | more


def test_samples_join_their_run_by_the_stamp_before_the_name(write, tmp_path):
    rows = [{"doc_id": i, "target": "a", "resps": [["a"]], "filtered_resps": ["a"], "doc_hash": "same",
             "input": "q", "token_counts": [], "exact_match": float(i < 2)} for i in range(8)]  # fmt: skip
    write("org__m/20260301_235901_results.json", run(date="20260301_235901"))
    write("org__m/20260301_235901_samples_vqa.jsonl", rows)
    found = collect(tmp_path)
    assert list(found.items["value"]) == [1, 1, 0, 0, 0, 0, 0, 0]
    assert list(found.items["item_key"]) == [f"id:{i}" for i in range(8)]
    assert "every item has the same doc_hash" in " ".join(found.problems["message"])


@pytest.mark.parametrize("more", [{"request": {"context": "q"}, "idx": 0}, {"request_type": "loglikelihood"}])
def test_prompts_without_answers_are_refused(look, write, more):
    row = {"doc": {"q": 1}, "task_name": "arc", "doc_id": 0, "label": 2} | more
    found = look(write("arc-requests.jsonl", [row, row | {"doc_id": 1}]))
    assert found.status == "refused" and "prompts without answers" in found.why


def test_beside_no_answer_only_known_metrics_are_scores(look, write):
    rows = [{"doc_id": i, "doc": {"q": i}, "idx": i, "label": 2, "acc": float(i)} for i in range(2)]
    assert look(write("few.jsonl", rows)).items() == [0.0, 1.0]
    bare = [{key: value for key, value in row.items() if key != "acc"} for row in rows]
    found = look(write("none.jsonl", bare))
    assert found.status == "refused" and "without a known metric" in found.why
