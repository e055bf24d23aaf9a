"""What the Holmes readers share: names of models, conditions other than the benchmark's, sample sizes."""

import pytest

from mergekit_eval.readers import _holmes


def test_a_folder_and_a_packaged_column_name_a_model():
    assert _holmes.model_name("org__my__model") == "org/my__model"
    assert _holmes.model_and_encoding("org__m-four_bit") == ("org/m", "four_bit")
    assert _holmes.model_and_encoding(" org/m-half ") == ("org/m-half", "")


@pytest.mark.parametrize(
    ("control", "layers", "encoding", "label"),
    [
        ("NONE", "0", "full", ""),
        ("", "", "", ""),
        ("PERMUTATION", "4", "half", "control=PERMUTATION,layers=4,encoding=half"),
        ("none", "12", "full", "layers=12"),
    ],
)
def test_only_what_differs_from_the_benchmark_is_named(control, layers, encoding, label):
    assert _holmes.condition(control, layers, encoding) == label
    assert _holmes.is_control(label) == label.startswith("control")


def test_precisions_and_sample_sizes():
    assert [_holmes.quantization(word) for word in ("four_bit", "eight_bit", "half", "full")] == [
        "4bit",
        "8bit",
        "",
        "",
    ]
    assert _holmes.size_of(_holmes.sample_size("643")) == "643"
    assert _holmes.size_of(_holmes.sample_size("")) == "unknown"
