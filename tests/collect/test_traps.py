"""One fixture and one test per trap that result files of real labs hold."""

import json
import math

import pytest

STAMP = "2025-01-02T03-04-05.000001"
LATER = "2025-02-02T03-04-05.000001"


def kinds(collection) -> set[str]:
    return set(collection.problems["kind"])


def test_two_filters_are_two_series_and_n_is_unchanged(lab, shapes, one_score):
    block = {"exact_match,strict-match": 0.25, "exact_match,flexible-extract": 0.75}
    lab.put(f"m/results_{STAMP}.json", shapes.today("m", {"gsm8k": block}))
    strict = shapes.rows([1, 0, 0, 0], "exact_match", "strict-match")
    lab.put(f"m/samples_gsm8k_{STAMP}.jsonl", strict + shapes.rows([1, 1, 1, 0], "exact_match", "flexible-extract"))
    found = lab.collect()
    assert found.items.groupby("filter")["value"].mean().to_dict() == {"strict-match": 0.25, "flexible-extract": 0.75}
    assert one_score(found, filter="strict-match").n == 4 and one_score(found, filter="strict-match").primary
    assert found.problems.empty


def test_json_array_under_jsonl_is_read_and_pairs_with_later_versions(lab, shapes):
    lab.put("old/results.json", shapes.early("a/old", {"arc_easy": {"acc,none": 0.5, "acc_stderr,none": "N/A"}}))
    rows = [{k: v for k, v in r.items() if not k.endswith("hash")} for r in shapes.rows([1, 1, 0, 0], filter=None)]
    lab.put("old/pretrained__a__old_arc_easy.jsonl", json.dumps(rows, indent=2))
    lab.put(f"new/results_{STAMP}.json", shapes.today("a/new", {"arc_easy": {"acc,none": 0.25}}))
    lab.put(f"new/samples_arc_easy_{STAMP}.jsonl", shapes.rows([1, 0, 0, 0]))
    items = lab.collect().items
    assert set(items[items["model"] == "a/old"]["item_key"]) == set(items[items["model"] == "a/new"]["item_key"])


def test_write_out_files_of_the_old_harness(lab, one_score):
    rows = [
        {"doc_id": str(i), "prompt_0": f"q{i}", "prompt_1": "b", "logit_0": -1.5, "truth": 1, "acc": str(i % 2 == 0)}
        for i in range(5)
    ]
    lab.put("llama/winogrande_write_out_info.json", json.dumps(rows, indent=4))
    found = lab.collect()
    row = one_score(found)
    assert (row.model, row.task, row.metric, row.n, row.n_from) == ("llama", "winogrande", "acc", 5, "items")
    assert row.value == pytest.approx(0.6)
    assert list(found.items["value"]) == [1, 0, 1, 0, 1]


def test_blank_group_row_is_named_and_dropped(lab, shapes):
    document = shapes.today("m", {"leaderboard_bbh": {" ": " "}, "leaderboard_bbh_snarks": {"acc_norm,none": 0.5}})
    document["group_subtasks"] = {"leaderboard_bbh": ["leaderboard_bbh_snarks"]}
    lab.put(f"m/results_{STAMP}.json", document)
    found = lab.collect()
    assert list(found.scores["task"]) == ["leaderboard_bbh_snarks"]
    assert found.problems["message"].str.contains("leaderboard_bbh' has a name and no metric").any()


@pytest.mark.parametrize("stderr", ["N/A", None, "absent"])
def test_missing_stderr_is_nan(lab, shapes, one_score, stderr):
    block = {"acc,none": 0.5} | ({} if stderr == "absent" else {"acc_stderr,none": stderr})
    lab.put("results.json", shapes.today("m", {"boolq": block}))
    assert math.isnan(one_score(lab.collect()).stderr)


def test_flat_keys_and_their_errors_are_no_scores(lab, shapes, one_score):
    lab.put("m/arc.json", shapes.flat("m", {"arc_challenge": {"acc": 0.4, "acc_stderr": 0.01, "acc_norm": 0.45}}, 25))
    found = lab.collect()
    assert set(found.scores["metric"]) == {"acc", "acc_norm"}
    row = one_score(found, metric="acc")
    assert (row["filter"], row.stderr, row.n_shot) == ("none", 0.01, 25)


