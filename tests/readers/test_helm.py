"""Numbers of HELM: stats of a run and of its instances, splits, perturbations, and what lies beside them."""

import pytest

from mergekit_eval.collect.folders import collect

SPEC = {
    "name": "mmlu:subject=law,method=joint,model=org_M",
    "scenario_spec": {"class_name": "x", "args": {"subject": "law"}},
    "adapter_spec": {"method": "joint", "instructions": "answer", "model": "org/M", "model_deployment": "hf/M",
                     "max_train_instances": 5, "max_eval_instances": 100, "temperature": 0.0, "max_tokens": 1},
    "metric_specs": [], "data_augmenter_spec": {"perturbation_specs": [{"class_name": "typos"}]}, "groups": ["mmlu"],
}  # fmt: skip
TYPOS = {"name": "typos", "robustness": True, "computed_on": "worst"}


def stat(name, mean, split="test", count=1, **more):
    return {"name": {"name": name, "split": split} | more, "count": count, "sum": mean, "sum_squared": mean} | (
        {"mean": mean} if count else {}
    )


STATS = [stat("exact_match", 0.75), stat("num_instances", 4.0), stat("num_prompt_tokens", 350.0), stat("logprob", 0.0),
         stat("exact_match", 0.5, perturbation=TYPOS), stat("num_instances", 4.0, perturbation=TYPOS),
         stat("ece_10_bin", 0.25), stat("ece_10_bin", 0.125, perturbation=TYPOS), stat("exact_match", 1.0, "valid"),
         stat("training_co2_cost", None, count=0)]  # fmt: skip


def instance(name, value, trial=0, split="test"):
    return {"instance_id": name, "train_trial_index": trial,
            "stats": [stat("exact_match", value, split), stat("num_prompt_tokens", 9, split)]}  # fmt: skip


INSTANCES = [instance(f"id{n}", value) for n, value in enumerate((1, 1, 1, 0))]


def by_filter(out, metric="exact_match"):
    return {row["filter"]: row for row in out.scores if row["metric"] == metric}


def test_the_specification_names_model_task_and_settings(look, write):
    write("run/run_spec.json", SPEC)
    out = look(write("run/stats.json", STATS))
    row = by_filter(out)["test"]
    assert (out.reader, row["model"], row["task"], row["n_shot"]) == (
        "helm",
        "org/M",
        "mmlu:subject=law,method=joint",
        5,
    )
    assert (row["value"], row["n"], row["n_from"], row["primary"]) == (0.75, 4, "file", True)
    assert row["gen_kwargs"] == '{"max_tokens":1,"temperature":0.0}'


def test_perturbed_data_and_other_splits_never_stand_for_the_task(look, write):
    write("run/run_spec.json", SPEC)
    out = look(write("run/stats.json", STATS))
    assert {label: row["primary"] for label, row in by_filter(out).items()} == {
        "test": True, "test,typos worst": False, "valid": False}  # fmt: skip


def test_counters_are_named_and_the_worst_of_an_error_is_left_out(look, write):
    write("run/run_spec.json", SPEC)
    out = look(write("run/stats.json", STATS))
    assert list(by_filter(out, "ece_10_bin")) == ["test"]
    assert out.problems == ["note", "note"]
    assert "logprob, num_instances, num_prompt_tokens, training_co2_cost" in out.readout.problems[0]["message"]
    assert "ece_10_bin" in out.readout.problems[1]["message"]


def test_without_perturbations_the_worst_case_is_the_plain_one_and_not_read(look, write):
    write("run/run_spec.json", SPEC | {"data_augmenter_spec": {"perturbation_specs": []}})
    assert set(by_filter(look(write("run/stats.json", STATS)))) == {"test", "valid"}


def test_validation_alone_stands_for_the_task(look, write):
    write("run/run_spec.json", SPEC)
    out = look(
        write(
            "run/stats.json",
            [stat("exact_match", 0.5, "valid"), stat("exact_match", 0.25, "valid", perturbation=TYPOS)],
        )
    )
    assert [row["filter"] for row in out.scores if row["primary"]] == ["valid"]


@pytest.mark.parametrize(("most", "limit"), [(5, None), (4, 4.0)])
def test_a_limit_counts_only_where_it_was_reached(look, write, most, limit):
    write("run/run_spec.json", SPEC | {"adapter_spec": SPEC["adapter_spec"] | {"max_eval_instances": most}})
    assert by_filter(look(write("run/stats.json", STATS)))["test"].get("limit") == limit


def test_a_folder_may_name_model_and_task(look, write):
    out = look(write("mmlu-subject=law,model=org_M/stats.json", STATS))
    row = by_filter(out)["test"]
    assert (row["model"], row["task"], row["model_from"]) == ("org_M", "mmlu:subject=law", "folder: model")
    assert "note" in out.problems


def test_without_both_it_is_refused(look, write):
    out = look(write("run/stats.json", STATS))
    assert (out.status, "run_spec.json" in out.why) == ("refused", True)


def test_stats_and_instances_of_a_run_are_one_measurement_and_pair(write, tmp_path):
    for name, grades in (("M", (1, 1, 1, 0)), ("N", (1, 0, 0, 0))):
        write(f"{name}/run_spec.json", SPEC | {"adapter_spec": SPEC["adapter_spec"] | {"model": f"org/{name}"}})
        write(f"{name}/stats.json", [stat("exact_match", sum(grades) / 4), stat("num_instances", 4.0)])
        write(f"{name}/per_instance_stats.json", [instance(f"id{n}", grade) for n, grade in enumerate(grades)])
    found = collect(tmp_path)
    assert sorted(found.scores["value"]) == [0.25, 0.75]
    assert list(found.scores["primary"]) == [True, True]
    assert found.scores["stderr"].tolist() == pytest.approx([0.25, 0.25])
    keys = found.items.groupby("model")["item_key"].agg(sorted)
    assert keys["org/M"] == keys["org/N"] == [f"id:id{n}" for n in range(4)]


def test_trials_of_an_instance_are_averaged(look, write):
    write("run/run_spec.json", SPEC)
    twice = [instance("a", 1), instance("a", 0, 1), instance("b", 1), instance("b", 1, 1)]
    out = look(write("run/per_instance_stats.json", twice))
    assert (sorted(out.items()), out.scores[0]["value"], out.scores[0]["n"]) == ([0.5, 1.0], 0.75, 2)


def test_instances_that_contradict_the_stats_are_left_out(look, write):
    write("run/run_spec.json", SPEC)
    write("run/stats.json", [stat("exact_match", 0.5)])
    out = look(write("run/per_instance_stats.json", [*INSTANCES, instance("v", 1, split="valid")]))
    assert [row["filter"] for row in out.scores] == ["valid"]
    assert out.problems == ["disagreement"]


@pytest.mark.parametrize(
    "content",
    [SPEC, {"name": "mmlu", "description": "d", "tags": [], "definition_path": "p"},
     {"adapter_spec": {}, "request_states": []}, [{"instance_id": "a", "predicted_text": "x", "stats": {}}],
     [{"input": {"text": "q"}, "references": [], "split": "test", "id": "a"}]],
)  # fmt: skip
def test_what_lies_beside_is_no_result(look, write, content):
    assert look(write("x.json", content)).status == "skipped"
