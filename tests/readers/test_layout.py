"""Which side of a table names the models, and what is refused or left alone."""

import pytest


def test_a_nameless_first_column_of_words_is_that_of_the_models_if_the_others_are_benchmarks(look, write):
    assert {row["model_name"] for row in look(write("a.csv", ",MMLU,GSM8K\norg/a,0.5,0.1\n")).scores} == {"org/a"}
    assert look(write("b.csv", ",MMLU,GSM8K\n0,0.5,0.1\n1,0.6,0.2\n")).status == "unread"
    assert look(write("c.csv", ",price,size\norg/a,0.5,0.1\n")).status == "unread"


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


def values(out) -> dict:
    return {(row["model_name"], row["task_name"]): row["value"] for row in out.scores}


@pytest.mark.parametrize("corner", ["", "Task", "Benchmark", "Metric", "Model", "name"])
@pytest.mark.parametrize("turned", [False, True])
def test_the_names_decide_and_not_the_word_in_the_corner(look, write, corner, turned):
    table = [[corner, "MMLU", "GSM8K"], ["org/a", "60.5", "40.5"], ["org/b", "61.5", "41.5"]]
    rows = [list(row) for row in zip(*table, strict=True)] if turned else table
    out = look(write("t.csv", "".join(",".join(row) + "\n" for row in rows)))
    assert values(out) == {
        ("org/a", "MMLU"): 60.5, ("org/a", "GSM8K"): 40.5, ("org/b", "MMLU"): 61.5, ("org/b", "GSM8K"): 41.5
    }  # fmt: skip


def test_an_ambiguous_orientation_is_refused_with_the_reason(look, write):
    out = look(write("t.csv", "name,MMLU,GSM8K\nARC,60.5,40.5\nBBH,61.5,41.5\n"))
    assert out.status == "refused" and not out.scores
    assert "which are the models" in out.why and "ARC" in out.why and "'model'" in out.why


def test_experts_named_like_a_benchmark_do_not_turn_a_table(look, write):
    out = look(write("t.csv", "task,Base,Math,Merged\nMMLU,60,61,62\nGSM8K,40,50,49\nHumanEval,20,19,21\n"))
    assert {row["model_name"] for row in out.scores} == {"Base", "Math", "Merged"}
    assert values(out)["Math", "GSM8K"] == 50


def test_a_method_column_names_the_models_where_no_other_does(look, write):
    out = look(write("t.csv", "method,MMLU,GSM8K\nties,60.5,40.5\ndare_ties,61.5,41.5\n"))
    assert {row["model_name"] for row in out.scores} == {"ties", "dare_ties"}
    both = look(write("u.csv", "model,method,MMLU\norg/a,ties,60.5\norg/a,slerp,61.5\n"))
    assert {(row["model_name"], row["settings"]) for row in both.scores} == {
        ("org/a", '{"method":"ties"}'), ("org/a", '{"method":"slerp"}')
    }  # fmt: skip
