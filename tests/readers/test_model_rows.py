"""Rows of one model that other columns tell apart, and those that nothing does."""

import pytest


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
