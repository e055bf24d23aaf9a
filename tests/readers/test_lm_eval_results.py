"""Results files of lm-eval and of those that write its shape: errors, stamps, versions, refusals."""

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
