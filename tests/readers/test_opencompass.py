"""Summaries of OpenCompass: percentages by rule, versions, averages, headings between the rows."""

import pytest

from mergekit_eval.collect.folders import collect

ROWS = [
    ["dataset", "version", "metric", "mode", "org_base", "org_merge"],
    ["--------- Exam ---------", "-", "-", "-", "-", "-"],
    ["ceval", "-", "naive_average", "ppl", "48.96", "50.10"],
    ["ARC-c", "1e0de5", "accuracy", "gen", "45.76", "47.00"],
    ["humaneval", "8e312c", "humaneval_pass@1", "gen", "10.37", "-"],
    ["aime24", "abc123", "accuracy", "gen", "0.83", "3.33"],
]
CSV = "\n".join(",".join(row) for row in ROWS) + "\n"
MARKDOWN = "\n".join(
    ["| " + " | ".join(ROWS[0]) + " |", "|" + "---|" * 6, *("| " + " | ".join(r) + " |" for r in ROWS[1:])]
)
TEXT = (
    f"20240101_000000\ntabulate format\n{'^' * 128}\ndataset    version\n{'$' * 128}\n\n"
    f"csv format\n{'^' * 128}\n{CSV}{'$' * 128}\n\n"
    f"raw format\n{'^' * 128}\nModel: org_base\nARC-c: {{'accuracy': 45.76}}\n{'$' * 128}\n"
)


@pytest.mark.parametrize(("name", "content"), [("summary.csv", CSV), ("summary.txt", TEXT), ("summary.md", MARKDOWN)])
def test_all_three_files_of_a_summary_say_the_same(look, write, name, content):
    out = look(write(name, content))
    assert out.reader == "opencompass summary"
    found = {(row["model_name"], row["task_name"], row["metric"]): row["value"] for row in out.scores}
    assert found == {
        ("org_base", "ceval", "naive_average"): 48.96, ("org_merge", "ceval", "naive_average"): 50.10,
        ("org_base", "ARC-c", "accuracy"): 45.76, ("org_merge", "ARC-c", "accuracy"): 47.00,
        ("org_base", "humaneval", "humaneval_pass@1"): 10.37,
        ("org_base", "aime24", "accuracy"): 0.83, ("org_merge", "aime24", "accuracy"): 3.33,
    }  # fmt: skip
    by = {row["task_name"]: row for row in out.scores}
    assert (by["ceval"]["kind"], by["ARC-c"]["kind"]) == ("group", "task")
    assert (by["ARC-c"]["task_version"], by["ARC-c"]["settings"]) == ("1e0de5", '{"mode":"gen"}')
    assert out.problems == ["incomplete"]


def test_scores_are_percentages_and_stand_for_their_tasks(tmp_path, write):
    write("summary.csv", CSV)
    found = collect(tmp_path, workers=1).scores
    assert set(found["scale"]) == {"percent"} and found["primary"].all() and found["higher_is_better"].all()


def test_a_summary_that_looks_like_shares_is_named(tmp_path, write):
    write("summary.csv", "dataset,version,metric,mode,m\ngsm8k,1d7fe4,accuracy,gen,0.42\n")
    found = collect(tmp_path, workers=1)
    assert set(found.scores["scale"]) == {"natural"} and set(found.problems["kind"]) == {"scale"}


def test_counts_are_no_model_and_odd_cells_are_named(look, write):
    out = look(
        write(
            "s.csv",
            "dataset,version,metric,mode,total_count,m\ngsm8k,1,accuracy,gen,8,82.00 (7/8)\nx,2,accuracy,gen,8,bad\n",
        )
    )
    assert [(row["model_name"], row["value"]) for row in out.scores] == [("m", 82.0)]
    assert "bad-value" in out.problems


def test_one_measurement_with_two_values_is_left_out(look, write):
    out = look(
        write("s.csv", "dataset,version,metric,mode,m\na,1,accuracy,gen,50\na,1,accuracy,gen,51\nb,1,accuracy,gen,52\n")
    )
    assert [row["task_name"] for row in out.scores] == ["b"] and "disagreement" in out.problems
    assert look(write("t.csv", "dataset,version,metric,mode,m,m\na,1,accuracy,gen,50,51\n")).status == "refused"
