"""Published tables of models and benchmarks, FusionBench reports, and what is no result at all."""

import pytest


def test_columns_are_scores_only_where_something_says_so(look, write):
    text = "Model,Model Size (B),MMLU,GSM8K,Weather\norg/a,7,0.44,14.5,3\norg/b,,0.54,22.8,4\n"
    out = look(write("t.csv", text))
    assert out.reader == "model-table"
    assert {row["task_name"] for row in out.scores} == {"MMLU", "GSM8K"}
    assert {row["task_name"]: row["scale"] for row in out.scores} == {"MMLU": "unit", "GSM8K": "percent"}
    assert any("Weather" in row["message"] for row in out.readout.problems)


def test_a_table_of_unknown_columns_is_refused_with_advice(look, write):
    out = look(write("t.csv", "model,size,licence\na,7,MIT\n"))
    assert out.status == "refused"
    assert "metrics.yaml" in out.why


def test_names_made_like_lm_evals(look, write):
    columns = ["gsm8k_cot_8_exact_match,strict-match", "bbh_x_3_exact_match,strict-match,norm", "unscramble_2_acc"]
    text = ",".join(["Model", *(f'"{name}"' for name in columns)]) + "\na,0.5,-0.2,0.1\n"
    rows = {(r["task_name"], r["metric"], r["filter"]): r for r in look(write("t.csv", text)).scores}
    assert rows["gsm8k_cot", "exact_match", "strict-match"]["n_shot"] == 8
    normed = rows["bbh_x", "exact_match", "strict-match,norm"]
    assert (normed["scale"], "chance" in normed["note"]) == ("natural", True)
    assert rows["unscramble", "acc", "none"]["value"] == 0.1


def test_a_legend_beside_the_table_gives_metric_and_direction(look, write):
    write(
        "info.csv",
        "benchmark,name,metric\nharm,H,Attack failure rate (↑)\nerr,E,Calibration error (↓)\nsize,S,Parameters\n",
    )
    out = look(write("table.csv", "model,harm,err,size\na,0.5,0.1,7\n"))
    assert {r["task_name"]: (r["metric"], r["higher_is_better"], r["scale"]) for r in out.scores} == {
        "harm": ("attack failure rate", True, "unit"), "err": ("calibration error", False, "natural")
    }  # fmt: skip


def test_an_arrow_that_points_nowhere_or_two_ways_gives_no_direction(look, write):
    write("a_info.csv", "benchmark,name,metric\nflat,F,Score (→)\nsplit,S,Accuracy (↑)\n")
    write("b_info.csv", ",name,metric\nsplit,S,Accuracy (↓)\n")
    out = look(write("table.csv", ",flat,split\na,0.5,0.1\n"))
    assert {row["task_name"]: row.get("higher_is_better") for row in out.scores} == {"flat": None, "split": None}
    assert "disagreement" in out.problems


def test_a_nameless_first_column_needs_a_legend(look, write):
    assert look(write("table.csv", ",MMLU,GSM8K\na,0.5,0.1\n")).status == "unread"


def test_blank_cells_and_odd_cells_are_missing_not_zero(look, write):
    out = look(write("t.csv", "Model,MMLU,ARC-C\na,0.5,\nb,n/a,0.3\nc,good,0.4\na,0.5,\n,0.1,0.1\n"))
    assert [(r["model_name"], r["value"]) for r in out.scores if r["task_name"] == "MMLU"] == [("a", 0.5)]
    assert {"incomplete", "bad-value", "repeated"} <= set(out.problems)


@pytest.mark.parametrize(("column", "settings"), [("Size", "7B 13B"), ("Step", "100 200")])
def test_rows_of_one_model_are_told_apart_by_the_other_columns(look, write, column, settings):
    one, two = settings.split()
    text = f"Rank,Model,{column},Average,MMLU\n1,a,{one},50,0.5\n2,b,{one},20,0.2\n3,a,{two},60,0.6\n"
    found = {row["value"]: row.get("settings") for row in look(write("t.csv", text)).scores}
    assert found == {0.5: f'{{"{column}":"{one}"}}', 0.6: f'{{"{column}":"{two}"}}', 0.2: None}


