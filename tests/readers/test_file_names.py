"""Models that only a file name tells."""

import pytest

from mergekit_eval.readers._file_names import named_by_file


class Named:
    def __init__(self, name):
        self.name = name


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("x/codet5_2b_samples_eval_results.json", "codet5_2b"),
        ("x/phi_1_samples_eval_results.json", "phi_1"),
        ("samples_eval_results.json", None),
        ("safety_eval.json", None),
        ("metrics.json.wildguardtest", None),
        ("safety_generation.json", None),
        ("samples.jsonl_results.jsonl", None),
        ("org--m_vllm_temp_0.0-sanitized_eval_results.json", "org/m_vllm_temp_0.0"),
        ("xstest_v2_completions_gpt4_gpteval.csv", "gpt4"),
        ("xstest_v2_completions_mistralguard_streval.csv", "mistralguard"),
        ("xstest_completions_gpt4_v1.csv", "gpt4_v1"),
        ("Llama-3.2-3B_safety_results.json", "Llama-3.2-3B_safety"),
        ("code_llama_7b_results.json", "code_llama_7b"),
        ("merge_v1_results.json", "merge_v1"),
        ("merge_v2_results.json", "merge_v2"),
        ("phi_plus_samples.jsonl_results.jsonl", "phi_plus"),
        ("humaneval_llama3_results.json", "llama3"),
        ("llama3_humaneval_samples_results.jsonl", "llama3"),
        ("human_eval_results.jsonl", None),
        ("results-final.json", None),
        ("Mistral-7B-v0.1_samples_results.jsonl", "Mistral-7B-v0.1"),
        ("", None),
        ("_.-_", None),
    ],
)
def test_words_for_content_are_no_model(name, model):
    assert named_by_file(Named(name)).get("model_name") == model


def test_a_rule_is_told_with_the_name():
    assert named_by_file(Named("x/phi_1_results.json")) == {"model_name": "phi_1", "model_from": "file name"}
    assert named_by_file(Named("results_2025-01-02T03-04-05.json")) == {}
