"""What the lm-eval readers share: arguments, identity of a model, stamps in names, keys of metrics."""

import math
from datetime import UTC, datetime

import pytest

from mergekit_eval.readers import _lm_eval as lm


@pytest.mark.parametrize(
    ("told", "args"),
    [
        ("pretrained=org/m,dtype=auto", {"pretrained": "org/m", "dtype": "auto"}),
        ("pretrained=m,stop=[a,b],max_length=9", {"pretrained": "m", "stop": "[a,b]", "max_length": "9"}),
        ("lora=a,b", {"lora": "a,b"}),
        ({"dtype": None, 1: 2}, {"dtype": None, "1": 2}),
        (None, {}),
    ],
)
def test_arguments_are_a_mapping_however_they_were_written(told, args):
    assert lm.parse_args(told) == args


@pytest.mark.parametrize(
    ("args", "stated", "program", "expected"),
    [
        ({"pretrained": "./org/m/"}, "x", "hf", ("org/m", "x", "model_args.pretrained")),
        ({"pretrained": "m", "revision": "v2", "peft": "me/lora"}, "", "hf",
         ("m@v2+me/lora", "m", "model_args.pretrained + revision + peft")),
        ({"pretrained": "m", "revision": "main"}, "", "hf", ("m", "m", "model_args.pretrained")),
        ({}, "org/m", "hf", ("org/m", "org/m", "model_name")),
        ({}, "hf", "", ("", "hf", "config.model")),
        ({"model_path": r".\runs\m"}, "", "hf", ("runs/m", r".\runs\m", "model_args.model_path")),
    ],
)  # fmt: skip
def test_who_a_model_is(args, stated, program, expected):
    assert lm.identity(args, stated, program) == expected


def test_settings_are_what_can_change_answers():
    args = {"pretrained": "m", "revision": "v2", "batch_size": 8, "device": "cpu", "dtype": "torch.float16", "x": True}
    assert lm.settings(args | {"empty": ""}) == {"dtype": "float16", "x": "True"}
    assert lm.quantization({"load_in_8bit": "true"}) == "8bit"
    assert lm.quantization({"load_in_4bit": False, "quantization": "awq"}) == "awq"
    assert lm.quantization({"gguf_file": "m.gguf", "autogptq": "False"}) == "gguf"


def test_the_last_stamp_of_a_name_is_its_time():
    noon = datetime(2026, 3, 1, 12, 30, 5, tzinfo=UTC).timestamp()
    assert lm.stamp_of("results_2026-03-01T12-30-05.250000.json") == ("2026-03-01T12-30-05.250000", noon + 0.25)
    assert lm.stamp_of("20260301_123005_results.json") == ("20260301_123005", noon)
    for nothing in ("results.json", "results_2026-13-01T12-30-05.json"):
        stamp, seconds = lm.stamp_of(nothing)
        assert stamp == "" and math.isnan(seconds)


def test_keys_of_results_name_metric_filter_and_kind_of_error():
    assert lm.split_key("exact_match,strict-match") == ("exact_match", "strict-match", "")
    assert lm.split_key("acc_stderr") == ("acc", "none", "plain")
    assert lm.split_key("acc_stderr_clustered,none") == ("acc", "none", "clustered")
    block = {"acc_stderr,none": "N/A", "acc_stderr_clt,none": 0.3, "acc_stderr_clustered,none": 0.4, "acc,none": 0.5}
    assert lm.errors_of(block) == {("acc", "none"): 0.4}