def test_rows_of_one_model_that_nothing_tells_apart_are_all_left_out(look, write):
    out = look(write("t.csv", "Rank,Model,MMLU\n1,a,0.5\n2,b,0.2\n3,a,0.6\n"))
    assert [(row["model_name"], row["value"]) for row in out.scores] == [("b", 0.2)]
    assert "disagreement" in out.problems
    assert any("left out: ['a']" in row["message"] for row in out.readout.problems)
    alone = look(write("u.csv", "Model,MMLU\na,0.5\na,0.6\n"))
    assert alone.status == "refused" and "['a']" in alone.why


def test_a_column_of_words_tells_rows_apart_before_one_of_numbers(look, write):
    out = look(write("t.csv", "Model,Precision,Weather,MMLU\na,int8,3,0.5\na,fp16,4,0.6\n"))
    assert {row["settings"] for row in out.scores} == {'{"Precision":"int8"}', '{"Precision":"fp16"}'}


def test_models_need_not_stand_in_the_first_column(look, write):
    out = look(write("t.csv", "Rank,Type,Model,Average,IFEval,BBH\n1,chat,org/a,42.7,0.7,0.6\n"))
    assert {(row["model_name"], row["task_name"]): row["value"] for row in out.scores} == {
        ("org/a", "IFEval"): 0.7, ("org/a", "BBH"): 0.6
    }  # fmt: skip
    assert any("['Rank', 'Type', 'Average']" in row["message"] for row in out.readout.problems)


@pytest.mark.parametrize("header", ["step,model,train_acc,val_acc", "when,model,price,tokens"])
def test_a_log_with_a_column_of_models_is_no_table_of_benchmarks(look, write, header):
    assert look(write("t.csv", f"{header}\n1,a,0.5,0.4\n")).status == "refused"


def test_two_columns_of_models_behind_the_first_are_not_chosen_from(look, write):
    assert look(write("t.csv", "Rank,model,model_id,MMLU\n1,a,org/a,0.5\n")).status == "unread"


def test_spellings_of_a_benchmark_are_one_task(look, write, registry):
    out = look(write("t.csv", "Model,MUSR,mmlu pro,Arc_Challenge,stanford-cars\na,0.5,0.4,0.3,0.2\n"))
    today = [registry.lookup("table", row["task_name"], "score").task for row in out.scores]
    assert today == ["musr", "mmlu_pro", "arc_challenge", "stanford_cars"]
    assert registry.lookup("fusion-bench", "stanford-cars", "accuracy").task == "stanford_cars"


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_the_header_tells_what_separates_its_columns(look, write, mark):
    rows = [["Model", '"MMLU (5-shot; maj@1), all; of it"', "GSM8K", "BBH"], ["org/a", "x", "0.5", "0.4"]]
    out = look(write("t.csv", "".join(mark.join(row) + "\n" for row in rows)))
    assert [(row["task_name"], row["value"]) for row in out.scores] == [("GSM8K", 0.5), ("BBH", 0.4)]


def test_words_for_no_model_in_particular_get_their_file(look, write):
    out = look(
        write("vit-b-32.csv", "model_name,mnist,svhn\npretrained,0.48,0.3\nfinetuned,0.99,0.97\n"), "opcm/vit-b-32.csv"
    )
    assert {row["model"] for row in out.scores} == {"opcm/vit-b-32/pretrained", "opcm/vit-b-32/finetuned"}


def test_averages_of_a_table_are_groups(look, write):
    out = look(write("t.csv", "Model,ABoard-Avg_SR,ABoard-Game_SR\na,26.2,40\n"))
    assert [row.get("kind") for row in out.scores] == ["group", None]


def test_a_column_named_twice_is_refused(look, write):
    assert look(write("t.csv", "Model,MMLU,MMLU\na,0.5,0.6\n")).status == "refused"


def test_ragged_rows_are_named(look, write):
    out = look(write("t.csv", "Model,MMLU,ARC-C\na,0.5,0.4\nb,0.5\n"))
    assert "truncated" in out.problems
    assert len(out.scores) == 2


REPORT = {"model_info": {"trainable_params": 1, "all_params": 1}, "mnist": {"accuracy": 0.9, "loss": 0.1}}