def test_shots_of_an_old_list_follow_the_order_of_the_call_not_of_the_results(lab, shapes, one_score):
    document = shapes.flat("m", {"late": {"acc": 0.1}, "early": {"acc": 0.2}}, [3, 1])
    document["versions"] = {"early": 1, "late": 1}
    lab.put("m/r.json", document)
    found = lab.collect()
    assert (one_score(found, task="early").n_shot, one_score(found, task="late").n_shot) == (3, 1)


def test_name_comes_from_the_key_not_from_the_indented_alias(lab, shapes, one_score):
    document = shapes.today("m", {"arc_challenge": {"acc_norm,none": 0.5}})
    document["results"]["arc_challenge"]["alias"] = " - arc"
    lab.put("r.json", document)
    assert one_score(lab.collect()).task == "arc_challenge"


def test_re_run_with_equal_settings_newest_counts_and_the_other_is_named(lab, shapes, one_score):
    lab.put(f"m/results_{STAMP}.json", shapes.today("m", {"boolq": {"acc,none": 0.5}}, date=1.0))
    lab.put(f"m/results_{LATER}.json", shapes.today("m", {"boolq": {"acc,none": 0.6}}, date=2.0))
    found = lab.collect()
    assert one_score(found).value == 0.6
    assert kinds(found) == {"duplicate"} and found.census["decided"] == 1
    assert one_score(lab.collect(rule="first")).value == 0.5
    assert len(lab.collect(rule="all").scores) == 2


def test_best_of_re_runs_says_how_optimistic_it_is(lab, shapes, one_score):
    lab.put("m/a.json", shapes.today("m", {"boolq": {"acc,none": 0.7}}, date=1.0))
    lab.put("m/b.json", shapes.today("m", {"boolq": {"acc,none": 0.6}}, date=2.0))
    found = lab.collect(rule="best")
    assert one_score(found).value == 0.7
    assert found.problems["message"].str.contains("optimistic: 0.1 above").any()


def test_lower_is_better_for_the_best_perplexity(lab, shapes, one_score):
    for name, value in (("a", 9.0), ("b", 5.0)):
        document = shapes.today("m", {"wikitext": {"word_perplexity,none": value}}, date=float(ord(name)))
        lab.put(f"m/{name}.json", document)
    row = one_score(lab.collect(rule="best"))
    assert (row.value, row.higher_is_better) == (5.0, False)


def test_partial_newest_run_keeps_older_tasks_and_says_so(lab, shapes, one_score):
    lab.put("m/a.json", shapes.today("m", {"boolq": {"acc,none": 0.5}, "rte": {"acc,none": 0.4}}, date=1.0))
    lab.put("m/b.json", shapes.today("m", {"boolq": {"acc,none": 0.6}}, date=2.0))
    found = lab.collect()
    assert one_score(found, task="rte").value == 0.4 and one_score(found, task="boolq").value == 0.6
    assert found.problems["message"].str.contains("still counted from here: rte").any()


def test_different_settings_are_never_decided_between(lab, shapes):
    for dtype in ("float16", "bfloat16"):
        args = f"pretrained=m,dtype={dtype}"
        lab.put(f"{dtype}.json", shapes.today("m", {"boolq": {"acc,none": 0.5}}, args=args))
    found = lab.collect()
    assert set(found.scores["model"]) == {"m [dtype=float16]", "m [dtype=bfloat16]"}
    assert kinds(found) == {"identity"}


def test_two_shot_counts_are_two_rows_of_one_model(lab, shapes):
    for shots in (0, 5):
        lab.put(f"{shots}.json", shapes.flat("m", {"boolq": {"acc": 0.5 + shots / 100}}, shots))
    found = lab.collect().scores
    assert set(found["model"]) == {"m"} and sorted(found["n_shot"]) == [0, 5]


def test_undated_runs_that_differ_are_both_kept(lab, shapes):
    for name in ("a", "b"):
        lab.put(f"{name}.json", shapes.flat("m", {"boolq": {"acc": 0.5 if name == "a" else 0.6}}))
    found = lab.collect()
    assert list(found.scores["condition"]) == ["run a", "run b"]
    assert found.problems["message"].str.contains("no date says which is newer").any()


def test_undated_copies_count_once(lab, shapes):
    for name in ("a", "b"):
        lab.put(f"{name}.json", shapes.flat("m", {"boolq": {"acc": 0.5}}))
    assert len(lab.collect().scores) == 1


