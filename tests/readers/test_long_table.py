"""Tables with one score per row: four columns that leave no doubt, in four kinds of file."""

import math

import pandas as pd
import pytest

from mergekit_eval.collect.folders import collect

ROWS = [
    ("org/a", "arc_easy", "acc", 0.50, 0.01, 100),
    ("org/a", "arc_easy", "acc_norm", 0.60, 0.02, 100),
    ("org/b", "arc_easy", "acc", 0.40, 0.03, 100),
    ("org/b", "arc_easy", "acc_norm", 0.45, 0.03, 100),
    ("org/b", "wikitext", "word_perplexity", 9.0, None, None),
    ("org/b", "piqa", "acc", 0.44, None, None),
    ("org/b", "piqa", "acc_stderr", 0.004, None, None),
    ("org/b", "own_task", "wer", 0.3, None, None),
]
TABLE = pd.DataFrame(ROWS, columns=["model", "task", "metric", "value", "stderr", "n"])


@pytest.mark.parametrize("ending", ["csv", "parquet", "json", "jsonl", "tsv"])
def test_every_kind_of_file_gives_the_same_rows(look, tmp_path, ending):
    path = tmp_path / f"scores.{ending}"
    if ending == "csv":
        TABLE.to_csv(path)
    elif ending == "tsv":
        TABLE.rename(columns={"task": "Benchmark", "value": "Score"}).to_csv(path, sep="\t", index=False)
    elif ending == "parquet":
        TABLE.to_parquet(path)
    else:
        TABLE.to_json(path, orient="records", lines=ending == "jsonl")
    out = look(path)
    assert (out.status, out.reader, len(out.scores)) == ("read", "long table", 7)
    assert out.value("arc_easy", "acc_norm", model="org/a") == 0.60
    by = {(row["model_name"], row["task_name"], row["metric"]): row for row in out.scores}
    assert by["org/b", "piqa", "acc"]["stderr"] == 0.004 and "n" not in by["org/b", "piqa", "acc"]
    assert by["org/a", "arc_easy", "acc"]["n"] == 100 and by["org/a", "arc_easy", "acc"]["primary"] is False
    assert by["org/a", "arc_easy", "acc_norm"]["primary"] is True
    assert by["org/b", "wikitext", "word_perplexity"]["higher_is_better"] is False
    assert by["org/b", "own_task", "wer"]["higher_is_better"] is None
    assert math.isnan(by["org/b", "own_task", "wer"]["stderr"])


def test_a_leaderboard_saved_as_parquet_is_the_leaderboard(look, tmp_path):
    parts = ("IFEval", "BBH", "MATH Lvl 5", "GPQA", "MUSR", "MMLU-PRO")
    row = {"fullname": "a/m", "Precision": "bfloat16", "Merged": True, "Submission Date": "2024-06-12"}
    row |= {"Average ⬆️": 31.5} | {f"{part} Raw": 0.5 for part in parts} | dict.fromkeys(parts, 40.0)
    pd.DataFrame([row]).to_parquet(tmp_path / "contents.parquet")
    pd.DataFrame([row]).to_csv(tmp_path / "contents.csv")
    parquet, text = look(tmp_path / "contents.parquet"), look(tmp_path / "contents.csv")
    assert parquet.reader == "leaderboard table" and parquet.scores == text.scores and len(text.scores) == 13


def test_columns_nobody_knows_keep_rows_apart(look, tmp_path):
    twice = pd.concat([TABLE.head(1).assign(seed=1), TABLE.head(1).assign(seed=2, value=0.7)])
    twice.to_csv(tmp_path / "seeds.csv", index=False)
    out = look(tmp_path / "seeds.csv")
    assert {row["settings"]: row["value"] for row in out.scores} == {'{"seed":"1"}': 0.5, '{"seed":"2"}': 0.7}


def test_two_values_of_one_measurement_are_left_out_and_named(look, tmp_path):
    clash = pd.concat([TABLE, TABLE.head(1).assign(value=0.7), TABLE.iloc[[2]]])
    clash.to_csv(tmp_path / "clash.csv", index=False)
    out = look(tmp_path / "clash.csv")
    assert out.problems == ["disagreement", "repeated"] and len(out.scores) == 6
    assert not [row for row in out.scores if (row["model_name"], row["metric"]) == ("org/a", "acc")]


@pytest.mark.parametrize("columns", [["model", "task", "value"], ["model", "task", "metric", "value", "score"]])
def test_a_header_that_leaves_doubt_is_not_claimed(look, tmp_path, columns):
    pd.DataFrame([["m", "t"] + [0.5] * (len(columns) - 2)], columns=columns).to_csv(tmp_path / "t.csv", index=False)
    assert look(tmp_path / "t.csv").status in ("unread", "refused")


