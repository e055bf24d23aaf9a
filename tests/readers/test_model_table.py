"""Which tables are results: those with a benchmark that the facts know."""


def test_markdown_tables_that_hold_no_benchmark_are_no_results(look, write):
    assert look(write("a.md", "| Model | Size |\n|---|---|\n| org/a | 7 |\n")).status == "unread"
    assert look(write("b.md", "| lr | loss |\n|---|---|\n| 0.1 | 2.5 |\n")).status == "unread"


def test_a_table_that_is_not_read_is_named_beside_one_that_is(look, write):
    one = "| Model | MMLU |\n|---|---|\n| org/a | 60.5 |\n"
    unclear = "| name | MMLU | GSM8K |\n|---|---|---|\n| ARC | 1 | 2 |\n| BBH | 3 | 4 |\n"
    out = look(write("t.md", f"{one}\n{unclear}"))
    assert [(row["model_name"], row["part"]) for row in out.scores] == [("org/a", "table 1")]
    (note,) = out.readout.problems
    assert note["kind"] == "note" and note["message"].startswith("a table is not read: rows and columns both name")
    alone = look(write("u.md", unclear))
    assert alone.status == "refused" and "which are the models" in alone.why


def test_values_that_two_tables_state_unequally_are_conditions(look, write):
    tables = [f"| Model | MMLU |\n|---|---|\n| org/a | {value} |\n" for value in (60.5, 61.5)]
    out = look(write("t.md", "\n".join(tables)))
    assert {row["condition"]: row["value"] for row in out.scores} == {"table 1": 60.5, "table 2": 61.5}
    assert out.problems == ["disagreement"]


def test_a_table_of_another_tool_is_left_to_its_reader(look, write):
    printed = "|Tasks|Version|Metric|Value|\n|---|---|---|---|\n|boolq|2|acc|0.5|\n"
    assert look(write("a.md", printed)).reader == "lm-eval printed table"
    assert look(write("b.csv", "dataset,version,metric,mode,org/a\nmmlu,1,accuracy,gen,60.5\n")).reader == (
        "opencompass summary"
    )
