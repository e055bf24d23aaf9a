"""Results files of the first Open LLM Leaderboard: keys with suite and shots, its old MMLU, its plain mean."""

import math

STAMP = "results_2023-10-01T12-00-00.000000.json"


def document(results, **more):
    config = {"model_name": "org/m", "model_dtype": "torch.float16", "max_samples": None}
    return {"config_general": config, "results": results, "versions": {}} | more


def test_keys_name_task_and_shots_and_all_is_a_group(look, write):
    blocks = {"harness|arc:challenge|25": {"acc": 0.5, "acc_stderr": 0.014, "acc_norm": 0.55}, "all": {"acc": 0.5}}
    out = look(write(STAMP, document(blocks, versions={"harness|arc:challenge": 1})))
    assert out.reader == "leaderboard v1"
    acc, norm, mean = out.scores
    assert (acc["known_as"], acc["n_shot"], acc["task_version"], acc["kind"]) == ("arc_challenge", 25, "1", "task")
    assert (acc["value"], acc["stderr"], norm["value"], mean["kind"]) == (0.5, 0.014, 0.55, "group")
    assert math.isnan(norm["stderr"])
    assert (acc["model"], acc["settings"], acc["quantization"]) == ("org/m", '{"dtype":"float16"}', "")
    assert out.readout.facts == {"stamp": "2023-10-01T12-00-00.000000"}


def test_the_first_version_of_mmlu_is_refused_by_name(look, write):
    blocks = {"harness|hendrycksTest-law|5": {"acc": 0.5}, "harness|hellaswag|10": {"acc_norm": 0.7}}
    out = look(write(STAMP, document(blocks, versions={"harness|hendrycksTest-law|5": 0})))
    assert [row["metric"] for row in out.scores] == ["acc_norm"] and out.problems == ["refused"]
    assert look(write(STAMP, document(blocks, versions={"harness|hendrycksTest-law|5": 1}))).problems == []


def test_odd_values_are_named_and_a_file_without_any_number_is_refused(look, write):
    out = look(write(STAMP, '{"harness|gsm8k|5": {"acc": "high", "mc2": NaN}}'))
    assert out.problems == ["bad-value", "not-finite"] and math.isnan(out.scores[0]["value"])
    assert out.scores[0]["model"] == ""
    assert look(write(STAMP, document({"harness|gsm8k|5": {"acc": None}}))).status == "refused"