def test_model_args_as_dict_and_as_string_are_one_model(lab, shapes):
    lab.put("a.json", shapes.today("o/m", {"boolq": {"acc,none": 0.5}}, args={"pretrained": "o/m", "dtype": "auto"}))
    lab.put("b.json", shapes.today("o/m", {"rte": {"acc,none": 0.5}}, args="pretrained=o/m,dtype=auto"))
    assert set(lab.collect().scores["model"]) == {"o/m"}


def test_organisations_checkpoints_and_adapters_stay_apart(lab, shapes):
    names = ("pretrained=a/M", "pretrained=b/M", "pretrained=a/M,revision=step10", "pretrained=a/M,peft=me/lora")
    for i, args in enumerate(names):
        lab.put(f"{i}.json", shapes.today("x", {"boolq": {"acc,none": 0.5}}, args=args))
    assert set(lab.collect().scores["model"]) == {"a/M", "b/M", "a/M@step10", "a/M+me/lora"}


def test_limit_is_a_column_and_runs_with_and_without_stay(lab, shapes):
    lab.put("full.json", shapes.today("m", {"boolq": {"acc,none": 0.5}}))
    lab.put("quick.json", shapes.today("m", {"boolq": {"acc,none": 0.9}}, config={"limit": 100.0}))
    found = lab.collect().scores.set_index("value")
    assert found.loc[0.9, "limit"] == 100 and math.isnan(found.loc[0.5, "limit"])


def test_equal_documents_keep_their_multiplicity(lab, shapes):
    rows = shapes.rows([1, 0, 1])
    rows[2]["doc_hash"] = rows[0]["doc_hash"]
    lab.put(f"m/results_{STAMP}.json", shapes.today("m", {"boolq": {"acc,none": 2 / 3}}, n=3))
    lab.put(f"m/samples_boolq_{STAMP}.jsonl", rows)
    found = lab.collect()
    assert list(found.items["occurrence"]) == [0, 0, 1]
    assert found.problems["message"].str.contains("repeat another item's text").any()


def test_list_metrics_count_every_element_and_keep_their_prompt_together(lab, shapes, one_score):
    block = {"inst_level_strict_acc,none": 0.75, "inst_level_strict_acc_stderr,none": "N/A"}
    lab.put(f"m/results_{STAMP}.json", shapes.today("m", {"ifeval": block}, n=2))
    rows = shapes.rows([[True, False], [True, True]], "inst_level_strict_acc")
    lab.put(f"m/samples_ifeval_{STAMP}.jsonl", rows)
    found = lab.collect()
    assert list(found.items["value"]) == [1, 0, 1, 1] and found.items["cluster"].nunique() == 2
    assert (one_score(found).n, one_score(found).n_from) == (4, "items")


def test_pairs_are_reduced_by_their_own_rule_or_refused(lab, shapes, one_score):
    pairs = [(-10.0, 5), (-20.0, 15)]
    score = math.exp(30 / 20)
    lab.put(f"m/results_{STAMP}.json", shapes.today("m", {"wikitext": {"word_perplexity,none": score}}, n=2))
    lab.put(f"m/samples_wikitext_{STAMP}.jsonl", shapes.rows(pairs, "word_perplexity"))
    lab.put(f"n/results_{STAMP}.json", shapes.today("n", {"wnut": {"f1,none": 0.5}}, n=2))
    lab.put(f"n/samples_wnut_{STAMP}.jsonl", shapes.rows([[1, 0], [1, 1]], "f1"))
    found = lab.collect()
    items = found.items
    assert math.exp(items[items["model"] == "m"]["value"].mean()) == pytest.approx(score)
    assert items[items["model"] == "n"].empty
    assert list(found.problems["kind"]) == ["bad-value"]


def test_log_likelihoods_of_a_perplexity_point_the_way_it_does(lab, shapes):
    lab.put(f"m/results_{STAMP}.json", shapes.today("m", {"lambada_openai": {"perplexity,none": math.e**2}}, n=2))
    lab.put(f"m/samples_lambada_openai_{STAMP}.jsonl", shapes.rows([-1.0, -3.0], "perplexity"))
    found = lab.collect()
    assert list(found.items["value"]) == [1.0, 3.0] and found.problems.empty


