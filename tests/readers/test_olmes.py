"""Metrics of OLMES per run and per task, its predictions, and what lies beside them."""

import math

import pytest

from mergekit_eval.collect.folders import collect
from tests.readers.olmes_runs import ARC, FULL, MODEL, config, entry, summary


def task_file(metrics=None, alias="arc_easy:rc::olmes", n=40, **settings):
    defaults = {"limit": None, "num_shots": 0, "fewshot_seed": 1234, "context_kwargs": None, "revision": None}
    return {"task_name": "arc_easy", "task_hash": "t1", "model_hash": "m1", "model_config": FULL,
            "task_config": defaults | config(alias, **settings), "current_date": "2026-05-11 20:44:33 UTC",
            "processing_time": 3.5, "num_instances": n, "metrics": metrics or (ARC | {"primary_score": 0.5}),
            "task_idx": 0}  # fmt: skip


def rows_of(out):
    return {(row["task_name"], row["metric"]): row for row in out.scores}


def test_a_run_names_model_task_items_and_settings(look, write):
    out = look(write("metrics.json", summary(entry(num_shots=5, generation_kwargs={"temperature": 0.6}))))
    row = rows_of(out)["arc_easy:rc::olmes", "acc_per_char"]
    assert (out.reader, row["model"], row["model_from"]) == ("olmes", "org/A", "model_config.model")
    assert (row["n"], row["n_from"], row["n_shot"], row["task_version"]) == (40, "file", 5, "0")
    assert row["gen_kwargs"] == '{"temperature":0.6}'
    assert row["settings"] == '{"max_length":"4096","model_type":"vllm","split":"test"}'
    assert row["stderr"] == pytest.approx(math.sqrt(0.5 * 0.5 / 39))
    assert math.isnan(rows_of(out)["arc_easy:rc::olmes", "bits_per_byte_corr"]["stderr"])


def test_primary_score_is_no_second_score(look, write):
    out = look(write("metrics.json", summary(entry())))
    assert [row["metric"] for row in out.scores] == list(ARC)
    assert [row["metric"] for row in out.scores if row["primary"]] == ["acc_per_char"]
    assert out.problems == []


def test_a_primary_score_that_disagrees_is_named(look, write):
    out = look(write("metrics.json", summary(entry(ARC | {"primary_score": 0.25}))))
    assert out.problems == ["disagreement"]
    assert "0.25" in out.readout.problems[0]["message"]
    alone = look(write("m2.json", summary(entry({"acc_raw": 0.5, "primary_score": 0.75}))))
    assert [(row["metric"], row["primary"]) for row in alone.scores] == [("acc_raw", False), ("primary_score", True)]


def test_variants_of_one_task_stay_two(look, write, tmp_path):
    mc = entry(ARC | {"acc_per_char": 0.75, "primary_score": 0.75}, alias="arc_easy:mc::olmes")
    out = look(write("run/metrics.json", summary(entry(), mc)))
    assert {row["task_name"] for row in out.scores} == {"arc_easy:rc::olmes", "arc_easy:mc::olmes"}
    scores = collect([tmp_path / "run"]).scores
    assert sorted(scores.loc[scores["primary"], "value"]) == [0.5, 0.75]
    assert set(scores["chance"].dropna()) == {0.25}


def test_directions_come_from_the_facts(look, write, registry):
    out = look(write("metrics.json", summary(entry(ARC | {"toxicity": 0.1}))))
    better = {row["metric"]: registry.lookup("olmes", "arc_easy", row["metric"]).higher_is_better for row in out.scores}
    assert better == {"acc_raw": True, "acc_per_char": True, "logits_per_char_corr": True, "bits_per_byte_corr": False,
                      "toxicity": None}  # fmt: skip
    assert "toxicity" in out.readout.problems[0]["message"]


def test_errors_counts_and_costs_are_no_scores(look, write):
    metrics = {"win_rate": 2.0, "standard_error": 0.4, "length_controlled_winrate": 1.25, "lc_standard_error": 0.05,
               "avg_length": 13334, "n_wins": 17, "total_price": 84.7, "primary_score": 1.25,
               "extra_metrics": {"num_tokens": 900.0}}  # fmt: skip
    out = look(write("metrics.json", summary(entry(metrics, primary="length_controlled_winrate"))))
    assert [(row["metric"], row["stderr"]) for row in out.scores] == [
        ("win_rate", 0.4),
        ("length_controlled_winrate", 0.05),
    ]
    assert "avg_length, n_wins, total_price, extra_metrics" in out.readout.problems[0]["message"]


def test_pass_at_k_has_a_binomial_error_only_for_one_try(look, write):
    metrics = {"pass_at_1": 0.5, "pass_at_4": 0.75}
    many = look(write("a.json", summary(entry(metrics, n=8, generation_kwargs={"repeats": 4}))))
    one = look(write("b.json", summary(entry(metrics, n=8, generation_kwargs={"repeats": 1}))))
    assert all(math.isnan(row["stderr"]) for row in many.scores)
    assert [row["n"] for row in many.scores] == [8, 8]
    assert one.scores[0]["stderr"] == pytest.approx(math.sqrt(0.25 / 7))


def test_metrics_of_parts_do_not_borrow_the_number_of_items(look, write):
    metrics = {"prompt_level_loose_acc": 0.5, "inst_level_loose_acc": 0.6, "format:title_strict_acc": 1.0,
               "exact_match_sub_2025": 0.5}  # fmt: skip
    out = look(write("m.json", summary(entry(metrics, primary="prompt_level_loose_acc"))))
    assert [row["n"] for row in out.scores] == [40, None, None, None]


