"""Details of lighteval in parquet, alone and beside the results of their run."""

import math
import statistics

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mergekit_eval.signs import bit

DETAILS = "details/org/merge/2024-11-02T10-11-12.000001/details_{task}_2024-11-02T10-11-12.000001.parquet"


def results(**more):
    return {
        "config_general": {"model_name": "org/merge", "max_samples": None, "lighteval_sha": "abc",
                           "generation_parameters": {"temperature": 0.0}},
        "results": {
            "lighteval|gsm8k|5": {"qem": 0.5, "qem_stderr": 0.025},
            "leaderboard|mmlu:anatomy|5": {"acc": 0.6, "acc_stderr": 0.05},
            "leaderboard|mmlu:_average|5": {"acc": 0.6, "acc_stderr": 0.05},
            "all": {"acc": 0.6, "qem": 0.5},
        },
        "versions": {"lighteval|gsm8k|5": 0},
        "config_tasks": {"lighteval|gsm8k": {"effective_num_docs": 400}},
        "summary_tasks": {"leaderboard|mmlu:anatomy|5": {"truncated": 0, "non_truncated": 135}},
    } | more  # fmt: skip


@pytest.fixture
def details(tmp_path):
    def written(task, columns):
        path = tmp_path / DETAILS.format(task=task)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), path)
        return path

    return written


def test_details_old_shape(look, details):
    scores = [{"acc": 1.0, "acc_norm": 0}, {"acc": 0.0, "acc_norm": 1}, {"acc": 1.0, "acc_norm": 1}]
    path = details(
        "leaderboard|arc:challenge|25", {"example": ["q1", "q2", "q3"], "metrics": scores, "full_prompt": ["a"] * 3}
    )
    out = look(path)
    assert out.reader == "lighteval-details"
    assert out.value("arc:challenge", "acc_norm", model="org/merge") == pytest.approx(2 / 3)
    row = next(r for r in out.scores if r["metric"] == "acc")
    assert row["stderr"] == pytest.approx(statistics.stdev([1, 0, 1]) / math.sqrt(3))
    assert (row["n_shot"], row["n"]) == (25, 3)
    assert out.items(metric="acc") == [1, 0, 1]
    assert "q1" not in str(out.readout.items.to_pylist())


def test_details_new_shape_with_gaps(look, details):
    columns = {
        "__doc__": [{"query": "q1", "id": "7", "task_name": "gsm8k"}, {"query": "q1", "id": "8", "task_name": "gsm8k"}],
        "__metric__": [{"extractive_match": 1.0, "note": "text"}, {"extractive_match": None, "note": "text"}],
        "__model_response__": [{"text": "a"}, {"text": "b"}],
    }
    out = look(details("gsm8k|0", columns))
    assert out.items() == [1.0]
    assert out.readout.items["doc_id"].to_pylist() == ["7"]
    assert "not-finite" in out.problems


def test_details_equal_prompts_keep_their_occurrence(look, details):
    out = look(details("x|0", {"example": ["q", "q"], "metrics": [{"acc": 1}, {"acc": 0}]}))
    assert out.readout.items["occurrence"].to_pylist() == [0, 1]


def test_details_cut_or_foreign_parquet(look, tmp_path, details):
    path = details("x|0", {"example": ["q"], "metrics": [{"acc": 1}]})
    path.write_bytes(path.read_bytes()[:-20])
    assert look(path).status == "refused"
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"a": [1]}), other)
    assert look(other).status == "unread"


def test_details_and_results_of_one_run_are_one_measurement(look, write, details):
    columns = {"example": ["q1", "q2", "q3"], "metrics": [{"qem": 1.0}, {"qem": 0.0}, {"qem": 0.0}]}
    path = details("lighteval|gsm8k|5", columns)
    block = {"lighteval|gsm8k|5": {"qem": 1 / 3, "qem_stderr": 0.33}}
    name = "results/org/merge/results_2024-11-02T10-11-12.000001.json"
    beside = write(name, results(results=block, config_tasks={}))
    stated, counted = look(beside).scores[0], look(path).scores[0]
    assert {key for key in stated if stated[key] != counted[key]} <= {"stderr"}
    assert counted["n"] == 3
    write(
        "results/org/merge/results_2024-11-02T10-11-12.000001.json",
        results(results={"lighteval|gsm8k|5": {"qem": 0.9}}),
    )
    assert "disagreement" in look(path).problems


def test_details_with_plain_column_names(look, details):
    columns = {"doc": [{"query": "q", "id": "0", "task_name": "gsm8k|0"}], "metric": [{"extractive_match": 1.0}]}
    out = look(details("gsm8k|0", columns))
    assert out.value("gsm8k", "extractive_match") == 1.0


def signs_of(look, details, answers, **columns):
    doc = {"query": "q", "task_name": "gsm8k", "generation_size": 4}
    docs = [doc | {"id": str(n)} for n in range(len(answers))]
    scores = [{"em": 1.0}] * len(answers)
    out = look(details("gsm8k|0", {"doc": docs, "metric": scores, "model_response": answers} | columns))
    return out.readout.items["signs"].to_pylist()


def said(text, tokens, **more):
    return {"text": [text], "output_tokens": [tokens], "logprobs": [], "input_tokens": [1] * 9} | more


def test_tokens_that_the_details_hold_say_which_answer_is_cut(look, details):
    answers = [said("It is", [5, 6, 7, 8]), said("It is 5.", [5, 6, 0]), said("It is 5.", [5, 6, 0, 0]), said("", [0])]
    assert signs_of(look, details, answers) == [
        bit("text", "ending", "counted", "cut"),
        bit("text", "ending", "counted"),
        bit("text", "ending", "counted"),  # padded to the longest answer of its batch
        bit("text", "ending", "counted", "empty"),
    ]


def test_without_a_limit_or_tokens_only_the_text_is_seen(look, details):
    assert signs_of(look, details, [{"text": ["I'm sorry, no."]}]) == [bit("text", "refusal")]
    no_limit = {"doc": [{"query": "q", "id": "1", "task_name": "gsm8k", "generation_size": None}]}
    assert signs_of(look, details, [said("It is", [5, 6, 7, 8])], **no_limit) == [bit("text")]


def test_log_likelihoods_of_options_are_looked_at_in_both_shapes(look, details):
    options = [{"text": [], "logprobs": [-1.0, -1.0]}, {"text": [], "logprobs": [-1.0, -2.0]}]
    assert signs_of(look, details, options) == [bit("options", "tied"), bit("options")]
    older = {"example": ["a", "b"], "metrics": [{"acc": 1.0}] * 2}
    numbers = look(details("x|0", older | {"predictions": [[-1.0, -1.0], [-2.0, -1.0]]}))
    assert numbers.readout.items["signs"].to_pylist() == [bit("options", "tied"), bit("options")]
    texts = look(details("y|0", older | {"predictions": [["It is 5."], [" "]]}))
    assert texts.readout.items["signs"].to_pylist() == [bit("text"), bit("text", "empty")]