def test_an_error_rate_stays_one_whatever_its_file_says(lab, shapes, one_score):
    document = shapes.today("m", {"wmt": {"ter,none": 60.0}}, higher_is_better={"wmt": {"ter": True}})
    lab.put("r.json", document)
    found = lab.collect()
    assert one_score(found).higher_is_better == False  # noqa: E712 - a nullable boolean
    assert kinds(found) == {"disagreement"}


def test_unknown_direction_stays_unknown(lab, shapes, one_score):
    document = shapes.today("m", {"odd": {"zork,none": 3.0}}, higher_is_better={"odd": {"zork": None}})
    lab.put("r.json", document)
    assert one_score(lab.collect()).higher_is_better is not True


def test_unknown_task_has_a_primary_metric_only_without_a_choice(lab, shapes, one_score):
    lab.put("r.json", shapes.today("m", {"odd": {"acc,none": 0.5, "f1,none": 0.4}, "sole": {"acc,none": 0.1}}))
    found = lab.collect()
    assert one_score(found, task="sole").primary and found.scores["primary"].isna().sum() == 2
    assert "candidates: acc,none, f1,none" in found.problems.iloc[0]["message"]


def test_two_runs_appended_to_one_file(lab, shapes):
    lab.put(f"m/results_{STAMP}.json", shapes.today("m", {"boolq": {"acc,none": 0.5}}))
    lab.put(f"m/samples_boolq_{STAMP}.jsonl", shapes.rows([1, 1, 1, 0]) + shapes.rows([1, 1, 0, 0]))
    found = lab.collect()
    assert len(found.items) == 4 and found.items["value"].mean() == 0.5
    assert kinds(found) == {"repeated"}


def test_truncated_last_line_keeps_the_rest(lab, shapes):
    lab.put(f"m/results_{STAMP}.json", shapes.today("m", {"boolq": {"acc,none": 0.5}}))
    path = lab.put(f"m/samples_boolq_{STAMP}.jsonl", shapes.rows([1, 1, 0, 0]))
    path.write_bytes(path.read_bytes()[:-30])
    found = lab.collect()
    assert len(found.items) == 3 and {"truncated", "incomplete"} <= kinds(found)


def test_nan_is_counted_not_dropped(lab, shapes, one_score):
    lab.put(f"m/results_{STAMP}.json", shapes.today("m", {"boolq": {"acc,none": float("nan")}}))
    lab.put(f"m/samples_boolq_{STAMP}.jsonl", shapes.rows([1, float("nan"), 0, 0]))
    found = lab.collect()
    assert math.isnan(one_score(found).value) and len(found.items) == 4
    assert "not-finite" in kinds(found)


def test_answers_without_scores_are_no_scores(lab, shapes):
    lab.put("r.json", shapes.today("m", {"gsm8k": {"bypass,none": 999, "bypass_stderr,none": "N/A"}}))
    found = lab.collect()
    assert found.scores.empty and kinds(found) == {"incomplete"}


def test_details_that_a_fork_writes_into_results_are_items(lab, shapes, one_score):
    details = [{"question": f"q{i}", "completion": "x", "acc": i == 0} for i in range(4)]
    lab.put("r.json", shapes.flat("m", {"mgsm": {"acc": 0.25, "details": details}}))
    found = lab.collect()
    assert list(found.items["value"]) == [1, 0, 0, 0] and found.problems.empty
    assert (one_score(found).n, one_score(found).n_from) == (4, "items")


def test_groups_only_in_groups_and_counts_beside_metrics(lab, shapes, one_score):
    document = shapes.today("m", {"mmlu_a": {"acc,none": 0.5}, "mmlu_b": {"acc,none": 1.0}}, n=2)
    document["n-samples"]["mmlu_b"] = {"original": 6, "effective": 6}
    document["groups"] = {"mmlu": {"name": "mmlu", "acc,none": 0.875, "sample_len": 8, "sample_count": {"acc": 8}}}
    document["group_subtasks"] = {"mmlu": ["mmlu_a", "mmlu_b"]}
    lab.put("r.json", document)
    found = lab.collect()
    group = one_score(found, kind="group")
    assert (group.n, group.note) == (8, "the micro mean of 2 tasks")
    made = found.scores[found.scores["kind"] == "recomputed"].set_index("aggregate")["value"].to_dict()
    assert made == {"macro": 0.75, "micro": 0.875}
    assert set(found.scores[found.scores["kind"] == "task"]["group"]) == {"mmlu"}