def test_fusion_bench_report_and_average(look, write, registry):
    out = look(write("TA8.json", REPORT | {"average": {"accuracy": 0.9, "loss": 0.1}}))
    assert out.reader == "fusion-bench"
    assert out.value("mnist", "accuracy") == 0.9
    assert registry.lookup("fusion-bench", "mnist", "loss").higher_is_better is False
    assert {row["task_name"]: row["kind"] for row in out.scores} == {"mnist": "task", "average": "group"}


def test_fusion_bench_reports_of_several_models(look, write):
    out = look(write("TA8.json", {"mnist": REPORT, "merged": REPORT}), "vit/TA8.json")
    assert {row["model"] for row in out.scores} == {"vit/TA8/mnist", "vit/TA8/merged"}


def test_fusion_bench_average_of_older_reports_is_the_same_group(look, write):
    tasks = {"mnist": {"accuracy": 0.9}, "dtd": {"accuracy": 0.5}}
    about = {"model_info": REPORT["model_info"]}
    for average in ({"average_accuracy": 0.7}, {"average": {"accuracy": 0.7}}):
        out = look(write("TA.json", about | tasks | average))
        group = next(row for row in out.scores if row["kind"] == "group")
        assert (group["task_name"], group["metric"], group["value"]) == ("average", "accuracy", 0.7)
        assert out.readout.facts["tree"] == {"average": ["mnist", "dtd"]} and not out.problems
    odd = look(write("odd.json", about | tasks | {"seed": 3, "average": {"accuracy": "high"}}))
    messages = [row["message"] for row in odd.readout.problems]
    assert [message.split(" = ")[0] for message in messages] == ["'seed'", "'average', 'accuracy'"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("samples.jsonl", [{"task_id": "HumanEval/0", "completion": "x"}]),
        ("samples2.jsonl", [{"task_id": "HumanEval/0", "solution": "x"}]),
        ("question.jsonl", [{"question_id": 81, "category": "writing", "turns": ["a", "b"]}]),
        ("answer.jsonl", [{"question_id": 81, "answer_id": "x", "model_id": "m", "choices": [], "tstamp": 1}]),
        ("model_outputs.json", [{"instruction": "i", "output": "o", "generator": "m"}]),
        ("generations_humaneval.json", [["def f(): pass"], ["x"]]),
        ("xstest_prompts.csv", "id,prompt,type,label,focus,note\n1,p,homonyms,safe,kill,\n"),
        ("info.csv", "benchmark,name,metric\nx,X,Accuracy\n"),
        ("evals_info.csv", ",name,metric\nx,X,Accuracy\n"),
        ("xstest_prompts_v1.csv", "id,type,prompt,focus,note\nv1-1,homonyms,p,kill,\n"),
        ("references_humaneval.json", ["def f(): pass", "x"]),
    ],
)
def test_what_lies_beside_results_is_named_and_not_read(look, write, name, content):
    out = look(write(name, content))
    assert (out.status, out.reader) == ("skipped", "inputs")
    assert out.why


def test_a_column_that_describes_the_data_is_no_part_of_a_models_name(look, write):
    text = "Model,Direction,Size,MMLU\na,en-de,7B,0.5\na,de-en,7B,0.6\nb,en-de,7B,0.2\na,de-en,13B,0.7\n"
    found = {row["value"]: row for row in look(write("t.csv", text)).scores}
    assert {value: row.get("task_version") for value, row in found.items()} == {
        0.5: "Direction=en-de", 0.6: "Direction=de-en", 0.2: "Direction=en-de", 0.7: "Direction=de-en"
    }  # fmt: skip
    assert {value: row.get("settings") for value, row in found.items()} == {
        0.5: None, 0.6: '{"Size":"7B"}', 0.2: None, 0.7: '{"Size":"13B"}'
    }  # fmt: skip


def test_rows_of_one_model_and_one_split_that_nothing_tells_apart_are_left_out(look, write):
    out = look(write("t.csv", "Model,split,MMLU\na,dev,0.5\na,test,0.6\na,test,0.7\n"))
    assert [row["value"] for row in out.scores] == [0.5] and "disagreement" in out.problems
