"""lighteval results and parquet details, and benchmark.json of the fine-tuning kit."""

import math
import statistics

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

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


def test_results_split_names_and_keep_averages_as_groups(look, write, registry):
    out = look(write("results_2024-11-02T10-11-12.000001.json", results()))
    assert out.reader == "lighteval"
    rows = {row["task_name"]: row for row in out.scores if row["kind"] == "task"}
    assert (rows["gsm8k"]["n_shot"], rows["gsm8k"]["n"], rows["mmlu:anatomy"]["n"]) == (5, 400, 135)
    assert registry.lookup("lighteval", "mmlu:anatomy", "acc").task == "mmlu_anatomy"
    groups = {row["task_name"] for row in out.scores if row["kind"] == "group"}
    assert groups == {"mmlu", "all"}
    assert all(math.isnan(row["stderr"]) for row in out.scores if row["kind"] == "group")
    assert rows["gsm8k"]["model_name"] == "org/merge"
    assert rows["gsm8k"]["date"] == 1730542272.000001


def test_results_of_the_newest_shape(look, write):
    model = {"model_name": "org/m", "revision": "v2", "load_in_4bit": True}
    document = {
        "config_general": {"model_config": model, "max_samples": 20},
        "results": {"ifeval|0": {"prompt_level_strict_acc": 0.4}},
        "config_tasks": {"ifeval|0": {"effective_num_docs": 20}},
    }  # fmt: skip
    (row,) = look(write("r.json", document)).scores
    assert (row["task_name"], row["n_shot"], row["n"], row["limit"]) == ("ifeval", 0, 20, 20)
    assert (row["model"], row["quantization"]) == ("org/m@v2", "4bit")


def test_a_bootstrap_error_far_below_the_binomial_is_not_used(look, write):
    block = {"lighteval|gsm8k|5": {"qem": 0.5, "qem_stderr": 0.0008, "bleu": "x"}}
    out = look(write("r.json", results(results=block)))
    (row,) = out.scores
    assert math.isnan(row["stderr"])
    assert "not used" in row["note"]
    assert {"disagreement", "bad-value"} <= set(out.problems)


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


def kit(base, tuned, **more):
    side = {"benchmark_dir": "x", "timestamp": 1700000000.0}
    return {
        "model_name": "me/tuned",
        "model_path": "p",
        "base_model_name": "org/base",
        "timestamp": "2024-01-01T00:00:00",
        "base_model": {"results": base} | side if base else {},
        "fine_tuned_model": {"results": tuned} | side if tuned else {},
    } | more


GSM = {"gsm8k": {"alias": "gsm8k", "exact_match,strict-match": 0.4, "exact_match_stderr,strict-match": 0.2,
                 "exact_match,flexible-extract": 0.6}}  # fmt: skip


def test_benchmark_json_reads_both_sides_and_both_filters(look, write):
    comparison = {"gsm8k": {"metric": None, "base_accuracy": 0, "finetuned_accuracy": 0, "delta": 0}}
    out = look(write("benchmarks/benchmark.json", kit(GSM, GSM, comparison=comparison)))
    assert out.reader == "benchmark.json"
    assert out.value("gsm8k", "exact_match", "strict-match", "org/base") == 0.4
    assert out.value("gsm8k", "exact_match", "flexible-extract", "me/tuned") == 0.6
    assert len(out.scores) == 4
    assert "disagreement" in out.problems
    assert all("limit" in row["note"] for row in out.scores)


def test_benchmark_json_legacy_shape_and_empty_side(look, write):
    document = {
        "base_model": {"huggingface": {"hellaswag": {"acc,none": 0.5, "acc_stderr,none": 0.1}}},
        "fine_tuned_model": {},
    }
    out = look(write("outputs/my-model/benchmark.json", document))
    (row,) = out.scores
    assert (row["model"], row["stderr"]) == ("my-model/base_model", 0.1)
    assert "incomplete" in out.problems


def test_benchmark_json_unknown_base_is_not_called_unknown(look, write):
    out = look(write("outputs/m/benchmarks/benchmark.json", kit(GSM, {}, base_model_name="Unknown")))
    assert {row["model"] for row in out.scores} == {"m/base_model"}


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


def test_benchmark_json_n_is_recovered_or_unknown_and_never_the_full_task(look, write, registry):
    from mergekit_eval.collect.facts import complete

    block = {"gsm8k": {"exact_match,strict-match": 0.4, "exact_match_stderr,strict-match": (0.24 / 4) ** 0.5,
                       "exact_match,flexible-extract": 0.6}}  # fmt: skip
    rows = complete(look(write("benchmark.json", kit(block, {}))).scores, registry, [])
    assert {row["filter"]: (row.get("n"), row["n_from"]) for row in rows} == {
        "strict-match": (5, "recovered"), "flexible-extract": (None, "")
    }  # fmt: skip


def test_direction_stated_by_the_file_is_kept(look, write):
    metrics = [
        {"metric_name": "oddity", "higher_is_better": False},
        {"metric_name": ["a"], "higher_is_better": {"b": True}},
    ]
    document = {
        "config_general": {"model_name": "m"},
        "results": {"custom|0": {"oddity": 0.3, "b": 0.1, "c": 0.2}},
        "config_tasks": {"custom|0": {"metric": metrics}},
    }
    rows = look(write("r.json", document)).scores
    assert {row["metric"]: row.get("higher_is_better") for row in rows} == {"oddity": False, "b": True, "c": None}


def test_details_with_plain_column_names(look, details):
    columns = {"doc": [{"query": "q", "id": "0", "task_name": "gsm8k|0"}], "metric": [{"extractive_match": 1.0}]}
    out = look(details("gsm8k|0", columns))
    assert out.value("gsm8k", "extractive_match") == 1.0