def test_group_that_is_neither_mean_of_its_leaves_is_flagged(lab, shapes, one_score):
    document = shapes.today("m", {"g": {"acc,none": 0.1}, "a": {"acc,none": 0.5}, "b": {"acc,none": 1.0}})
    document["group_subtasks"] = {"g": ["a", "b"]}
    lab.put("r.json", document)
    found = lab.collect()
    assert kinds(found) == {"disagreement"} and one_score(found, kind="group").value == 0.1


def test_old_mmlu_gets_the_average_its_file_lacks(lab, shapes, one_score):
    subjects = {f"hendrycksTest-s{i}": {"acc": i / 100, "acc_norm": 0.5} for i in range(57)}
    lab.put("m/mmlu.json", shapes.flat("m", subjects, 5))
    found = lab.collect()
    row = one_score(found, kind="recomputed", metric="acc", aggregate="macro")
    assert row.task == "mmlu" and row.value == pytest.approx(0.28)
    assert "mmlu_s3" in set(found.scores["task"])


def test_n_is_recovered_from_value_and_error_and_marked(lab, shapes, one_score):
    p, n = 738 / 1267, 1267
    error = math.sqrt(p * (1 - p) / (n - 1))
    lab.put("m/r.json", shapes.flat("m", {"zork": {"acc": p, "acc_stderr": error, "mc2": 0.411, "mc2_stderr": 0.014}}))
    found = lab.collect()
    assert (one_score(found, metric="acc").n, one_score(found, metric="acc").n_from) == (1267, "recovered")
    assert one_score(found, metric="mc2").n is not one_score(found, metric="acc").n


def test_quantisation_template_and_generation_are_columns(lab, shapes, one_score):
    document = shapes.today(
        "m",
        {"boolq": {"acc,none": 0.5}},
        args="pretrained=m,load_in_4bit=True",
        config={"gen_kwargs": {"top_p": 0.9, "temperature": 0.6}},
        chat_template="{{ messages }}",
        system_instruction="be good",
    )
    lab.put("r.json", document)
    row = one_score(lab.collect())
    assert row.quantization == "4bit" and row.gen_kwargs == '{"temperature":0.6,"top_p":0.9}'
    assert len(row.chat_template) == len(row.system_prompt) == 12


def test_cousins_are_refused_by_name(lab):
    lab.put("a.json", {"results": [{"task": "x", "metric": "acc", "value": 1}], "config": {}})
    lab.put("b.json", {"results": {"2024-01-01": {"boolq": {"acc": 0.5}}}, "config": {}, "versions": {}})
    found = lab.collect()
    assert found.census["refused"] == 2 and kinds(found) == {"refused"}


def test_a_run_without_results_is_read_and_said_so(lab, shapes):
    lab.put("r.json", shapes.today("m", {}))
    found = lab.collect()
    assert found.census["read"] == 1 and kinds(found) == {"incomplete"} and found.scores.empty


def test_a_bare_results_block_is_read_and_its_model_is_its_folder(lab, one_score):
    lab.put("a__b/results.json", {"lambada_openai": {"acc,none": 0.6, "acc_stderr,none": 0.01, "alias": "x"}})
    row = one_score(lab.collect())
    assert (row.model, row.model_from, row.value) == ("a/b", "folder", 0.6)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lfs.jsonl", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n"),
        ("empty.json", ""),
        ("utf16.json", '{"results": {}}'.encode("utf-16")),
        ("cut.json", '{"results": {"boolq": {"acc": 0.5}, '),
        ("deep.json", "[" * 100_000),
        ("other.json", '{"hello": 1}'),
    ],
)
def test_what_cannot_be_read_is_unread_with_its_reason(lab, name, content):
    lab.put(name, content)
    found = lab.collect()
    assert found.census["unread"] == found.census["files"] == 1
    assert found.problems.iloc[0]["file"].endswith(name) and found.problems.iloc[0]["message"]


def test_what_is_no_result_is_skipped(lab):
    lab.put("README.md", "# hello")
    lab.put("config.json", {"model_type": "llama", "architectures": ["L"]})
    lab.put("summary_1.json", {"elapsed_time": 12.5})
    found = lab.collect()
    assert found.census["skipped"] == 3 and found.problems.empty