@pytest.mark.parametrize("fold", ["macro", "micro", "mc_or_rc"])
def test_aggregates_are_groups(look, write, fold):
    metrics = {"acc_raw_macro": 0.3, "primary_score_macro": 0.4, "primary_score_micro": 0.5}
    score = metrics.get(f"primary_score_{fold}", 0.6)
    out = look(write("m.json", summary(entry(metrics | {"primary_score": score}, alias="core_9mcqa", primary=fold))))
    assert {(row["kind"], row["n"]) for row in out.scores} == {("group", None)}
    assert [row["value"] for row in out.scores if row["primary"]] == [score]


def test_the_three_files_of_a_run_are_one_measurement(write, tmp_path):
    write("run/metrics.json", summary(entry()))
    write("run/metrics-all.jsonl", [task_file()])
    write("run/task-000-arc_easy-metrics.json", task_file())
    scores = collect([tmp_path / "run"]).scores
    assert sorted(scores["metric"]) == sorted(ARC)
    assert scores["date"].notna().all()


def test_of_two_runs_the_newer_counts_with_its_summary(write, tmp_path):
    for day, value in (("2026-05-11", 0.5), ("2026-05-12", 0.75)):
        metrics = {"acc_raw": value, "primary_score": value}
        write(f"run/{day}/metrics.json", summary(entry(metrics, primary="acc_raw")))
        dated = task_file(metrics, primary="acc_raw") | {"current_date": f"{day} 10:00:00 UTC"}
        write(f"run/{day}/task-000-arc_easy-metrics.json", dated)
    assert list(collect([tmp_path / "run"]).scores["value"]) == [0.75]


def test_the_older_summary_lists_metrics_flat(look, write):
    old = {"all_primary_scores": [], "model_config": MODEL,
           "metrics": [{"task": "arc_easy", **ARC, "num_instances": 40, "task_config": config()}]}  # fmt: skip
    assert [row["metric"] for row in look(write("metrics.json", old)).scores] == list(ARC)


def prediction(i, acc, **more):
    return {"doc_id": i, "native_id": f"q{i}", "metrics": {"acc_per_char": acc, "predicted_index_raw": 3},
            "model_output": [{"sum_logits": -1.0}], "label": 1, "task_hash": "t1",
            "model_hash": "m1"} | more  # fmt: skip


def test_predictions_are_the_items_of_the_file_of_their_task(look, write, tmp_path):
    write("run/task-000-arc_easy-metrics.json", task_file(n=4))
    path = write("run/task-000-arc_easy-predictions.jsonl", [prediction(i, acc) for i, acc in enumerate([1, 0, 1, 0])])
    out = look(path)
    assert [(row["metric"], row["value"], row["n_from"]) for row in out.scores] == [("acc_per_char", 0.5, "items")]
    assert out.items(item_key="id:q2", task_name="arc_easy:rc::olmes") == [1.0]
    made = collect([tmp_path / "run"])
    assert sorted(made.scores["metric"]) == sorted(ARC)
    assert sorted(made.items["value"]) == [0.0, 0.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("beside", "told"),
    [(None, "not beside it"), ({"model_hash": "m2"}, "another model_hash"), ({"num_instances": 9}, "no metric")],
)
def test_predictions_without_their_metrics_are_refused(look, write, beside, told):
    if beside:
        write("task-000-arc_easy-metrics.json", task_file(n=2) | beside)
    out = look(write("task-000-arc_easy-predictions.jsonl", [prediction(0, 1), prediction(1, 0)]))
    assert out.status == "refused"
    assert told in out.why


def test_neighbours_are_refused_or_skipped_by_name(look, write):
    request = {"request_type": "loglikelihood", "doc": {"id": 1}, "request": {"context": "Q"}, "idx": 0, "doc_id": 0,
               "task_name": "arc_easy", "native_id": "q0", "label": 2}  # fmt: skip
    out = look(write("task-000-a-requests.jsonl", [request, request]))
    assert (out.status, "prompts" in out.why) == ("refused", True)
    recorded = look(write("task-000-a-recorded-inputs.jsonl", [{"doc_id": 0, "native_id": "q", "requests": [request]}]))
    assert (recorded.status, "prompts" in recorded.why) == ("refused", True)
    unrun = {key: value for key, value in task_file().items() if key != "metrics"}
    assert "without metrics" in look(write("task-000-a-metrics.json", unrun)).why
    lengths = {"n_items": 3, "n_generations": 9, "all_rollouts": {"tokens": {"mean": 3.0}}}
    assert look(write("task-000-a-length_stats.json", lengths)).status == "skipped"


@pytest.mark.parametrize("odd", [None, [], "x", {"a": 1}, True, 10**400])
def test_odd_values_are_named_and_never_read_as_scores(look, write, odd):
    strange = entry(ARC | {"acc_uncond": odd}) | {"num_instances": odd}
    out = look(write("metrics.json", summary(strange, {"alias": "x", "metrics": odd}, model_config=odd)))
    assert out.status == "read"
    assert {row["n"] for row in out.scores} == {None}
    assert ("acc_uncond" in {row["metric"] for row in out.scores}) == (odd == 10**400)


def test_other_files_with_such_words_are_left_alone(look, write):
    for content in ({"tasks": ["a"], "metrics": {"loss": 1.0}}, {"metrics": {"acc": 0.5}}, {"tasks": [{"alias": "a"}]}):
        assert look(write("metrics.json", content)).reader != "olmes"