def test_missing_and_broken_cells_are_counted(look, tmp_path):
    (tmp_path / "t.csv").write_text(
        "model,task,metric,value\nm,piqa,acc,\n,piqa,acc,0.5\nm,boolq,acc,0.5\nm,x,acc,n/a\n"
    )
    out = look(tmp_path / "t.csv")
    assert len(out.scores) == 1 and out.problems == ["incomplete"]


@pytest.mark.parametrize("column", ["direction", "split", "language", "target_lang", "Test Set", "lang-pair"])
def test_a_column_that_describes_the_data_is_a_version_of_the_task(look, tmp_path, column):
    twice = pd.concat([TABLE.head(1).assign(**{column: "x"}), TABLE.head(1).assign(**{column: "y"}, value=0.7)])
    twice.to_csv(tmp_path / "t.csv", index=False)
    rows = look(tmp_path / "t.csv").scores
    assert {row["task_version"]: row["value"] for row in rows} == {f"{column}=x": 0.5, f"{column}=y": 0.7}
    assert {row["settings"] for row in rows} == {""}


def test_two_files_of_two_splits_leave_the_model_its_name(tmp_path):
    for split, value in (("dev", 0.5), ("test", 0.7)):
        TABLE.head(1).assign(split=split, value=value).to_csv(tmp_path / f"{split}.csv", index=False)
    found = collect(tmp_path, workers=1).scores
    assert set(found["model"]) == {"org/a"} and sorted(found["value"]) == [0.5, 0.7]


BASES = [("org/base (Merge)", "org/base"), ("org/base", "org/base"), ("a/m (Merge)", "")]


@pytest.mark.parametrize(("said", "base"), BASES)
def test_a_remark_is_no_part_of_a_bases_name_and_no_merge_is_its_own_base(look, tmp_path, said, base):
    parts = ("IFEval", "BBH", "MATH Lvl 5", "GPQA", "MUSR", "MMLU-PRO")
    row = {"fullname": "a/m", "Precision": "bfloat16", "Merged": True, "Base Model": said}
    row |= {f"{part} Raw": 0.5 for part in parts} | dict.fromkeys(parts, 40.0)
    pd.DataFrame([row]).to_csv(tmp_path / "contents.csv")
    assert {one["merge_base"] for one in look(tmp_path / "contents.csv").scores} == {base}


@pytest.mark.parametrize("ending", ["csv", "md", "json", "yaml"])
def test_a_column_per_metric_is_a_row_per_metric(look, write, ending):
    rows = [
        {"model": "org/a", "task": "arc_easy", "acc": 0.5, "acc_stderr": 0.01, "acc_norm": 0.6, "seed": 1},
        {"model": "org/b", "task": "arc_easy", "acc": 0.4, "acc_stderr": 0.02, "acc_norm": None, "seed": 1},
    ]
    cells = [list(rows[0]), *(["" if cell is None else str(cell) for cell in row.values()] for row in rows)]
    lines = [" | ".join(line) for line in cells]
    content = {
        "csv": "".join(",".join(line) + "\n" for line in cells),
        "md": "\n".join([f"| {lines[0]} |", "|" + "---|" * 6, *(f"| {line} |" for line in lines[1:])]) + "\n",
        "json": rows,
        "yaml": "".join(
            "- {" + ", ".join(f"{k}: {'~' if v is None else v}" for k, v in r.items()) + "}\n" for r in rows
        ),
    }[ending]
    out = look(write(f"scores.{ending}", content))
    assert (out.status, out.reader) == ("read", "long table")
    found = {(row["model_name"], row["metric"]): (row["value"], row["stderr"]) for row in out.scores}
    assert found["org/a", "acc"] == (0.5, 0.01) and found["org/b", "acc"] == (0.4, 0.02)
    assert found["org/a", "acc_norm"][0] == 0.6 and math.isnan(found["org/a", "acc_norm"][1]) and len(found) == 3
    assert {row["settings"] for row in out.scores} == {'{"seed":"1"}'}


def test_cells_with_percent_signs_and_errors(look, write):
    text = "model,task,metric,value\norg/a,gsm8k,exact_match,65.3% ± 1.4\norg/a,arc_easy,acc,0.5 (0.01)\n"
    rows = {row["task_name"]: row for row in look(write("t.csv", text)).scores}
    assert (rows["gsm8k"]["value"], rows["gsm8k"]["stderr"], rows["gsm8k"]["scale"]) == (65.3, 1.4, "percent")
    assert (rows["arc_easy"]["value"], rows["arc_easy"]["stderr"], rows["arc_easy"]["scale"]) == (0.5, 0.01, "rate")