def test_byte_order_mark_and_infinities(lab, shapes, one_score):
    lab.put("r.json", b"\xef\xbb\xbf" + json.dumps(shapes.today("m", {"boolq": {"acc,none": float("inf")}})).encode())
    assert one_score(lab.collect()).value == math.inf


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 123\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("LICENSE", "Apache License"),
        (".gitignore", "*.pyc"),
        ("model.safetensors", POINTER),
        ("optimizer.pt", b"PK\x03\x04\x00"),
        ("chat_template.jinja", "{% if x %}"),
        ("special_tokens_map.json", {"bos_token": {"content": "<s>"}, "eos_token": "</s>"}),
        ("added_tokens.json", {"<|im_end|>": 32000, "<|im_start|>": 32001}),
        ("vocab.json", {f"word{i}": i for i in range(40)}),
        ("generation_config.json", {"bos_token_id": 1, "eos_token_id": [2], "transformers_version": "4.40"}),
        ("train_results.json", {"epoch": 3.0, "train_loss": 1.2, "train_runtime": 10.0}),
        ("test.jsonl", [{"question": "why?", "answer": "so"}, {"question": "and?", "answer": "no"}]),
    ],
)
def test_what_lies_beside_a_model_is_no_result_and_no_problem(lab, name, content):
    lab.put(name, content)
    found = lab.collect()
    assert found.census["skipped"] == 1 and found.problems.empty


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("results.json", POINTER, "pointer"),
        ("results.txt", '{"results": {"boolq": ', "broken"),
        ("all_results.json", {"epoch": 3.0, "eval_accuracy": 0.5}, "unread"),
        ("counts.json", {"boolq": 3, "piqa": 4}, "unread"),
        ("judged.jsonl", [{"question": "why?", "answer": "so", "rated": 3}] * 2, "unread"),
    ],
)
def test_what_might_be_a_result_is_never_skipped(lab, name, content, kind):
    lab.put(name, content)
    found = lab.collect()
    assert found.census["unread"] == 1 and kinds(found) == {kind}


def test_a_recipe_without_any_result_is_no_error(lab):
    lab.put("mergekit_config.yml", "merge_method: ties\nbase_model: a\nmodels:\n- model: b\n")
    assert lab.collect().census["skipped"] == 1


def test_of_equal_runs_the_one_with_items_counts(lab, shapes):
    document = shapes.today("a/m", {"boolq": {"acc,none": 0.75}})
    lab.put(f"copied/results_{STAMP}.json", document)
    lab.put(f"whole/results_{STAMP}.json", document)
    lab.put(f"whole/samples_boolq_{STAMP}.jsonl", shapes.rows([1, 1, 1, 0]))
    found = lab.collect()
    assert len(found.scores) == 1 and len(found.items) == 4


def test_a_score_that_differs_in_the_last_bit_is_the_same_score(lab, shapes):
    for name, value in (("one", 0.1 + 0.2), ("two", 0.3)):
        lab.put(f"{name}/r.json", shapes.early("a/m", {"boolq": {"acc,none": value}}))
    found = lab.collect()
    assert len(found.scores) == 1 and kinds(found) == {"duplicate"}


def test_a_group_in_both_places_loses_no_metric(lab, shapes, one_score):
    document = shapes.today("m", {"g": {"acc,none": 0.75}, "a": {"acc,none": 0.5}, "b": {"acc,none": 1.0}})
    document |= {
        "groups": {"g": {"alias": "g", "f1,none": 0.25}},
        "group_subtasks": {"g": ["a", "b"], "a": [], "b": []},
    }
    lab.put("r.json", document)
    found = lab.collect()
    assert one_score(found, kind="group", metric="acc").value == 0.75
    assert one_score(found, kind="group", metric="f1").value == 0.25


def test_items_of_a_list_metric_count_their_elements_without_a_results_file(lab, shapes, one_score):
    lab.put(f"samples_ifeval_{STAMP}.jsonl", shapes.rows([[True, False], [True]], "inst_level_strict_acc"))
    row = one_score(lab.collect())
    assert (row.n, row.n_from) == (3, "items") and row.value == pytest.approx(2 / 3)
