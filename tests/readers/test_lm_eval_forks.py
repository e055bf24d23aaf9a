"""What forks and neighbours write in lm-eval's shape: other errors, other stamps, one hash for all, prompts alone."""

import math
from datetime import UTC, datetime

import pytest

from mergekit_eval.collect.folders import collect

ASKED = {
    "exact_match,none": 0.25,
    "exact_match_stderr,none": "N/A",
    "exact_match_stderr_clt,none": 0.03,
    "exact_match_stderr_clustered,none": 0.04,
    "exact_match_internal_variance,none": 0.5,
    "alias": "vqa",
}


def run(**more: object) -> dict:
    block = more.pop("block", ASKED)
    head = {"results": {"vqa": block}, "configs": {"vqa": {"task": "vqa"}}, "n-shot": {"vqa": 0}}
    return head | {"versions": {"vqa": "Yaml"}, "config": {"model_args": "pretrained=org/m"}} | more


def test_an_error_named_after_its_rule_is_an_error_and_never_a_score(look, write):
    found = look(write("results.json", run()))
    assert [(row["metric"], row["value"], row["stderr"]) for row in found.scores] == [("exact_match", 0.25, 0.04)]
    assert found.problems == ["note"]
    plain = look(write("plain.json", run(block=ASKED | {"exact_match_stderr,none": 0.02})))
    assert plain.scores[0]["stderr"] == 0.02
    alone = look(write("alone.json", run(block={"acc,none": 0.5, "acc_std_err,none": 0.1, "alias": "x"})))
    assert [(row["metric"], row["stderr"]) for row in alone.scores] == [("acc", 0.1)]


@pytest.mark.parametrize("odd", [-1, float("inf")])
def test_a_standard_error_that_can_be_none_is_named(look, write, odd):
    found = look(write("results.json", run(block={"acc,none": 0.5, "acc_stderr,none": odd, "alias": "vqa"})))
    assert math.isnan(found.scores[0]["stderr"]) and found.problems == ["bad-value"]


def test_the_stamp_and_the_version_of_lmms_eval_are_read(look, write):
    found = look(write("20260301_235901_results.json", run(date="20260301_235901", lmms_eval_version="v0.6")))
    assert found.scores[0]["date"] == datetime(2026, 3, 1, 23, 59, 1, tzinfo=UTC).timestamp()
    assert found.scores[0]["tool_version"] == "lmms-eval v0.6"
    assert found.readout.facts["stamp"] == "20260301_235901"
    nobody = look(write("results.json", run(lm_eval_version="No package was found")))
    assert nobody.scores[0]["tool_version"] == "" and math.isnan(nobody.scores[0]["date"])


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


def test_one_block_and_a_list_of_results_are_refused_by_name(look, write):
    block = {"acc,none": 0.5, "acc_stderr,none": 0.1, "alias": "stem"}
    assert "without the name of the task" in look(write("stem.json", block)).why
    listed = {"results": [{"task_name": "flores", "prompt_name": None, "word_perplexity": 9.5}], "config": {}}
    assert "a list" in look(write("old.json", listed)).why


def test_a_model_from_the_hubs_cache_has_its_hub_id(write, tmp_path):
    cache = "pretrained=/c/hub/models--org--m.v2/snapshots/{}"
    block = {"acc,none": 0.5, "acc_stderr,none": 0.1, "alias": "vqa"}

    def add(name: str, args: str) -> None:
        write(f"{name}/results_2026-01-0{name}T00-00-00.json", run(block=block, config={"model_args": args}))

    add("1", cache.format("a" * 40))
    found = collect(tmp_path).scores
    assert list(found["model"]) == ["org/m.v2"] and found["model_from"].iloc[0].endswith("hub cache")
    add("2", cache.format("b" * 40) + ",peft=org/lora")
    assert set(collect(tmp_path).scores["model"]) == {"org/m.v2@aaaaaaaaaaaa", "org/m.v2@bbbbbbbbbbbb+org/lora"}
